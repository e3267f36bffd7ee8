package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.graph.backward.EndGraph.Loss;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training of 50 steps beside the same in PyTorch. */
class LossCurveTest {
  private static final int PIXELS = 3 * 12 * 12;
  private static final int LABELS = 3;

  @ParameterizedTest
  @ValueSource(strings = {"curve-softmax-cosine", "curve-sigmoid-linear"})
  void everyStepsLossIsThatOfPyTorch(String name) throws IOException {
    Extent all = Extent.parse("all");
    try (TuningCase tuning = TuningCase.open(name);
        Checkpoint after = tuning.other("after");
        Weights weights = Weights.open(tuning.network(), all, tuning.checkpoint().weights());
        Passes passes = Passes.open(tuning.network(), weights, all, tuning.loss(), 1, 3)) {
      JsonNode curve = new ObjectMapper().readTree(tuning.folder().resolve("curve.json").toFile());
      JsonNode options = curve.path("options");
      AdamW.Settings settings =
          new AdamW.Settings(
              options.path("weight_decay").asDouble(),
              options.path("layer_decay").asDouble(),
              options.path("max_grad_norm").asDouble());
      Schedule schedule =
          Schedule.valueOf(options.path("schedule").asText().toUpperCase(Locale.ROOT));
      int steps = options.path("steps").asInt();
      try (AdamW optimiser = new AdamW(weights, settings, tuning.network().parts().size(), 2)) {
        for (int step = 0; step < steps; step++) {
          JsonNode expected = curve.path("steps").get(step);
          double loss = passes.gradients(batch(tuning, expected, options.path("class_weights")));
          double rate =
              options.path("learning_rate").asDouble()
                  * schedule.factor(step, options.path("warmup_steps").asInt(), steps);
          double norm = optimiser.step(rate);
          assertThat(loss)
              .as("loss of step " + step)
              .isCloseTo(expected.path("loss").asDouble(), within(1e-4));
          assertThat(norm)
              .as("norm of step " + step)
              .isCloseTo(expected.path("norm").asDouble(), within(2e-3));
        }
        assertThat(optimiser.step()).isEqualTo(steps);
      }
      for (Map.Entry<String, float[]> weight : weights.floats().entrySet()) {
        float[] expected = after.weights().floats(weight.getKey());
        for (int i = 0; i < expected.length; i++) {
          assertThat(weight.getValue()[i])
              .as(weight.getKey())
              .isCloseTo(expected[i], within(1e-3f));
        }
      }
    }
  }

  private static Batch batch(TuningCase tuning, JsonNode step, JsonNode classWeights) {
    int images = step.path("images").size();
    boolean several = tuning.loss() == Loss.SIGMOID;
    float[] allPixels = tuning.batch().floats("pixel_values");
    float[] allTargets = tuning.batch().floats("targets");
    float[] pixels = new float[images * PIXELS];
    float[] targets = new float[images * LABELS];
    float[] weights = new float[several ? images * LABELS : images];
    double sum = 0;
    for (int i = 0; i < images; i++) {
      int image = step.path("images").get(i).asInt();
      System.arraycopy(allPixels, image * PIXELS, pixels, i * PIXELS, PIXELS);
      System.arraycopy(allTargets, image * LABELS, targets, i * LABELS, LABELS);
      for (int label = 0; label < LABELS; label++) {
        float weight = (float) classWeights.get(label).asDouble();
        if (several) {
          weights[i * LABELS + label] = weight / (images * LABELS);
        } else if (targets[i * LABELS + label] == 1) {
          weights[i] = weight;
          sum += weight;
        }
      }
    }
    for (int i = 0; !several && i < images; i++) {
      weights[i] /= (float) sum;
    }
    return new Batch(
        images,
        TuningCase.direct(pixels),
        targets,
        weights,
        Batch.keepAll(tuning.network().blocks().size(), images));
  }
}
