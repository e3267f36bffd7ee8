package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunMetricsTest {
  /** Dashboards are made of these: a name that is here stays. */
  private static final List<String> RUN =
      List.of(
          "images.planned",
          "images.done",
          "images.ok",
          "images.invalid_input",
          "images.not_found",
          "images.access_denied",
          "images.read_failed",
          "images.archived",
          "images.timed_out",
          "images.out_of_memory",
          "images.not_an_image",
          "images.undecodable",
          "images.too_large",
          "images.committed",
          "images.per.second",
          "waves.committed",
          "tasks.slots",
          "tasks.read.millis",
          "tasks.decode.millis",
          "tasks.infer.millis",
          "reads.waiting",
          "decoded.waiting",
          "model.loads",
          "model.load.millis",
          "devices.cpu",
          "devices.gpu",
          "run.plan.millis",
          "run.graph.millis",
          "run.broadcast.millis",
          "run.session.millis",
          "run.label.millis",
          "run.commit.millis");

  private static final List<String> EXECUTOR =
      List.of(
          "tasks.active",
          "reads.waiting",
          "decoded.waiting",
          "read.millis",
          "decode.millis",
          "infer.millis",
          "model.open",
          "model.loads",
          "images.ok",
          "images.invalid_input",
          "images.not_found",
          "images.access_denied",
          "images.read_failed",
          "images.archived",
          "images.timed_out",
          "images.out_of_memory",
          "images.not_an_image",
          "images.undecodable",
          "images.too_large");

  @Test
  void namesStay() {
    assertThat(RunMetrics.METRICS).extracting(RunMetric::name).containsExactlyElementsOf(RUN);
    assertThat(ExecutorMetrics.METRICS)
        .extracting(RunMetric::name)
        .containsExactlyElementsOf(EXECUTOR);
    assertThat(RunMetrics.NAME).isEqualTo("labelmill");
    assertThat(ExecutorMetrics.NAME).isEqualTo("labelmill.executor");
  }

  /** Prometheus' form of a name has underscores for all that is no letter or digit. */
  @Test
  void namesDifferInPrometheusToo() {
    Set<String> names = new HashSet<>();
    RunMetrics.METRICS.forEach(
        metric -> names.add("labelmill_" + metric.name().replaceAll("[^a-z0-9]", "_")));
    ExecutorMetrics.METRICS.forEach(
        metric -> names.add("labelmill_executor_" + metric.name().replaceAll("[^a-z0-9]", "_")));
    assertThat(names).hasSize(RUN.size() + EXECUTOR.size());
  }

  @Test
  void aRunIsZeroBeforeItLabels() {
    MetricRegistry registry = new RunMetrics().metricRegistry();
    registry.getCounters().values().forEach(counter -> assertThat(counter.getCount()).isZero());
    registry
        .getGauges()
        .values()
        .forEach(gauge -> assertThat(((Number) gauge.getValue()).doubleValue()).isZero());
  }

  @Test
  void valuesAreThoseOfTheRun() {
    RunMetrics run = new RunMetrics();
    run.planned(12);
    run.committed(10, 2, 16);
    run.seconds("commit", 1.5);
    MetricRegistry registry = run.metricRegistry();
    assertThat(registry.getGauges().get("images.planned").getValue()).isEqualTo(12L);
    assertThat(registry.getCounters().get("images.committed").getCount()).isEqualTo(10);
    assertThat(registry.getCounters().get("waves.committed").getCount()).isEqualTo(2);
    assertThat(registry.getGauges().get("tasks.slots").getValue()).isEqualTo(16L);
    assertThat(registry.getCounters().get("run.commit.millis").getCount()).isEqualTo(1_500);
  }
}
