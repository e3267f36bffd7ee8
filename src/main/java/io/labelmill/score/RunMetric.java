package io.labelmill.score;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.function.Function;

/**
 * One number of a metrics source.
 *
 * @param <T> what it is read of
 * @param name stable, lower case, words apart by dots
 * @param kind whether it only grows
 * @param meaning for documentation, in Markdown
 * @param value read whenever a sink asks, in the sink's thread
 */
public record RunMetric<T>(String name, Kind kind, String meaning, Function<T, Number> value) {
  public enum Kind {
    /** Up and down. */
    GAUGE,
    /** Only up, while one run or one JVM lasts; a whole number. */
    COUNTER
  }

  static <T> RunMetric<T> gauge(String name, String meaning, Function<T, Number> value) {
    return new RunMetric<>(name, Kind.GAUGE, meaning, value);
  }

  static <T> RunMetric<T> counter(String name, String meaning, Function<T, Number> value) {
    return new RunMetric<>(name, Kind.COUNTER, meaning, value);
  }

  void register(MetricRegistry registry, T of) {
    switch (kind) {
      case GAUGE -> registry.register(name, (Gauge<Number>) () -> value.apply(of));
      case COUNTER ->
          registry.register(
              name,
              new Counter() {
                @Override
                public long getCount() {
                  return value.apply(of).longValue();
                }
              });
    }
  }
}
