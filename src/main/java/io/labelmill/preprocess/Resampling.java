package io.labelmill.preprocess;

/**
 * Pillow's resampling filters, by the numbers that {@code resample} has in a processor's
 * configuration.
 *
 * <p>The formulas are those of {@code Resample.c} of Pillow; downscaling stretches the filter over
 * the source pixels, so every filter but {@link #NEAREST} is antialiased.
 */
public enum Resampling {
  NEAREST(0, 0),
  LANCZOS(1, 3) {
    @Override
    double weight(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  },
  BILINEAR(2, 1) {
    @Override
    double weight(double x) {
      double distance = Math.abs(x);
      return distance < 1 ? 1 - distance : 0;
    }
  },
  BICUBIC(3, 2) {
    @Override
    double weight(double x) {
      // Keys' kernel with a = -0.5.
      double a = -0.5;
      double d = Math.abs(x);
      if (d < 1) {
        return ((a + 2) * d - (a + 3)) * d * d + 1;
      }
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    }
  },
  BOX(4, 0.5) {
    @Override
    double weight(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  HAMMING(5, 1) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d == 0) {
        return 1;
      }
      if (d >= 1) {
        return 0;
      }
      d *= Math.PI;
      return Math.sin(d) / d * (0.54 + 0.46 * Math.cos(d));
    }
  };

  private final int code;
  private final double support;

  Resampling(int code, double support) {
    this.code = code;
    this.support = support;
  }

  /** The filter of a {@code resample} value. */
  static Resampling ofCode(int code) {
    for (Resampling resampling : values()) {
      if (resampling.code == code) {
        return resampling;
      }
    }
    throw new IllegalArgumentException("no filter has the number " + code);
  }

  /** Half the width of the filter, in pixels of the coarser of the two rasters. */
  double support() {
    return support;
  }

  /**
   * The filter's value.
   *
   * @param x distance from the filter's centre, in pixels of the coarser of the two rasters
   */
  double weight(double x) {
    throw new IllegalStateException(this + " picks one pixel and has no weights");
  }

  private static double sinc(double x) {
    if (x == 0) {
      return 1;
    }
    double angle = x * Math.PI;
    return Math.sin(angle) / angle;
  }
}
