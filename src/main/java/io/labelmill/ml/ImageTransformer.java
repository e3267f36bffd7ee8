package io.labelmill.ml;

import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.model.TaskDevices;
import io.labelmill.score.Activation;
import io.labelmill.score.JobCounters;
import io.labelmill.score.LabelImages;
import io.labelmill.score.RowOptions;
import io.labelmill.score.RowSettings;
import io.labelmill.score.RunStamp;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreTable;
import io.labelmill.score.Scores;
import io.labelmill.score.Threshold;
import io.labelmill.source.AllowedHosts;
import io.labelmill.source.ImageSource;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What labelling and embedding have in common: images named or held by a column of a Dataset, and
 * the model they go through. Params have the names of the commands' options, {@code pathColumn} for
 * {@code --path-column}.
 *
 * <p>The other options of the commands are the Dataset's own affair ({@code --limit}, {@code
 * --include}), or that of whoever writes it.
 *
 * <p>{@link #transform} gives a row for each row: the path, the other columns of the Dataset but
 * the one of contents, then the columns of the score table. It opens the model and returns; images
 * are read when the result is. The model stays with its stage until {@link #close()}, the end of
 * the application, or another value of a param; several transforms share it. Used on the driver by
 * one thread.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class ImageTransformer<T extends ImageTransformer<T>> extends Transformer
    implements DefaultParamsWritable, AutoCloseable {
  /** As in {@code jobs/score}: an image alone has no neighbours. */
  private static final int BATCH = 1;

  private static final Logger log = LoggerFactory.getLogger(ImageTransformer.class);

  private final String uid;
  private final Param<String> model;
  private final Param<String> processor;
  private final Param<String> labels;
  private final Param<String> head;
  private final Param<String> pathColumn;
  private final Param<String> contentColumn;
  private final Param<String> versionColumn;
  private final Param<String> allowHosts;
  private final IntParam topK;
  private final Param<String> scores;
  private final Param<String> activation;
  private final Param<String> threshold;
  private final Param<String> device;
  private final Param<String> precision;
  private final Param<String> orientation;
  private final LongParam maxPixels;
  private final IntParam batchSize;

  /** Not part of the stage: opened when first needed. */
  private transient Opened opened;

  /** A model on its way to the executors, and the values of the params that it was opened with. */
  private record Opened(
      String values,
      ModelSource source,
      BroadcastModel broadcast,
      RowSettings settings,
      RunStamp stamp) {}

  ImageTransformer(String uid) {
    this.uid = uid;
    model = new Param<>(uid, "model", "checkpoint folder, or hf://ORG/NAME[@REVISION]");
    processor = new Param<>(uid, "processor", "another preprocessor_config.json, or its folder");
    labels = new Param<>(uid, "labels", "file of other label names");
    head = new Param<>(uid, "head", "folder of a classifier that jobs/train wrote");
    pathColumn = new Param<>(uid, "pathColumn", "column of image URIs; path, else image_url");
    contentColumn = new Param<>(uid, "contentColumn", "column of bytes, base64 or data: URIs");
    versionColumn = new Param<>(uid, "versionColumn", "column that becomes content_version");
    allowHosts =
        new Param<>(
            uid,
            "allowHosts",
            "hosts, with commas, of which http and https images are fetched; no others are");
    topK = new IntParam(uid, "topK", "predictions kept per image", ParamValidators.gt(0));
    scores =
        new Param<>(uid, "scores", "top, or all", ParamValidators.inArray(List.of("top", "all")));
    activation =
        new Param<>(
            uid,
            "activation",
            "auto, softmax, sigmoid or none",
            ParamValidators.inArray(List.of("auto", "softmax", "sigmoid", "none")));
    threshold =
        new Param<>(uid, "threshold", "sigmoid only: a number, or label=value pairs with commas");
    device = new Param<>(uid, "device", "auto, cpu, gpu, or gpu:N");
    precision =
        new Param<>(
            uid,
            "precision",
            "auto (fp32), fp32, fp16 on GPUs, or int8 on processors",
            ParamValidators.inArray(List.of("auto", "fp32", "fp16", "int8")));
    orientation =
        new Param<>(
            uid,
            "orientation",
            "upright or as-stored",
            ParamValidators.inArray(List.of("upright", "as-stored")));
    maxPixels =
        new LongParam(
            uid, "maxPixels", "an image that declares more is TOO_LARGE", ParamValidators.gt(0));
    batchSize = new IntParam(uid, "batchSize", "images per forward pass", ParamValidators.gt(0));
    setDefault(scores, "top");
    setDefault(activation, "auto");
    setDefault(device, "auto");
    setDefault(precision, "auto");
    setDefault(orientation, "upright");
    setDefault(maxPixels, Scoring.DEFAULT_MAX_PIXELS);
    setDefault(batchSize, BATCH);
  }

  abstract T self();

  /** What is written about an image. */
  abstract RowOptions rows();

  /** The columns that are written, which the model has no say in. */
  abstract Set<ScoreTable.Column> columns();

  @Override
  public String uid() {
    return uid;
  }

  public Param<String> model() {
    return model;
  }

  public Param<String> processor() {
    return processor;
  }

  public Param<String> labels() {
    return labels;
  }

  public Param<String> head() {
    return head;
  }

  public Param<String> pathColumn() {
    return pathColumn;
  }

  public Param<String> contentColumn() {
    return contentColumn;
  }

  public Param<String> versionColumn() {
    return versionColumn;
  }

  public Param<String> allowHosts() {
    return allowHosts;
  }

  public IntParam topK() {
    return topK;
  }

  public Param<String> scores() {
    return scores;
  }

  public Param<String> activation() {
    return activation;
  }

  public Param<String> threshold() {
    return threshold;
  }

  public Param<String> device() {
    return device;
  }

  public Param<String> precision() {
    return precision;
  }

  public Param<String> orientation() {
    return orientation;
  }

  public LongParam maxPixels() {
    return maxPixels;
  }

  public IntParam batchSize() {
    return batchSize;
  }

  public T setModel(String value) {
    set(model, value);
    return self();
  }

  public T setProcessor(String value) {
    set(processor, value);
    return self();
  }

  public T setLabels(String value) {
    set(labels, value);
    return self();
  }

  public T setHead(String value) {
    set(head, value);
    return self();
  }

  public T setPathColumn(String value) {
    set(pathColumn, value);
    return self();
  }

  public T setContentColumn(String value) {
    set(contentColumn, value);
    return self();
  }

  public T setVersionColumn(String value) {
    set(versionColumn, value);
    return self();
  }

  public T setAllowHosts(String value) {
    set(allowHosts, value);
    return self();
  }

  public T setScores(String value) {
    set(scores, value);
    return self();
  }

  public T setActivation(String value) {
    set(activation, value);
    return self();
  }

  public T setThreshold(String value) {
    set(threshold, value);
    return self();
  }

  public T setDevice(String value) {
    set(device, value);
    return self();
  }

  public T setPrecision(String value) {
    set(precision, value);
    return self();
  }

  public T setOrientation(String value) {
    set(orientation, value);
    return self();
  }

  public T setTopK(int value) {
    set("topK", value);
    return self();
  }

  public T setMaxPixels(long value) {
    set("maxPixels", value);
    return self();
  }

  public T setBatchSize(int value) {
    set("batchSize", value);
    return self();
  }

  Orientation orientationValue() {
    return constant(Orientation.class, orientation);
  }

  long maxPixelsValue() {
    return (Long) getOrDefault((Param<?>) maxPixels);
  }

  /** How images are labelled. */
  Scoring scoring() {
    return new Scoring(
        constant(Activation.class, activation),
        optional(threshold).map(Threshold::parse),
        isDefined(topK)
            ? OptionalInt.of((Integer) getOrDefault((Param<?>) topK))
            : OptionalInt.empty(),
        constant(Scores.class, scores),
        orientationValue(),
        maxPixelsValue());
  }

  /** The columns that labels are in. */
  Set<ScoreTable.Column> labelColumns() {
    Set<ScoreTable.Column> columns =
        EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.SCORES);
    if (constant(Scores.class, scores) == Scores.TOP) {
      columns.remove(ScoreTable.Column.SCORES);
    }
    return columns;
  }

  private Precision precisionValue() {
    return switch (getOrDefault(precision)) {
      case "fp16" -> Precision.FP16;
      case "int8" -> Precision.INT8;
      default -> Precision.FP32;
    };
  }

  /**
   * Where the model runs.
   *
   * @throws UsageException for a GPU where the arithmetic is for processors
   */
  private DeviceChoice deviceValue() {
    return DeviceChoice.parse(getOrDefault(device)).forPrecision(precisionValue());
  }

  /** The constant that a param names as options do. */
  <E extends Enum<E>> E constant(Class<E> type, Param<String> param) {
    return Enum.valueOf(type, getOrDefault(param).toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  Optional<String> optional(Param<String> param) {
    return isDefined(param) ? Optional.of(getOrDefault(param)) : Optional.empty();
  }

  /**
   * A row for each row of the Dataset; a failed image is a row with its status.
   *
   * @throws io.labelmill.error.UserException when the model can't be opened, or the Dataset lacks a
   *     column
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    SparkSession spark = dataset.sparkSession();
    ImageSource source = source(spark, dataset.toDF());
    Opened ready = opened(spark);
    ScoreTable table =
        ScoreTable.of(Arrays.asList(source.kept().fields()), ready.settings().columns());
    LabelImages.Setup setup =
        new LabelImages.Setup(
            ready.broadcast(),
            TaskDevices.resolve(deviceValue(), spark.sparkContext().conf()),
            ready.settings(),
            source.kept(),
            ready.stamp(),
            (Integer) getOrDefault((Param<?>) batchSize));
    Broadcast<LabelImages.Setup> broadcast =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(setup);
    return source
        .rows()
        .mapPartitions(
            new LabelImages(
                broadcast, source.configuration(), new JobCounters(spark.sparkContext())),
            Encoders.row(table.schema()));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    SparkSession spark = SparkSession.active();
    ImageSource source = source(spark, spark.createDataFrame(List.of(), schema));
    return ScoreTable.of(Arrays.asList(source.kept().fields()), columns()).schema();
  }

  private ImageSource source(SparkSession spark, Dataset<Row> rows) {
    SourceOptions.Builder options = SourceOptions.builder(List.of("of " + uid)).keep(List.of("*"));
    optional(pathColumn).ifPresent(options::pathColumn);
    optional(contentColumn).ifPresent(options::contentColumn);
    optional(versionColumn).ifPresent(options::versionColumn);
    optional(allowHosts)
        .map(hosts -> Arrays.stream(hosts.split(",", -1)).map(String::strip).toList())
        .map(AllowedHosts::of)
        .ifPresent(options::allowHosts);
    Set<String> reserved =
        Arrays.stream(ScoreTable.Column.values())
            .map(ScoreTable.Column::columnName)
            .collect(Collectors.toSet());
    return ImageSource.of(spark, rows, options.build(), reserved);
  }

  private Opened opened(SparkSession spark) {
    String values = extractParamMap().toString();
    if (opened != null && !opened.values().equals(values)) {
      close();
    }
    if (opened == null) {
      try {
        opened = open(spark.sparkContext(), values);
      } catch (IOException e) {
        throw new UncheckedIOException("The model can't be prepared: " + e.getMessage(), e);
      }
    }
    return opened;
  }

  private Opened open(SparkContext spark, String values) throws IOException {
    ModelSource source =
        ModelSource.open(
            optional(model)
                .orElseThrow(() -> new UsageException("model is not set: call setModel")),
            optional(processor),
            optional(labels),
            optional(head),
            spark.hadoopConfiguration(),
            (bytes, totalBytes) -> {});
    try {
      Precision arithmetic = precisionValue();
      RowSettings settings = rows().resolve(source.checkpoint(), arithmetic.word());
      ModelBundle.check(source.checkpoint(), arithmetic);
      ModelBundle.checkBatch(
          source.checkpoint(), arithmetic, (Integer) getOrDefault((Param<?>) batchSize));
      ModelBundle bundle =
          ModelBundle.build(
              source.checkpoint(),
              GraphSpec.of(settings.outputs()).withPrecision(arithmetic),
              source.graphFolder());
      bundle.warnings().forEach(log::warn);
      BroadcastModel broadcast =
          BroadcastModel.of(JavaSparkContext.fromSparkContext(spark), bundle);
      RunStamp stamp = new RunStamp(bundle.name(), bundle.sha256(), uid);
      return new Opened(values, source, broadcast, settings, stamp);
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** Frees the model here and on the executors; the next transform opens it again. */
  @Override
  public void close() {
    if (opened != null) {
      try {
        opened.broadcast().close();
        opened.source().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        opened = null;
      }
    }
  }

  @Override
  public abstract T copy(ParamMap extra);
}
