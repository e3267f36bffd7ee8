package io.labelmill.score;

import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.spark.util.AccumulatorV2;

/**
 * The names of the devices on which tasks opened sessions, in alphabetical order. Thread-safe, also
 * while it is serialized: Spark sends it with an executor's heartbeat while its task goes on.
 */
final class UsedDevices extends AccumulatorV2<String, List<String>> {
  /**
   * Null, and so not final, while Spark reads an accumulator that it has shown to the heartbeat of
   * the executor already (SPARK-59451): an exception there would end all of the executor's
   * heartbeats.
   */
  private ConcurrentSkipListSet<String> names = new ConcurrentSkipListSet<>();

  @Override
  public boolean isZero() {
    return names == null || names.isEmpty();
  }

  @Override
  public UsedDevices copy() {
    UsedDevices copy = new UsedDevices();
    copy.names.addAll(names);
    return copy;
  }

  @Override
  public void reset() {
    names.clear();
  }

  @Override
  public void add(String name) {
    names.add(name);
  }

  @Override
  public void merge(AccumulatorV2<String, List<String>> other) {
    names.addAll(other.value());
  }

  @Override
  public List<String> value() {
    return List.copyOf(names);
  }
}
