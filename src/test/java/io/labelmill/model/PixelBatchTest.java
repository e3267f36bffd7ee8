package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelBatchTest {
  @Test
  void countsTheImagesPutIn() {
    PixelBatch batch = new PixelBatch(3, 4, 5);
    assertThat(batch.images()).isZero();
    batch.append(new float[3 * 4 * 5]);
    assertThat(batch.images()).isEqualTo(1);
    assertThat(batch.isFull()).isFalse();
    batch.append(new float[2 * 3 * 4 * 5]);
    assertThat(batch.isFull()).isTrue();
    assertThat(batch.shape()).containsExactly(3, 3, 4, 5);
    assertThatThrownBy(() -> batch.append(new float[3 * 4 * 5]))
        .isInstanceOf(BufferOverflowException.class);
    assertThatThrownBy(() -> batch.append(preprocessor(5, 4), picture(5, 4, 0)))
        .isInstanceOf(BufferOverflowException.class);
    assertThatThrownBy(() -> batch.append(new float[61]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("61 numbers are no whole number of images of 60");
    batch.clear();
    assertThat(batch.images()).isZero();
  }

  @Test
  void imagesAtTheirPlacesAreKeptWithoutGaps() {
    PixelBatch batch = new PixelBatch(4, 1, 2);
    for (int place = batch.capacity() - 1; place >= 0; place--) {
      batch.fill(place, preprocessor(2, 1), picture(2, 1, place * 51));
    }
    batch.keep(0, 2, 3);
    assertThat(batch.shape()).containsExactly(3, 3, 1, 2);
    float[] values = new float[18];
    batch.values().get(values);
    for (int image = 0; image < 3; image++) {
      // Half is taken away, and what is left divided by a quarter.
      float first = (List.of(0, 2, 3).get(image) * 51 / 255f - 0.5f) / 0.25f;
      for (int i = image * 6; i < image * 6 + 6; i++) {
        assertThat(values[i]).isCloseTo(first, Offset.offset(1e-6f));
      }
    }
    batch.keep();
    assertThat(batch.images()).isZero();
  }

  @Test
  void aGraphThatNormalisesGetsSamples(@TempDir Path folder) throws IOException {
    PixelBatch batch;
    try (Checkpoint checkpoint =
        Checkpoint.open(
            Reference.golden().resolve("models/d2-beit-nonsquare"), CheckpointOptions.none())) {
      GraphSpec half = GraphSpec.of(GraphOutput.LOGITS).withPrecision(Precision.FP16);
      batch = PixelBatch.of(ModelBundle.build(checkpoint, half, folder), 3);
    }
    assertThat(batch.takesSamples()).isTrue();
    for (int place = 0; place < 3; place++) {
      batch.fill(place, preprocessor(48, 32), picture(48, 32, 100 + place * 77));
    }
    batch.keep(1, 2);
    byte[] samples = new byte[2 * 3 * 32 * 48];
    batch.samples().get(samples);
    for (int i = 0; i < samples.length; i++) {
      assertThat(samples[i] & 0xFF).isEqualTo(i < samples.length / 2 ? 177 : 254);
    }
    batch.clear();
    float[] image = new float[3 * 32 * 48];
    Arrays.fill(image, 255);
    batch.append(image);
    assertThat(batch.samples().remaining()).isEqualTo(image.length);
    assertThat(batch.samples().get(image.length - 1)).isEqualTo((byte) 255);
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

  private static Preprocessor preprocessor(int width, int height) {
    return new Preprocessor(
        ProcessorConfig.parse(
            """
            {"image_processor_type": "ViTImageProcessor", "size": {"height": %d, "width": %d},
             "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}
            """
                .formatted(height, width),
            "test"));
  }

  /** All of one grey. */
  private static RgbImage picture(int width, int height, int grey) {
    byte[] rgb = new byte[width * height * 3];
    Arrays.fill(rgb, (byte) grey);
    return new RgbImage(width, height, rgb);
  }
}
