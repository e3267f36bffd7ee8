package io.labelmill.demo;

import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.UntrainedCheckpoint;
import io.labelmill.graph.UntrainedCheckpoint.Spread;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The model of the demo of masks: a BEiT of four layers with UperNet for 128x128 pixels, with
 * random weights but for the last product, which is fitted.
 *
 * @param seed of the random weights
 */
public record TinySegmenter(long seed) {
  /** Numbers of a point that the last product takes. */
  public static final int FEATURES = 128;

  /** Points along both sides of a picture. */
  public static final int POINTS = 128;

  private static final String CLASSIFIER = "decode_head.classifier.";

  /** Writes a checkpoint whose logits are the features that the last product takes. */
  public void writeFeatures(Path folder) {
    float[] identity = new float[FEATURES * FEATURES];
    for (int i = 0; i < FEATURES; i++) {
      identity[i * FEATURES + i] = 1;
    }
    write(
        folder,
        IntStream.range(0, FEATURES).mapToObj(i -> "feature " + i).toList(),
        identity,
        new float[FEATURES]);
  }

  /**
   * Writes a checkpoint.
   *
   * @param weight of the last product, [labels, features]
   * @param bias of the last product, [labels]
   */
  public void write(Path folder, List<String> labels, float[] weight, float[] bias) {
    UntrainedCheckpoint checkpoint =
        new UntrainedCheckpoint(
            ModelFamily.BEIT,
            ModelHead.SEGMENTATION,
            POINTS,
            4,
            FEATURES,
            4,
            4,
            256,
            new Labels(IntStream.range(0, labels.size()).boxed().toList(), labels),
            Optional.empty(),
            DataType.F32,
            new Spread(0.08, 0.5),
            seed);
    checkpoint.write(folder);
    TensorStore weights = checkpoint.weights();
    SafeTensorsFile.write(
        folder.resolve("model.safetensors"),
        weights.names().stream().map(weights::info).toList(),
        name ->
            switch (name) {
              case CLASSIFIER + "weight" -> weight;
              case CLASSIFIER + "bias" -> bias;
              default -> weights.floats(name);
            },
        Map.of("format", "pt"));
  }
}
