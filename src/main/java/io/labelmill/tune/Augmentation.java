package io.labelmill.tune;

import io.labelmill.decode.RgbImage;
import java.util.Random;

/**
 * Changes a picture a little, as another photograph of the same might: a part of it, maybe
 * mirrored, in other light. One for each picture and epoch; not thread-safe.
 */
public final class Augmentation {
  /** Shares of the picture's area, and ratios of width to height, that a part may have. */
  private static final double SMALLEST = 0.6;

  private static final double FLATTEST = 4.0 / 3;
  private static final int TRIES = 10;

  /** Largest change of brightness, contrast and saturation, as a share. */
  private static final double JITTER = 0.2;

  private static final float[] GREY = {0.299f, 0.587f, 0.114f};

  private final Random random;

  public enum Strength {
    NONE,
    LIGHT
  }

  /**
   * @param epoch from 1
   * @param image its place among those that are trained on
   */
  public Augmentation(long seed, int epoch, int image) {
    random = new Random(Recipe.mixed(Recipe.mixed(Recipe.mixed(seed) + epoch) - image));
  }

  /**
   * A part of the picture, as {@code RandomResizedCrop} of torchvision chooses it; the whole where
   * no part was found.
   */
  public RgbImage part(RgbImage picture) {
    double area = (double) picture.width() * picture.height();
    for (int i = 0; i < TRIES; i++) {
      double share = area * (SMALLEST + (1 - SMALLEST) * random.nextDouble());
      double ratio = Math.exp(Math.log(FLATTEST) * (2 * random.nextDouble() - 1));
      int width = (int) Math.round(Math.sqrt(share * ratio));
      int height = (int) Math.round(Math.sqrt(share / ratio));
      if (width >= 1 && height >= 1 && width <= picture.width() && height <= picture.height()) {
        int left = random.nextInt(picture.width() - width + 1);
        int top = random.nextInt(picture.height() - height + 1);
        return cut(picture, left, top, width, height);
      }
    }
    return picture;
  }

  private static RgbImage cut(RgbImage picture, int left, int top, int width, int height) {
    int channels = RgbImage.CHANNELS;
    byte[] rgb = new byte[width * height * channels];
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          picture.rgb(),
          ((top + y) * picture.width() + left) * channels,
          rgb,
          y * width * channels,
          width * channels);
    }
    return new RgbImage(width, height, rgb);
  }

  /**
   * Mirrors every second picture, and changes brightness, contrast and saturation of each.
   *
   * @param samples [3, height, width], changed in place
   */
  public void change(byte[] samples, int width) {
    if (random.nextBoolean()) {
      mirror(samples, width);
    }
    float brightness = factor();
    float contrast = factor();
    float saturation = factor();
    int pixels = samples.length / GREY.length;
    double sum = 0;
    for (int i = 0; i < pixels; i++) {
      sum += brightness * grey(samples, i, pixels);
    }
    float mean = (float) (sum / pixels);
    for (int i = 0; i < pixels; i++) {
      float grey = blended(brightness * grey(samples, i, pixels), mean, contrast);
      for (int channel = 0; channel < GREY.length; channel++) {
        int at = channel * pixels + i;
        float lit = blended(brightness * (samples[at] & 0xFF), mean, contrast);
        samples[at] = (byte) Math.min(255, Math.max(0, Math.round(blended(lit, grey, saturation))));
      }
    }
  }

  private float factor() {
    return (float) (1 + JITTER * (2 * random.nextDouble() - 1));
  }

  private static float blended(float value, float other, float factor) {
    return other + factor * (value - other);
  }

  private static float grey(byte[] samples, int pixel, int pixels) {
    float grey = 0;
    for (int channel = 0; channel < GREY.length; channel++) {
      grey += GREY[channel] * (samples[channel * pixels + pixel] & 0xFF);
    }
    return grey;
  }

  private static void mirror(byte[] samples, int width) {
    for (int row = 0; row < samples.length; row += width) {
      for (int left = row, right = row + width - 1; left < right; left++, right--) {
        byte sample = samples[left];
        samples[left] = samples[right];
        samples[right] = sample;
      }
    }
  }
}
