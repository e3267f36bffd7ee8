package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints that are unlike those that Transformers writes, against what it makes of them. */
class CheckpointFoldersGoldenTest {
  private static final double LOGITS = 1e-5;

  @TempDir Path folder;

  /**
   * @param warning a part of what the user is told; empty for nothing of this kind
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unquantized | LABEL_0, LABEL_1, LABEL_2 | ''",
        "bnb-int8 | LABEL_0, LABEL_1, LABEL_2 | quantised by LLM.int8 of bitsandbytes",
        "state-dict-v5 | LABEL_0, LABEL_1, LABEL_2 | the names of Transformers 5 in memory",
        "no-arch | LABEL_0, LABEL_1, LABEL_2 | read as ViTForImageClassification, since model_type is vit",
        "id2label-int-values | 0, 1, 2 | ''",
        "orig-mod | LABEL_0, LABEL_1, LABEL_2 | read without '_orig_mod.'",
        "pp-processor-config | LABEL_0, LABEL_1, LABEL_2 | ''",
        "pp-shortest-crop | LABEL_0, LABEL_1, LABEL_2 | ''",
      })
  void givesTheNumbersOfTransformers(String name, String labels, String warning)
      throws IOException {
    Path model = Reference.golden().resolve("checkpoints").resolve(name);
    GoldenTensors golden = new GoldenTensors(model.resolve("golden.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      assertThat(String.join(", ", checkpoint.labels().names())).isEqualTo(labels);
      assertThat(checkpoint.processor().height()).isEqualTo(32);
      GraphFiles files =
          Network.of(checkpoint.config(), checkpoint.weights())
              .write(GraphSpec.of(GraphOutput.LOGITS), folder);
      String told = String.join("\n", checkpoint.warnings()) + String.join("\n", files.warnings());
      assertThat(told).contains(warning);
      try (GraphSession session = GraphSession.open(files.model())) {
        float[] logits =
            session.run(golden.floats("pixel_values"), golden.shape("pixel_values")).get("logits");
        for (String expected : new String[] {"logits", "logits64"}) {
          double[] numbers = golden.doubles(expected);
          assertThat(logits).hasSize(numbers.length);
          for (int i = 0; i < logits.length; i++) {
            assertThat(Math.abs(logits[i] - numbers[i])).as(expected).isLessThanOrEqualTo(LOGITS);
          }
        }
      }
    }
  }
}
