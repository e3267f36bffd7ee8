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
  void imagesAtTheirPlacesAreKeptWithoutGaps() {
    PixelBatch batch = new PixelBatch(4, 1, 1);
    for (int image = 0; image < batch.capacity(); image++) {
      batch.place(image).put(new float[] {image, image + 0.25f, image + 0.5f});
    }
    batch.keep(0, 2, 3);
    assertThat(batch.shape()).containsExactly(3, 3, 1, 1);
    float[] values = new float[9];
    batch.filled().get(values);
    assertThat(values).containsExactly(0, 0.25f, 0.5f, 2, 2.25f, 2.5f, 3, 3.25f, 3.5f);
    batch.keep();
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
