package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private static final Path MODEL = Reference.golden().resolve("models/a-beit-meanpool-relpos");

  private TensorStore golden;
  private ModelFacts facts;

  @BeforeEach
  void open() throws IOException {
    golden = SafeTensorsFile.open(MODEL.resolve("golden.safetensors"));
    try (TensorStore weights = SafeTensorsFile.open(MODEL.resolve("model.safetensors"))) {
      facts =
          Network.of(new ObjectMapper().readTree(MODEL.resolve("config.json").toFile()), weights)
              .facts();
    }
  }

  @AfterEach
  void close() {
    golden.close();
  }

  @Test
  void givesTheLargestDifferenceOfEveryTensorThatBothHave() {
    float[] logits = golden.floats("logits");
    logits[17] += 0.25f;
    Map<String, float[]> outputs = new HashMap<>();
    outputs.put("logits", logits);
    outputs.put("probabilities", golden.floats("probabilities"));
    outputs.put("something_else", new float[1]);
    assertThat(Verification.compare(golden, facts, (pixels, shape) -> outputs))
        .satisfiesExactlyInAnyOrder(
            each -> {
              assertThat(each.tensor()).isEqualTo("logits");
              assertThat(each.largest()).isEqualTo(0.25, within(1e-6));
              assertThat(each.tolerance()).isEqualTo(1e-5);
              assertThat(each.isWithinTolerance()).isFalse();
            },
            each -> {
              assertThat(each.tensor()).isEqualTo("logits64");
              assertThat(each.isWithinTolerance()).isFalse();
            },
            each -> {
              assertThat(each.tensor()).isEqualTo("probabilities");
              assertThat(each.largest()).isZero();
              assertThat(each.isWithinTolerance()).isTrue();
            },
            each -> {
              assertThat(each.tensor()).isEqualTo("probabilities64");
              assertThat(each.tolerance()).isEqualTo(2e-6);
              assertThat(each.isWithinTolerance()).isTrue();
            });
  }

  @Test
  void aDifferenceMayBeHeldToAnotherTolerance() {
    Verification.Difference difference = new Verification.Difference("logits", 1e-4, 1e-5);
    assertThat(difference.isWithinTolerance()).isFalse();
    assertThat(difference.within(1e-4).isWithinTolerance()).isTrue();
    assertThat(difference.within(1e-4))
        .isEqualTo(new Verification.Difference("logits", 1e-4, 1e-4));
    assertThat(new Verification.Difference("logits", Double.NaN, 1).isWithinTolerance()).isFalse();
  }

  @Test
  void handsTheGoldenInputToTheModelAsOneBatch() {
    Verification.compare(
        golden,
        facts,
        (pixels, shape) -> {
          assertThat(shape).containsExactly(3, 3, 32, 32);
          assertThat(pixels).isEqualTo(golden.floats("pixel_values"));
          return Map.of("pooled", golden.floats("pooled"));
        });
  }

  @Test
  void notANumberIsNeverWithinTolerance() {
    float[] pooled = golden.floats("pooled");
    pooled[3] = Float.NaN;
    assertThat(Verification.compare(golden, facts, (pixels, shape) -> Map.of("pooled", pooled)))
        .hasSize(2)
        .noneMatch(Verification.Difference::isWithinTolerance)
        .allMatch(each -> Double.isNaN(each.largest()));
  }

  @Test
  void refusesWhatCanNotBeCompared() throws IOException {
    assertThatThrownBy(
            () -> Verification.compare(golden, facts, (pixels, shape) -> Map.of("x", pixels)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the model gives [x]: there is nothing to compare.");
    assertThatThrownBy(
            () ->
                Verification.compare(
                    golden, facts, (pixels, shape) -> Map.of("logits", new float[12])))
        .isInstanceOf(InputException.class)
        .hasMessage("logits of the golden file has 30 elements; the model gives 12.");
    Path other = Reference.golden().resolve("models/d2-beit-nonsquare/golden.safetensors");
    try (TensorStore wide = SafeTensorsFile.open(other)) {
      assertThatThrownBy(() -> Verification.compare(wide, facts, (pixels, shape) -> Map.of()))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "pixel_values of the golden file is [3, 3, 32, 48]; the model takes [batch, 3, 32, 32].");
    }
    try (TensorStore weights = SafeTensorsFile.open(MODEL.resolve("model.safetensors"))) {
      assertThatThrownBy(() -> Verification.compare(weights, facts, (pixels, shape) -> Map.of()))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith("The golden file has no pixel_values; it holds ");
    }
  }
}
