package io.labelmill.verify;

import static io.labelmill.verify.Verdict.scientific;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.ReadyGraph;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.Network;
import io.labelmill.graph.Verification;
import io.labelmill.graph.Verification.Difference;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.Tensor;
import io.labelmill.score.Activation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What a model makes of pixel values, beside what the original code made of them. */
public final class GoldenComparison {
  private static final String PROBABILITIES = "probabilities";

  private GoldenComparison() {}

  /**
   * Runs the model over the file's pixel values.
   *
   * @param model as the user names it
   * @param source the model, opened without its processor
   * @param golden safetensors file with {@code pixel_values} and the original code's outputs
   * @param tolerance largest difference that passes; empty for that of each tensor
   * @throws io.labelmill.error.InputException if the file has nothing to compare, see {@link
   *     Verification#compare}
   * @throws IOException if a file can't be read or the graph can't be written
   */
  public static Verdict of(
      String model, ModelSource source, Path golden, OptionalDouble tolerance, Device device)
      throws IOException {
    List<String> lines = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    lines.add(Verdict.row("tensor", "shape", "difference", "allowed"));
    try (TensorStore expected = SafeTensorsFile.open(golden)) {
      for (Difference found : differences(source, expected, device)) {
        Difference difference = found.within(tolerance.orElse(found.tolerance()));
        String largest = scientific(difference.largest());
        String allowed = scientific(difference.tolerance());
        lines.add(
            Verdict.row(
                difference.tensor(),
                expected.info(difference.tensor()).shape(),
                largest,
                allowed,
                difference.isWithinTolerance() ? "" : "too large"));
        if (!difference.isWithinTolerance()) {
          failed.add(
              "%s differs by %s, more than %s".formatted(difference.tensor(), largest, allowed));
        }
      }
    }
    return failed.isEmpty()
        ? new Verdict(lines, true, "the model %s agrees with %s".formatted(model, golden))
        : new Verdict(
            lines,
            false,
            "the model %s does not agree with %s: %s"
                .formatted(model, golden, String.join("; ", failed)));
  }

  private static List<Difference> differences(
      ModelSource source, TensorStore expected, Device device) throws IOException {
    Checkpoint checkpoint = source.checkpoint();
    Path graph;
    List<Long> image;
    if (checkpoint.graph().isPresent()) {
      ReadyGraph ready = checkpoint.graph().get();
      graph = ready.onnx().file();
      image = ready.onnx().inputs().get(0).shape();
    } else {
      Network network = Network.of(checkpoint.config(), checkpoint.weights());
      ModelFacts facts = network.facts();
      GraphSpec all = GraphSpec.of(facts.outputs().toArray(GraphOutput[]::new));
      graph = network.write(all, source.graphFolder()).model();
      image = List.of(0L, 3L, (long) facts.height(), (long) facts.width());
    }
    try (LoadedModel loaded =
            LoadedModel.open(graph, device, Runtime.getRuntime().availableProcessors());
        Predictor<PixelBatch, Outputs> predictor = loaded.predictor()) {
      return Verification.compare(
          expected,
          image,
          (pixelValues, shape) -> outputs(checkpoint, predict(predictor, pixelValues, shape)));
    }
  }

  private static Outputs predict(
      Predictor<PixelBatch, Outputs> predictor, float[] pixelValues, long[] shape) {
    PixelBatch batch = new PixelBatch((int) shape[0], (int) shape[2], (int) shape[3]);
    batch.append(pixelValues);
    try {
      return predictor.predict(batch);
    } catch (TranslateException e) {
      throw new IllegalStateException("the graph was built and does not run", e);
    }
  }

  /** The graph's outputs, and the scores that the activation makes of its logits. */
  private static Map<String, float[]> outputs(Checkpoint checkpoint, Outputs outputs) {
    Map<String, float[]> values = new HashMap<>();
    outputs.tensors().forEach((name, tensor) -> values.put(name, tensor.values()));
    if (values.containsKey(GraphOutput.LOGITS.tensorName())) {
      Tensor logits = outputs.tensor(GraphOutput.LOGITS.tensorName());
      Activation activation = Activation.AUTO.resolve(checkpoint.problemType(), logits.rowLength());
      float[] probabilities = new float[logits.values().length];
      for (int image = 0; image * logits.rowLength() < probabilities.length; image++) {
        float[] row = logits.row(image);
        activation.apply(row, row);
        System.arraycopy(row, 0, probabilities, image * row.length, row.length);
      }
      values.put(PROBABILITIES, probabilities);
    }
    return values;
  }
}
