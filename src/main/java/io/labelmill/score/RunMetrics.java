package io.labelmill.score;

import com.codahale.metrics.MetricRegistry;
import io.labelmill.error.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.spark.metrics.source.Source;

/**
 * How a run of the score job stands, as a source of the driver's metrics. It shows the latest run
 * of an application, also when that has ended. Set by the job's thread, read by any.
 */
public final class RunMetrics implements Source {
  /** What stands before its metrics. */
  public static final String NAME = "labelmill";

  /** Its metrics, in the order of documentation. */
  public static final List<RunMetric<RunMetrics>> METRICS = metrics();

  private final MetricRegistry registry = new MetricRegistry();
  private final Map<String, Double> seconds = new ConcurrentHashMap<>();
  private final Rate rate = new Rate();
  private volatile JobCounters counters;
  private volatile long planned;
  private volatile long committed;
  private volatile int waves;
  private volatile int slots;

  RunMetrics() {
    METRICS.forEach(metric -> metric.register(registry, this));
  }

  private static List<RunMetric<RunMetrics>> metrics() {
    List<RunMetric<RunMetrics>> all = new ArrayList<>();
    all.add(gauge("images.planned", "images that the run is to label", run -> run.planned));
    all.add(
        counter("images.done", "images that finished tasks have labelled", JobCounters::images));
    for (Status status : Status.values()) {
      all.add(
          counter(
              "images." + status.name().toLowerCase(Locale.ROOT),
              "of these, with status `" + status + "`",
              counters -> counters.images(status)));
    }
    all.add(
        RunMetric.counter(
            "images.committed", "rows in committed files of the run", run -> run.committed));
    all.add(
        RunMetric.gauge(
            "images.per.second",
            "images labelled a second, over the last minute",
            run -> run.rate.perSecond()));
    all.add(RunMetric.counter("waves.committed", "waves that are committed", run -> run.waves));
    all.add(gauge("tasks.slots", "tasks that can run at once", run -> run.slots));
    all.add(
        counter("tasks.read.millis", "time that tasks waited for images", JobCounters::readMillis));
    all.add(
        counter(
            "tasks.decode.millis",
            "time that tasks decoded, resized and normalised",
            JobCounters::decodeMillis));
    all.add(
        counter("tasks.infer.millis", "time of their forward passes", JobCounters::inferMillis));
    all.add(
        mean(
            "reads.waiting",
            "encoded images that stood ready when a task took one, in the mean",
            JobCounters::readsWaiting));
    all.add(
        mean(
            "decoded.waiting",
            "decoded images that still waited in an executor when a device took a batch, in the mean",
            JobCounters::decodedWaiting));
    all.add(counter("model.loads", "sessions opened, on all executors", JobCounters::modelLoads));
    all.add(
        counter(
            "model.load.millis",
            "time of that, the model's way to the executors included",
            JobCounters::modelLoadMillis));
    all.add(gauge("devices.cpu", "1 when sessions run on processors", run -> run.devices("cpu")));
    all.add(gauge("devices.gpu", "GPUs that sessions run on", run -> run.devices("gpu")));
    all.add(time("plan", "time in which the images were found and put in order"));
    all.add(time("graph", "time in which the graph was built"));
    all.add(time("broadcast", "time in which the model was cut up and handed over"));
    all.add(time("session", "from then to the first image"));
    all.add(time("label", "time in which tasks labelled images"));
    all.add(time("commit", "time in which their rows were gathered, written and counted"));
    return List.copyOf(all);
  }

  private static RunMetric<RunMetrics> gauge(
      String name, String meaning, ToLongFunction<RunMetrics> value) {
    return RunMetric.gauge(name, meaning, value::applyAsLong);
  }

  private static RunMetric<RunMetrics> counter(
      String name, String meaning, ToLongFunction<JobCounters> value) {
    return RunMetric.counter(
        name, meaning, run -> run.counters == null ? 0 : value.applyAsLong(run.counters));
  }

  private static RunMetric<RunMetrics> mean(
      String name, String meaning, ToDoubleFunction<JobCounters> value) {
    return RunMetric.gauge(
        name, meaning, run -> run.counters == null ? 0 : value.applyAsDouble(run.counters));
  }

  private static RunMetric<RunMetrics> time(String part, String meaning) {
    return RunMetric.counter(
        "run." + part + ".millis",
        meaning,
        run -> Math.round(1000 * run.seconds.getOrDefault(part, 0.0)));
  }

  private long devices(String kind) {
    JobCounters now = counters;
    return now == null
        ? 0
        : now.devices().stream().filter(device -> device.startsWith(kind)).count();
  }

  void planned(long images) {
    planned = images;
  }

  void started(JobCounters jobCounters, int taskSlots) {
    counters = jobCounters;
    slots = taskSlots;
    rate.start(now(), 0);
  }

  /** Told every second of how many images finished tasks have labelled. */
  void advanced(long images) {
    rate.mark(now(), images);
  }

  void committed(long rows, int committedWaves, int taskSlots) {
    committed = rows;
    waves = committedWaves;
    slots = taskSlots;
  }

  void seconds(String part, double value) {
    seconds.put(part, value);
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
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
