package io.labelmill.preprocess;

/** Which source pixel each target pixel is, along one axis, without a filter. */
final class NearestPixels {
  /** Where height and width of a target add up to more, torchvision takes another formula. */
  private static final int SMALL_SIDES = 128;

  private NearestPixels() {}

  /** Pillow's {@code ImagingScaleAffine}: positions are summed up, not multiplied. */
  static int[] ofPillow(int sourceSize, int targetSize) {
    double scale = (double) sourceSize / targetSize;
    double position = scale * 0.5;
    int[] pixels = new int[targetSize];
    for (int i = 0; i < targetSize; i++) {
      pixels[i] = Math.min((int) position, sourceSize - 1);
      position += scale;
    }
    return pixels;
  }

  /**
   * PyTorch's {@code nearest-exact}, in single precision.
   *
   * @param target both sides of the target, of which this axis is one
   */
  static int[] ofTorchvision(int sourceSize, int targetSize, Size target) {
    float scale = (float) sourceSize / (float) targetSize;
    boolean small = target.width() + target.height() <= SMALL_SIDES;
    int[] pixels = new int[targetSize];
    for (int i = 0; i < targetSize; i++) {
      int pixel;
      if (small) {
        pixel = (int) (float) ((i + 0.5) * scale);
      } else {
        // One rounding: PyTorch's kernels for AVX2 and AVX-512 are compiled so.
        float position = Math.max(Math.fma(scale, i + 0.5f, -0.5f), 0);
        pixel = (int) (float) (position + 0.5);
      }
      pixels[i] = Math.min(pixel, sourceSize - 1);
    }
    return pixels;
  }
}
