package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.labelmill.SparkFixture;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.junit.jupiter.api.Test;

/** What the metrics system of an application shows of one run after the other. */
class SparkMetricsIT {
  @Test
  void theNextRunTakesThePlaceOfTheLastAndOfNothingElse() throws Exception {
    SparkFixture.spark();
    MetricsSystem system = SparkEnv.get().metricsSystem();
    for (int run = 1; run <= 3; run++) {
      RunMetrics metrics = new RunMetrics();
      metrics.planned(run);
      SparkMetrics.show(metrics);
      ExecutorMetrics.show();
      List<Object> planned = new ArrayList<>();
      registry(system)
          .getGauges((name, gauge) -> isOf(name, "labelmill.images.planned"))
          .forEach((name, gauge) -> planned.add(gauge.getValue()));
      assertThat(planned).containsExactly((long) run);
      for (RunMetric<Void> metric : ExecutorMetrics.METRICS) {
        assertThat(registry(system).getNames())
            .as("in run %d", run)
            .filteredOn(name -> isOf(name, "labelmill.executor." + metric.name()))
            .hasSize(1);
      }
      for (String source : List.of(RunMetrics.NAME, ExecutorMetrics.NAME)) {
        assertThat(system.getSourcesByName(source).size()).as(source).isEqualTo(1);
      }
    }
  }

  private static boolean isOf(String name, String metric) {
    return name.endsWith(".driver." + metric);
  }

  /** Of what sinks report, which Spark shows to them alone. */
  private static MetricRegistry registry(MetricsSystem system) throws ReflectiveOperationException {
    Method registry = MetricsSystem.class.getDeclaredMethod("registry");
    registry.setAccessible(true);
    return (MetricRegistry) registry.invoke(system);
  }
}
