package io.labelmill.evaluate.metric;

import java.io.Serializable;

/**
 * A sum to twice double precision (Dekker's two-sum), so that the order of its terms does not show
 * in the double that comes out. Not thread-safe.
 */
public final class Sum implements Serializable {
  private double high;
  private double low;

  public void add(double term) {
    double total = high + term;
    double shadow = total - high;
    double error = (high - (total - shadow)) + (term - shadow);
    high = total;
    low += error;
  }

  /** Adds the exact product of both factors. */
  public void addProduct(double a, double b) {
    double product = a * b;
    add(product);
    low += Math.fma(a, b, -product);
  }

  public Sum sum(Sum other) {
    add(other.high);
    low += other.low;
    return this;
  }

  public double value() {
    return high + low;
  }

  /** The mean over so many scored images; undefined over none. */
  Metric mean(long images) {
    return Metric.ratio(value(), (double) images, "no scored image");
  }

  static Sum[] array(int length) {
    Sum[] sums = new Sum[length];
    for (int i = 0; i < length; i++) {
      sums[i] = new Sum();
    }
    return sums;
  }

  static void sumAll(Sum[] sums, Sum[] others) {
    for (int i = 0; i < sums.length; i++) {
      sums[i].sum(others[i]);
    }
  }
}
