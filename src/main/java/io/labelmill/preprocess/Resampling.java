package io.labelmill.preprocess;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Pillow's resampling filters, by the numbers that {@code resample} has in a processor's
 * configuration.
 *
 * <p>The formulas are those of {@code Resample.c} of Pillow 13.0; downscaling stretches the filter
 * over the source pixels, so every filter but {@link #NEAREST} is antialiased. Those that
 * torchvision has are the same there. Sines are {@code StrictMath}'s, which are the same on every
 * machine.
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
      // In single precision in Pillow, though all around them is double.
      return StrictMath.sin(d) / d * (0.54f + 0.46f * StrictMath.cos(d));
    }
  },
  /** Magic Kernel Sharp of 2013, https://johncostella.com/magic/. */
  MKS2013(6, 2.5) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 0.5) {
        return 17.0 / 16 - 7.0 / 4 * (d * d);
      }
      if (d < 1.5) {
        return (1 - d) * (7.0 / 4 - d);
      }
      return d < 2.5 ? -1.0 / 8 * ((d - 2.5) * (d - 2.5)) : 0;
    }
  },
  /** Magic Kernel Sharp of 2021. */
  MKS2021(7, 4.5) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 0.5) {
        return 577.0 / 576 - 239.0 / 144 * (d * d);
      }
      if (d < 1.5) {
        return 35.0 / 36 * (d - 1) * (d - 239.0 / 140);
      }
      if (d < 2.5) {
        return 1.0 / 6 * (d - 2) * (65.0 / 24 - d);
      }
      if (d < 3.5) {
        return 1.0 / 36 * (d - 3) * (d - 15.0 / 4);
      }
      return d < 4.5 ? -1.0 / 288 * ((d - 4.5) * (d - 4.5)) : 0;
    }
  };

  private final int code;
  private final double support;

  Resampling(int code, double support) {
    this.code = code;
    this.support = support;
  }

  /** The filter of a {@code resample} value; empty where there is none. */
  static Optional<Resampling> ofCode(int code) {
    return Arrays.stream(values()).filter(filter -> filter.code == code).findFirst();
  }

  /** All of them with their numbers, for messages. */
  static String known() {
    return Arrays.stream(values())
        .map(filter -> filter.code + " " + filter.word())
        .collect(Collectors.joining(", "));
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean isOfTorchvision() {
    return code <= BICUBIC.code;
  }

  /** Whether older versions of Pillow lack it. */
  boolean isOfPillow13() {
    return code >= MKS2013.code;
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
    return StrictMath.sin(angle) / angle;
  }
}
