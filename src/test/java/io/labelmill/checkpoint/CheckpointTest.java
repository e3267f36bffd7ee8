package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import org.junit.jupiter.api.Test;

class CheckpointTest {
  @Test
  void opensShards() {
    try (Checkpoint checkpoint =
        Checkpoint.open(
            Reference.golden().resolve("models/k-beit-sharded"), CheckpointOptions.none())) {
      assertThat(checkpoint.labels().size()).isEqualTo(9);
      assertThat(checkpoint.weights().info("classifier.weight").description())
          .isEqualTo("F32 [9, 32]");
      assertThat(checkpoint.weights().floats("classifier.weight")).hasSize(9 * 32);
    }
  }
}
