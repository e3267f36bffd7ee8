package io.labelmill.score;

import io.labelmill.model.BroadcastModel;
import io.labelmill.model.Device;
import io.labelmill.source.HadoopConfiguration;
import java.io.IOException;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What a task does: plan rows in, rows of the score table out, one for one and in their order.
 * Read, decode, preprocess and infer happen here and nowhere else, so that pixels never leave the
 * task.
 */
public final class LabelImages implements MapPartitionsFunction<Row, Row> {
  private final BroadcastModel model;
  private final ScoreSettings settings;
  private final StructType kept;
  private final RunStamp stamp;
  private final int batchSize;
  private final Broadcast<HadoopConfiguration> configuration;
  private final JobCounters counters;

  /**
   * @param kept the kept columns of the plan's rows
   * @param batchSize images per forward pass, 1 or more
   */
  public LabelImages(
      BroadcastModel model,
      ScoreSettings settings,
      StructType kept,
      RunStamp stamp,
      int batchSize,
      Broadcast<HadoopConfiguration> configuration,
      JobCounters counters) {
    this.model = model;
    this.settings = settings;
    this.kept = kept;
    this.stamp = stamp;
    this.batchSize = batchSize;
    this.configuration = configuration;
    this.counters = counters;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> planned) throws IOException {
    TaskContext task = TaskContext.get();
    Labelling labelling = new Labelling(this, planned, Device.CPU, task.cpus());
    TaskCompletionListener close = ended -> labelling.close();
    task.addTaskCompletionListener(close);
    return labelling;
  }

  BroadcastModel model() {
    return model;
  }

  ScoreSettings settings() {
    return settings;
  }

  StructType kept() {
    return kept;
  }

  RunStamp stamp() {
    return stamp;
  }

  int batchSize() {
    return batchSize;
  }

  HadoopConfiguration configuration() {
    return configuration.value();
  }

  JobCounters counters() {
    return counters;
  }
}
