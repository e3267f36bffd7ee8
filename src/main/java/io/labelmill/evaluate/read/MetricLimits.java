package io.labelmill.evaluate.read;

import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Limits of {@code --fail-below}: by a metric's name the value that it may not be worse than. */
public final class MetricLimits {
  private MetricLimits() {}

  /**
   * @param given {@code METRIC=VALUE}, several with commas between them
   * @param names of the metrics that there may be
   * @param example of one, for messages
   * @throws UsageException with all that is wrong
   */
  public static SortedMap<String, Double> parse(
      List<String> given, List<String> names, String example) {
    List<String> problems = new ArrayList<>();
    SortedMap<String, Double> limits = new TreeMap<>();
    for (String text : given) {
      for (String pair : text.split(",", -1)) {
        String[] parts = pair.split("=", 2);
        String name = parts[0].strip();
        try {
          limits.put(name, Double.valueOf(parts.length < 2 ? "" : parts[1].strip()));
          problems.addAll(unknown(Set.of(name), names));
        } catch (NumberFormatException e) {
          problems.add("--fail-below is " + pair + ": write METRIC=VALUE, such as " + example);
        }
      }
    }
    UsageException.throwIfAny(problems);
    return limits;
  }

  /**
   * @throws UsageException when a limit is for a metric that there is not
   */
  static void check(SortedMap<String, Double> limits, List<String> names) {
    UsageException.throwIfAny(unknown(limits.keySet(), names));
  }

  private static List<String> unknown(Set<String> limited, List<String> names) {
    return limited.stream()
        .filter(name -> !names.contains(name))
        .map(
            name ->
                "--fail-below names %s, which is none of the metrics.%s They are %s"
                    .formatted(name, Suggestion.didYouMean(name, names), String.join(", ", names)))
        .toList();
  }
}
