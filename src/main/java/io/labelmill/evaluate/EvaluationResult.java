package io.labelmill.evaluate;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.pass.Contender;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an evaluation found.
 *
 * @param output folder with the results
 * @param contenders one or more, in the order given
 * @param leakage what the comparison with training images found, where a user must know it
 */
public record EvaluationResult(
    String output, List<Contender> contenders, Optional<String> leakage) {
  public record Contender(String name, Metrics metrics, List<String> notes) {}

  /**
   * Fails when a metric of the first contender is worse than its limit, or undefined: below it, or
   * above it where less is better.
   *
   * @param limits by metric name, each of which there is
   * @throws InputException naming every metric that is worse
   */
  public void checkAtLeast(Map<String, Double> limits) {
    Metrics metrics = contenders.get(0).metrics();
    List<String> below = new ArrayList<>();
    limits.forEach(
        (name, limit) -> {
          Metric metric = metrics.get(name);
          boolean isLessBetter = MetricName.of(name).isLessBetter();
          if (metric instanceof Metric.Undefined undefined) {
            below.add(
                "%s is undefined (%s), not at %s%s"
                    .formatted(name, undefined.reason(), isLessBetter ? "most " : "least ", limit));
            return;
          }
          double value = metric.optional().getAsDouble();
          if (isLessBetter ? value > limit : value < limit) {
            below.add(
                "%s is %s%s the limit %s"
                    .formatted(name, value, isLessBetter ? ", above" : ", below", limit));
          }
        });
    InputException.throwIfAny(below);
  }
}
