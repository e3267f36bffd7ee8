package io.labelmill.score;

import com.codahale.metrics.MetricRegistry;
import io.labelmill.error.Status;
import io.labelmill.model.ExecutorModels;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.spark.metrics.source.Source;

/**
 * What the tasks of this JVM have done since it started, as a source of Spark's metrics: each
 * executor's sinks report it, under the executor's id. Thread-safe.
 */
public final class ExecutorMetrics implements Source {
  /** What stands before its metrics. */
  public static final String NAME = "labelmill.executor";

  private static final Map<Status, LongAdder> IMAGES = new EnumMap<>(Status.class);
  private static final LongAdder READ_NANOS = new LongAdder();
  private static final LongAdder DECODE_NANOS = new LongAdder();
  private static final LongAdder INFER_NANOS = new LongAdder();
  private static final AtomicInteger TASKS = new AtomicInteger();
  private static final AtomicInteger WAITING = new AtomicInteger();

  static {
    for (Status status : Status.values()) {
      IMAGES.put(status, new LongAdder());
    }
  }

  /** Its metrics, in the order of documentation. */
  public static final List<RunMetric<Void>> METRICS = metrics();

  private static final ExecutorMetrics SOURCE = new ExecutorMetrics();

  private final MetricRegistry registry = new MetricRegistry();

  private ExecutorMetrics() {
    METRICS.forEach(metric -> metric.register(registry, null));
  }

  private static List<RunMetric<Void>> metrics() {
    List<RunMetric<Void>> metrics = new ArrayList<>();
    metrics.add(gauge("tasks.active", "tasks that label right now", TASKS::get));
    metrics.add(
        gauge(
            "reads.waiting",
            "encoded images that stood ready when a task last took one",
            WAITING::get));
    metrics.add(
        gauge(
            "decoded.waiting",
            "decoded images in batches that wait for a device right now",
            DeviceQueue::waiting));
    metrics.add(counter("read.millis", "time that tasks waited for images", millis(READ_NANOS)));
    metrics.add(
        counter(
            "decode.millis",
            "time that they decoded, resized and normalised",
            millis(DECODE_NANOS)));
    metrics.add(counter("infer.millis", "time of their forward passes", millis(INFER_NANOS)));
    metrics.add(gauge("model.open", "sessions that are open", ExecutorModels::open));
    metrics.add(
        counter("model.loads", "sessions opened since the JVM began", ExecutorModels::loads));
    IMAGES.forEach(
        (status, images) ->
            metrics.add(
                counter(
                    "images." + status.name().toLowerCase(Locale.ROOT),
                    "images with status `" + status + "`",
                    images::sum)));
    return List.copyOf(metrics);
  }

  private static RunMetric<Void> gauge(String name, String meaning, LongSupplier value) {
    return RunMetric.gauge(name, meaning, nothing -> value.getAsLong());
  }

  private static RunMetric<Void> counter(String name, String meaning, LongSupplier value) {
    return RunMetric.counter(name, meaning, nothing -> value.getAsLong());
  }

  private static LongSupplier millis(LongAdder nanos) {
    return () -> nanos.sum() / 1_000_000;
  }

  /** Shows them in the metrics system of the Spark that runs in this JVM. */
  static void show() {
    SparkMetrics.show(SOURCE);
  }

  static void taskStarted() {
    TASKS.incrementAndGet();
  }

  static void taskEnded() {
    TASKS.decrementAndGet();
  }

  static void image(Status status) {
    IMAGES.get(status).increment();
  }

  static void read(long nanos, int ready) {
    READ_NANOS.add(nanos);
    WAITING.set(ready);
  }

  static void decode(long nanos) {
    DECODE_NANOS.add(nanos);
  }

  static void infer(long nanos) {
    INFER_NANOS.add(nanos);
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
