package io.labelmill.score;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.UserException;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.ExecutorModels;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Shares;
import io.labelmill.model.Shares.Share;
import io.labelmill.model.TaskDevices;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;

/**
 * A checkpoint that fits what is wanted of it: the rows, the arithmetic, the devices and the images
 * of a pass. Nothing is built yet. Closing it closes its source. Used on the driver by one thread.
 */
public final class PreparedModel implements Closeable {
  /** On a processor larger batches gain nothing, and an image alone has no neighbours. */
  static final int PROCESSOR_BATCH = 1;

  /** A GPU is idle between passes, so that they are to be long beside that. */
  static final int GPU_BATCH = 16;

  /** A pass of half precision takes less than half as long. */
  static final int HALF_BATCH = 32;

  private final Share<ModelSource> source;
  private final Precision precision;
  private final RowSettings settings;
  private final TaskDevices devices;
  private final int batchSize;

  private PreparedModel(
      Share<ModelSource> source,
      Precision precision,
      RowSettings settings,
      TaskDevices devices,
      int batchSize) {
    this.source = source;
    this.precision = precision;
    this.settings = settings;
    this.devices = devices;
    this.batchSize = batchSize;
  }

  /**
   * Opens a checkpoint, which others may have open, too, and checks it.
   *
   * @param conf of the Spark that runs, or is about to
   * @param execution its device and batch size
   * @throws UserException with everything that is wrong with devices and model
   * @throws IOException as {@link ModelSource#open}
   */
  public static PreparedModel open(
      SparkConf conf,
      ScoreOptions.Model model,
      RowOptions rows,
      ScoreOptions.Execution execution,
      Shares.Opening<Share<ModelSource>> opening)
      throws IOException {
    List<UserException> mistakes = new ArrayList<>();
    TaskDevices devices = null;
    try {
      ExecutorModels.checkSettings(conf);
      devices = TaskDevices.resolve(execution.device(), conf);
    } catch (UserException e) {
      mistakes.add(e);
    }
    Share<ModelSource> source = null;
    try {
      source = opening.open();
    } catch (UserException e) {
      mistakes.add(e);
    }
    try {
      if (!mistakes.isEmpty()) {
        throw UserException.of(mistakes);
      }
      return of(source, model.precision(), rows, devices, execution.batchSize());
    } catch (RuntimeException e) {
      if (source != null) {
        source.close();
      }
      throw e;
    }
  }

  /** The checkpoint that options name. */
  public static ModelSource source(
      SparkConf conf,
      Configuration configuration,
      ScoreOptions.Model model,
      DownloadProgress progress)
      throws IOException {
    return ModelSource.open(
        conf,
        model.folder(),
        model.processor(),
        model.labels(),
        model.head(),
        model.originals(),
        configuration,
        progress);
  }

  /**
   * Checks a checkpoint that is open.
   *
   * @param batchSize images of a pass; empty for as many as are right for device and arithmetic
   * @throws UserException with what does not fit the model
   */
  static PreparedModel of(
      Share<ModelSource> source,
      Precision precision,
      RowOptions rows,
      TaskDevices devices,
      OptionalInt batchSize) {
    Checkpoint checkpoint = source.value().checkpoint();
    RowSettings settings = rows.resolve(checkpoint, precision.word());
    ModelBundle.check(checkpoint, precision);
    int onGpu = precision == Precision.FP16 ? HALF_BATCH : GPU_BATCH;
    int usual = devices.areGpus() ? onGpu : PROCESSOR_BATCH;
    int most = ModelBundle.largestBatch(checkpoint, precision).orElse(usual);
    int images = batchSize.orElse(Math.min(usual, most));
    ModelBundle.checkBatch(checkpoint, precision, images);
    return new PreparedModel(source, precision, settings, devices, images);
  }

  public Checkpoint checkpoint() {
    return source.value().checkpoint();
  }

  public RowSettings settings() {
    return settings;
  }

  public TaskDevices devices() {
    return devices;
  }

  /** Images of a forward pass. */
  public int batchSize() {
    return batchSize;
  }

  /**
   * The graph that gives what the rows need.
   *
   * @param folder exists; must stay as long as the bundle is used
   * @throws io.labelmill.error.InputException as {@link ModelBundle#build}
   */
  public ModelBundle build(Path folder) {
    return ModelBundle.build(
        checkpoint(), GraphSpec.of(settings.outputs()).withPrecision(precision), folder);
  }

  /** As the longer form, in a folder that goes with this. */
  public ModelBundle build() throws IOException {
    return build(source.value().graphFolder());
  }

  /**
   * What tasks have in common.
   *
   * @param model the graph of {@link #build}
   * @param table the columns of the rows that tasks make
   */
  public LabelImages.Setup setup(BroadcastModel model, ScoreTable table, RunStamp stamp) {
    return new LabelImages.Setup(model, devices, settings, table, stamp, batchSize, null);
  }

  @Override
  public void close() {
    source.close();
  }
}
