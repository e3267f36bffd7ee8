package io.labelmill.score;

import ai.djl.inference.Predictor;
import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.labelmill.error.UsageException;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.Device;
import io.labelmill.model.ExecutorModels;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.Shares;
import io.labelmill.model.TaskDevices;
import io.labelmill.sink.MaskFolder;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ReadAhead;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;

/**
 * What a task does: plan rows in, rows of the score table out, one for one and in their order.
 * Read, decode, preprocess and infer happen here and nowhere else, so that pixels never leave the
 * task.
 */
public final class LabelImages implements MapPartitionsFunction<Row, Row> {
  private static final String CLOSED =
      "the stage that these rows come from was closed, and its model with it: read or write what"
          + " transform gives before close, or call transform again";

  private final Broadcast<Setup> setup;
  private final Broadcast<HadoopConfiguration> configuration;
  private final JobCounters counters;

  /** Keeps the model as long as somebody can make tasks of this; null where others do. */
  private final transient Shares.Share<?> share;

  /** What a task says instead of its rows; null while the model is open. */
  private String closed;

  /**
   * What all tasks have in common, broadcast: with thousands of labels it is too large to travel
   * with every task.
   *
   * @param devices where each task's session runs
   * @param table the columns of the rows that are made
   * @param batchSize images per forward pass, 1 or more
   * @param masks where masks are written as files; null where they are not
   */
  // Sessions of users may have Kryo, which can't write records.
  @DefaultSerializer(JavaSerializer.class)
  public record Setup(
      BroadcastModel model,
      TaskDevices devices,
      RowSettings settings,
      ScoreTable table,
      RunStamp stamp,
      int batchSize,
      MaskFolder masks)
      implements Serializable {
    Setup withMasks(MaskFolder folder) {
      return new Setup(model, devices, settings, table, stamp, batchSize, folder);
    }
  }

  public LabelImages(
      Broadcast<Setup> setup, Broadcast<HadoopConfiguration> configuration, JobCounters counters) {
    this(setup, configuration, counters, null);
  }

  /**
   * As the shorter form, for rows that are asked for at any time.
   *
   * @param share of the model, which tasks refuse to work without once it is closed
   */
  public LabelImages(
      Broadcast<Setup> setup,
      Broadcast<HadoopConfiguration> configuration,
      JobCounters counters,
      Shares.Share<?> share) {
    this.setup = setup;
    this.configuration = configuration;
    this.counters = counters;
    this.share = share;
  }

  /** Whether the model is still open is known where tasks are made. */
  private void writeObject(ObjectOutputStream out) throws IOException {
    if (share != null && share.isClosed()) {
      closed = CLOSED;
    }
    out.defaultWriteObject();
  }

  @Override
  public Iterator<Row> call(Iterator<Row> planned) throws IOException {
    if (closed != null) {
      throw new UsageException(closed);
    }
    if (!planned.hasNext()) {
      return Collections.emptyIterator();
    }
    TaskContext task = TaskContext.get();
    Holdings holdings = Holdings.of(task);
    ExecutorMetrics.show();
    ExecutorMetrics.taskStarted();
    holdings.add(ExecutorMetrics::taskEnded);
    Device device = setup.value().devices().of(task);
    long start = System.nanoTime();
    ExecutorModels.Lease lease = ExecutorModels.acquire(setup.value().model(), device, task.cpus());
    holdings.add(lease::close);
    if (lease.loaded()) {
      counters.modelLoad(device, System.nanoTime() - start);
    }
    DeviceQueue queue = DeviceQueue.open();
    holdings.add(queue::close);
    Predictor<PixelBatch, Outputs> predictor =
        lease
            .model()
            .predictor(
                images -> {
                  queue.begun(images);
                  counters.passBegun(DeviceQueue.waiting());
                });
    holdings.add(predictor::close);
    Lanes lanes = lanes(device, task.cpus());
    holdings.add(lanes::close);
    // Closed first: no read goes on while the last pass is waited for.
    ReadAhead reads = TaskReads.open(planned, configuration.value().value());
    holdings.add(reads::close);
    return holdings.until(
        new Labelling(
            setup.value(),
            reads,
            lanes,
            lease.model().batches(),
            queue,
            predictor::predict,
            counters,
            configuration.value().value()));
  }

  /**
   * A GPU leaves the core of its task idle, and one thread that decodes leaves other cores idle.
   */
  private static Lanes lanes(Device device, int cpus) {
    return device.kind() == Device.Kind.GPU || cpus > 1 ? Lanes.ahead() : Lanes.inTask();
  }
}
