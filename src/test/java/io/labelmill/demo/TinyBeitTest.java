package io.labelmill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyBeitTest {
  @TempDir Path folder;

  @Test
  void itIsAMultiLabelCheckpointOfTheFourDrinks() {
    TinyBeit.checkpoint(1).write(folder);

    try (Checkpoint checkpoint = Checkpoint.open(folder, CheckpointOptions.none())) {
      assertThat(checkpoint.labels().names())
          .containsExactly("can", "carton", "milk_bottle", "water_bottle");
      assertThat(checkpoint.problemType()).contains(ProblemType.MULTI_LABEL);
      assertThat(checkpoint.processor().width()).isEqualTo(64);
      assertThat(checkpoint.processor().height()).isEqualTo(64);
      assertThat(checkpoint.config().path("model_type").asText()).isEqualTo("beit");
      assertThat(checkpoint.config().path("initializer_range").asDouble()).isEqualTo(0.08);
      assertThat(checkpoint.weights().floats("beit.encoder.layer.1.lambda_2"))
          .hasSize(128)
          .containsOnly(0.5f);
      assertThat(checkpoint.warnings()).isEmpty();
    }
  }

  @Test
  void theSeedDecidesEveryByte() throws IOException {
    for (String name : new String[] {"model.safetensors", "config.json"}) {
      TinyBeit.checkpoint(1).write(folder.resolve("a"));
      TinyBeit.checkpoint(1).write(folder.resolve("b"));
      assertThat(folder.resolve("a").resolve(name))
          .hasSameBinaryContentAs(folder.resolve("b").resolve(name));
    }
    TinyBeit.checkpoint(2).write(folder.resolve("c"));
    assertThat(
            Files.mismatch(
                folder.resolve("a/model.safetensors"), folder.resolve("c/model.safetensors")))
        .isNotNegative();
  }
}
