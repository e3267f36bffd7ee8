package io.labelmill.evaluate.metric;

import java.util.Locale;
import java.util.OptionalDouble;

/** The value of a metric, or the reason why it has none. */
public sealed interface Metric {

  /**
   * A number.
   *
   * @param number finite
   * @param classes over how many classes an average was taken; -1 where that says nothing
   */
  record Value(double number, int classes) implements Metric {
    public Value {
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException("a metric's value is finite, not " + number);
      }
    }
  }

  /**
   * No number.
   *
   * @param reason a sentence without its full stop
   */
  record Undefined(String reason) implements Metric {}

  static Metric of(double number) {
    return new Value(number, -1);
  }

  static Metric average(double number, int classes) {
    return new Value(number, classes);
  }

  static Metric undefined(String reason) {
    return new Undefined(reason);
  }

  /** As {@link #ratio(double, double, String)}, of counts. */
  static Metric ratio(long numerator, long denominator, String reasonForZero) {
    return ratio((double) numerator, (double) denominator, reasonForZero);
  }

  /** The quotient, or undefined for that reason where the denominator is 0. */
  static Metric ratio(double numerator, double denominator, String reasonForZero) {
    return denominator == 0 ? undefined(reasonForZero) : of(numerator / denominator);
  }

  default Double orNull() {
    return this instanceof Value value ? Double.valueOf(value.number()) : null;
  }

  /** Four digits, for people. */
  default String shown() {
    return this instanceof Value value
        ? String.format(Locale.ROOT, "%.4f", value.number())
        : "not defined";
  }

  default OptionalDouble optional() {
    return this instanceof Value value ? OptionalDouble.of(value.number()) : OptionalDouble.empty();
  }
}
