package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import org.junit.jupiter.api.Test;

class PixelBatchTest {
  @Test
  void countsTheImagesPutIn() {
    PixelBatch batch = new PixelBatch(2, 4, 5);
    assertThat(batch.images()).isZero();
    batch.nchw().put(new float[3 * 4 * 5]);
    assertThat(batch.images()).isEqualTo(1);
    assertThat(batch.isFull()).isFalse();
    batch.nchw().put(new float[3 * 4 * 5]);
    assertThat(batch.isFull()).isTrue();
    assertThat(batch.shape()).containsExactly(2, 3, 4, 5);
    batch.clear();
    assertThat(batch.images()).isZero();
  }

  @Test
  void moreMemoryThanThereIsIsTheUsersToMend() {
    assertThatThrownBy(() -> new PixelBatch(1024, 800, 800))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "A batch of 1024 images needs 7500 MB outside of the Java heap for each task, more than"
                + " there is: use a smaller --batch-size, or allow more with"
                + " -XX:MaxDirectMemorySize");
  }
}
