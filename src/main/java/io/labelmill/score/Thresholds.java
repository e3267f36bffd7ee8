package io.labelmill.score;

import java.io.Serializable;
import java.util.Arrays;

/** One threshold per label of a model, in index order. Immutable, safe to share. */
public final class Thresholds implements Serializable {
  private static final Thresholds NONE = new Thresholds(new float[0]);

  private final float[] values;

  private Thresholds(float[] values) {
    this.values = values;
  }

  /** For an activation that assigns no labels. */
  public static Thresholds none() {
    return NONE;
  }

  /**
   * @param values thresholds in index order; copied
   */
  public static Thresholds of(float... values) {
    return new Thresholds(values.clone());
  }

  /** Whether labels are assigned at all. */
  public boolean isNone() {
    return values.length == 0;
  }

  public float value(int index) {
    return values[index];
  }

  /** Whether a label is assigned: its score is greater than its threshold, not equal to it. */
  public boolean exceededBy(int index, float score) {
    return score > values[index];
  }

  /**
   * Text that is equal exactly when the thresholds are: {@code none}, one number where all are
   * equal, else all of them in index order with commas.
   */
  public String canonicalText() {
    if (isNone()) {
      return "none";
    }
    boolean uniform = true;
    for (float value : values) {
      uniform &= value == values[0];
    }
    if (uniform) {
      return Float.toString(values[0]);
    }
    StringBuilder text = new StringBuilder();
    for (float value : values) {
      text.append(text.isEmpty() ? "" : ",").append(value);
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Thresholds thresholds && Arrays.equals(values, thresholds.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return canonicalText();
  }
}
