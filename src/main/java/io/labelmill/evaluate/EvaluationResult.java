package io.labelmill.evaluate;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.Metrics;
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

  /** One model or run. */
  public record Contender(String name, Metrics metrics, List<String> notes) {}

  /**
   * Fails when a metric of the first contender is below its limit, or undefined.
   *
   * @param limits by metric name, each of which there is
   * @throws InputException naming every metric that is below
   */
  public void checkAtLeast(Map<String, Double> limits) {
    Metrics metrics = contenders.get(0).metrics();
    List<String> below = new ArrayList<>();
    limits.forEach(
        (name, limit) -> {
          Metric metric = metrics.get(name);
          if (metric instanceof Metric.Undefined undefined) {
            below.add(name + " is undefined (" + undefined.reason() + "), not at least " + limit);
          } else if (metric.optional().getAsDouble() < limit) {
            below.add(
                name + " is " + metric.optional().getAsDouble() + ", below the limit " + limit);
          }
        });
    if (!below.isEmpty()) {
      throw new InputException(below);
    }
  }
}
