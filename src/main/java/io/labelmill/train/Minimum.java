package io.labelmill.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a smooth convex function of many numbers is least, by L-BFGS: Nocedal and Wright, Numerical
 * Optimization, algorithms 7.4 and 7.5, with steps that are halved until they lead down far enough.
 */
final class Minimum {
  private static final Logger log = LoggerFactory.getLogger(Minimum.class);

  /** Steps whose curvature is remembered. */
  private static final int REMEMBERED = 10;

  private static final int MOST_STEPS = 1000;
  private static final int MOST_HALVINGS = 50;

  /** Length of a gradient at the end: where it ends is far nearer than what float weights hold. */
  private static final double FLAT = 1e-9;

  /** Length of a gradient from which on the end is too far from the least to go untold. */
  private static final double NEAR = 1e-5;

  /** Of what the slope promises, so much must be gained (Armijo). */
  private static final double GAINED = 1e-4;

  /** Of a value, so much may be lost where it is rounded. */
  private static final double ROUNDED = 1e-15;

  private Minimum() {}

  /** A function of some numbers. */
  interface Function {
    /**
     * @param gradient is overwritten with the gradient at this point
     * @return the value there
     */
    double at(double[] point, double[] gradient);
  }

  /** A step that was done, and by what the gradient changed. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Step(double[] way, double[] change, double curvature) {}

  /** Looks for it from 0 on. */
  static double[] of(Function function, int numbers) {
    double[] point = new double[numbers];
    double[] gradient = new double[numbers];
    double value = function.at(point, gradient);
    Deque<Step> steps = new ArrayDeque<>();
    for (int done = 0; done < MOST_STEPS && length(gradient) > FLAT; done++) {
      double[] direction = direction(gradient, steps);
      double slope = dot(gradient, direction);
      double share = steps.isEmpty() ? Math.min(1, 1 / length(gradient)) : 1;
      double[] next = point;
      double[] nextGradient = new double[numbers];
      double nextValue = 0;
      boolean isDown = false;
      for (int halved = 0; halved < MOST_HALVINGS && !isDown; halved++, share /= 2) {
        next = sum(point, share, direction);
        nextValue = function.at(next, nextGradient);
        isDown = nextValue <= value + GAINED * share * slope + ROUNDED * Math.abs(value);
      }
      if (!isDown) {
        break;
      }
      double[] way = sum(next, -1, point);
      double[] change = sum(nextGradient, -1, gradient);
      double curvature = dot(way, change);
      if (curvature > 0) {
        steps.addFirst(new Step(way, change, curvature));
        if (steps.size() > REMEMBERED) {
          steps.removeLast();
        }
      }
      point = next;
      gradient = nextGradient;
      value = nextValue;
    }
    if (length(gradient) > NEAR) {
      log.warn(
          "A fit ended where it still falls by {} a step: a larger --reg lets it end",
          length(gradient));
    }
    return point;
  }

  /** Down, by the curvature of the last steps, the last of which is the first. */
  private static double[] direction(double[] gradient, Deque<Step> steps) {
    double[] direction = sum(new double[gradient.length], -1, gradient);
    double[] shares = new double[steps.size()];
    int at = 0;
    for (Step step : steps) {
      shares[at] = dot(step.way, direction) / step.curvature;
      direction = sum(direction, -shares[at++], step.change);
    }
    if (!steps.isEmpty()) {
      Step last = steps.getFirst();
      double scale = last.curvature / dot(last.change, last.change);
      direction = sum(direction, scale - 1, direction);
    }
    for (Iterator<Step> first = steps.descendingIterator(); first.hasNext(); ) {
      Step step = first.next();
      double share = dot(step.change, direction) / step.curvature;
      direction = sum(direction, shares[--at] - share, step.way);
    }
    return direction;
  }

  private static double length(double[] numbers) {
    return Math.sqrt(dot(numbers, numbers));
  }

  private static double dot(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }

  private static double[] sum(double[] one, double share, double[] other) {
    double[] sum = new double[one.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = one[i] + share * other[i];
    }
    return sum;
  }
}
