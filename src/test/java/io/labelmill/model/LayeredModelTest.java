package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.graph.BrainFloats;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine of bfloat16 and of integers beside it. */
class LayeredModelTest {
  private static final Path FOLDER =
      Reference.golden().resolve("models").resolve("a-beit-meanpool-relpos");
  private static final int HEIGHT = 32;
  private static final int WIDTH = 32;
  private static final int IMAGES = 3;

  @TempDir Path scratch;

  @BeforeEach
  void hasProducts() throws IOException {
    BrainFloats.assumed();
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "INT8_BF16"})
  void neitherCompanyNorThreadsChangeABit(Precision precision) throws Exception {
    float[] pixels;
    try (TensorStore golden = SafeTensorsFile.open(FOLDER.resolve("golden.safetensors"))) {
      pixels = golden.floats("pixel_values");
    }
    int length = pixels.length / IMAGES;
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (LoadedModel model = open(precision, GraphOutput.LOGITS, GraphOutput.POOLED)) {
      Outputs together = run(model, pixels);
      List<Future<Outputs>> alone = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int image = i % IMAGES;
        float[] own = Arrays.copyOfRange(pixels, image * length, (image + 1) * length);
        alone.add(threads.submit(() -> run(model, own)));
      }
      for (int i = 0; i < alone.size(); i++) {
        for (String output : List.of("logits", "pooled")) {
          assertThat(alone.get(i).get().tensor(output).values())
              .isEqualTo(together.tensor(output).row(i % IMAGES));
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "INT8_BF16"})
  void anotherSessionGivesTheSame(Precision precision) throws Exception {
    float[] pixels = new float[3 * HEIGHT * WIDTH];
    Arrays.fill(pixels, 0.5f);
    List<float[]> logits = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (LoadedModel model = open(precision, GraphOutput.LOGITS)) {
        logits.add(run(model, pixels).tensor("logits").values());
      }
    }
    assertThat(logits.get(1)).isEqualTo(logits.get(0));
  }

  @Test
  void weightsThatAreGoneAreTold() throws Exception {
    Path file = graph(Precision.BF16, GraphOutput.LOGITS);
    Files.delete(file.resolveSibling("model.onnx.data"));
    assertThatThrownBy(() -> LoadedModel.open(file, Device.CPU, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("model.onnx.data");
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "INT8_BF16"})
  void segmentationIsRefused(Precision precision) throws Exception {
    Path model = Reference.golden().resolve("segmentation-models/base-4");
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withPrecision(precision);
      assertThatThrownBy(() -> ModelBundle.build(checkpoint, spec, scratch))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "BeitForSemanticSegmentation labels points, and --precision "
                  + precision.word()
                  + " is for networks that"
                  + " label images: leave it out, or write --precision int8.");
    }
  }

  private Path graph(Precision precision, GraphOutput... outputs) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(FOLDER, CheckpointOptions.none())) {
      GraphSpec spec = GraphSpec.of(outputs).withPrecision(precision);
      ModelBundle bundle = ModelBundle.build(checkpoint, spec, scratch);
      return bundle.folder().resolve(bundle.graph());
    }
  }

  private LoadedModel open(Precision precision, GraphOutput... outputs) throws IOException {
    return LoadedModel.open(graph(precision, outputs), Device.CPU, 1);
  }

  private static Outputs run(LoadedModel model, float... pixels) throws Exception {
    try (Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
      PixelBatch batch = new PixelBatch(IMAGES, HEIGHT, WIDTH);
      batch.append(pixels);
      return predictor.predict(batch);
    }
  }
}
