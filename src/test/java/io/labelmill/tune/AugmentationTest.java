package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.decode.RgbImage;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  /** Each pixel tells where it is: column, row, and 7. */
  private static RgbImage picture(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < width * height; i++) {
      rgb[3 * i] = (byte) (i % width);
      rgb[3 * i + 1] = (byte) (i / width);
      rgb[3 * i + 2] = 7;
    }
    return new RgbImage(width, height, rgb);
  }

  @Test
  void takesAPartOfEnoughAreaAsItIsInThePicture() {
    Set<String> seen = new HashSet<>();
    for (int image = 0; image < 500; image++) {
      RgbImage part = new Augmentation(1, 1, image).part(picture(120, 90));
      double share = part.width() * part.height() / (120.0 * 90);
      assertThat(share).isBetween(0.59, 1.0);
      assertThat(part.width() / (double) part.height()).isBetween(0.74, 1.35);
      int left = part.rgb()[0];
      int top = part.rgb()[1];
      for (int i = 0; i < part.width() * part.height(); i++) {
        assertThat(part.rgb()[3 * i]).isEqualTo((byte) (left + i % part.width()));
        assertThat(part.rgb()[3 * i + 1]).isEqualTo((byte) (top + i / part.width()));
      }
      seen.add(left + " " + top + " " + part.width());
    }
    assertThat(seen).hasSizeGreaterThan(400);
    // A strip has no part of such a shape.
    assertThat(new Augmentation(1, 1, 1).part(picture(100, 2)).width()).isEqualTo(100);
  }

  @Test
  void mirrorsAboutEverySecondPicture() {
    int mirrored = 0;
    for (int image = 0; image < 1000; image++) {
      byte[] samples = new byte[3 * 4 * 2];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (byte) (i % 4 == 0 ? 200 : 100);
      }
      new Augmentation(1, 1, image).change(samples, 4);
      boolean last = (samples[3] & 0xFF) > (samples[0] & 0xFF);
      mirrored += last ? 1 : 0;
      assertThat((samples[last ? 3 : 0] & 0xFF) - (samples[1] & 0xFF)).isBetween(60, 150);
    }
    assertThat(mirrored).isBetween(430, 570);
  }

  @Test
  void changesLightAndColoursALittle() {
    double brightest = 0;
    double darkest = 255;
    for (int image = 0; image < 300; image++) {
      byte[] samples = new byte[3 * 9];
      new Random(1).nextBytes(samples);
      byte[] before = samples.clone();
      new Augmentation(1, 1, image).change(samples, 3);
      assertThat(samples).isNotEqualTo(before);
      double sum = 0;
      double sumBefore = 0;
      for (int i = 0; i < samples.length; i++) {
        sum += samples[i] & 0xFF;
        sumBefore += before[i] & 0xFF;
      }
      brightest = Math.max(brightest, sum / sumBefore);
      darkest = Math.min(darkest, sum / sumBefore);
    }
    assertThat(brightest).isBetween(1.1, 1.3);
    assertThat(darkest).isBetween(0.7, 0.9);
  }

  @Test
  void isTheSameForTheSameSeedEpochAndImageAlone() {
    assertThat(changed(1, 2, 3)).isEqualTo(changed(1, 2, 3));
    assertThat(changed(1, 2, 3))
        .isNotEqualTo(changed(1, 2, 4))
        .isNotEqualTo(changed(1, 3, 3))
        .isNotEqualTo(changed(2, 2, 3));
  }

  private static byte[] changed(long seed, int epoch, int image) {
    byte[] samples = new byte[3 * 16];
    new Random(5).nextBytes(samples);
    new Augmentation(seed, epoch, image).change(samples, 4);
    return samples;
  }
}
