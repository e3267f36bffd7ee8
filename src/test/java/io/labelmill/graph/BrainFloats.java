package io.labelmill.graph;

import ai.djl.inference.Predictor;
import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.onednn.EncoderLayers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/** Networks whose layers run in oneDNN, where the processor has products of bfloat16. */
public final class BrainFloats {
  /** Root mean square of the difference by that of the values: bfloat16 has steps of 1/256. */
  static final double NEAR = 0.01;

  /** The same where weights and factors are integers of 8 bits. */
  static final double NEAR_IN_INTEGERS = 0.05;

  private BrainFloats() {}

  /** Leaves a test out where the processor has no products of bfloat16. */
  public static void assumed() throws IOException {
    try {
      EncoderLayers.checkMachine();
    } catch (InputException e) {
      Assumptions.abort(e.getMessage());
    }
  }

  /** What a network gives for images of normalised pixel values, by the names of its outputs. */
  static Map<String, float[]> outputs(
      JsonNode config,
      TensorStore weights,
      Precision precision,
      Set<GraphOutput> outputs,
      Path folder,
      float... pixels)
      throws Exception {
    Network network = Network.of(config, weights);
    GraphSpec spec = GraphSpec.of(outputs).withPrecision(precision);
    Path file = network.write(spec, folder).model();
    int height = network.facts().height();
    int width = network.facts().width();
    try (LoadedModel model = LoadedModel.open(file, Device.CPU, 1);
        Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
      PixelBatch batch = new PixelBatch(pixels.length / (3 * height * width), height, width);
      batch.append(pixels);
      Map<String, float[]> values = new HashMap<>();
      predictor
          .predict(batch)
          .tensors()
          .forEach((name, tensor) -> values.put(name, tensor.values()));
      return values;
    }
  }

  static double distance(float[] actual, double... expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return actual.length == expected.length ? Math.sqrt(difference / size) : Double.NaN;
  }
}
