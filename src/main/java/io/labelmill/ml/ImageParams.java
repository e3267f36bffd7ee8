package io.labelmill.ml;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.DeviceChoice;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.Activation;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreTable;
import io.labelmill.score.Threshold;
import io.labelmill.source.AllowedHosts;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.SourceOptions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;

/**
 * The params that labelling and embedding have in common. They have the names of the commands'
 * options, {@code pathColumn} for {@code --path-column}.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class ImageParams<T extends ImageParams<T>> extends Transformer {
  private final String uid;
  private final Param<String> model;
  private final Param<String> processor;
  private final Param<String> labels;
  private final Param<String> head;
  private final Param<String> pathColumn;
  private final Param<String> contentColumn;
  private final Param<String> versionColumn;
  private final Param<String> allowHosts;
  private final Param<String> allowSchemes;
  private final Param<String> userAgent;
  private final IntParam readsPerHost;
  private final IntParam topK;
  private final Param<String> scores;
  private final Param<String> activation;
  private final Param<String> threshold;
  private final Param<String> device;
  private final Param<String> precision;
  private final Param<String> orientation;
  private final Param<String> resizeBackend;
  private final Param<String> positionBias;
  private final LongParam maxPixels;
  private final IntParam batchSize;
  private final Param<String> repartition;
  private final Param<String> outputCol;
  private final Param<String> outputPrefix;

  ImageParams(String uid) {
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
    allowSchemes =
        new Param<>(
            uid,
            "allowSchemes",
            "schemes, with commas, that a path may have beside those of stores");
    userAgent = new Param<>(uid, "userAgent", "User-Agent of requests for http and https images");
    readsPerHost =
        new IntParam(
            uid,
            "readsPerHost",
            "reads that an executor has in flight at one host or store",
            ParamValidators.gt(0));
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
            "auto (fp32), fp32, bf16 or int8 on processors, or fp16 on GPUs",
            ParamValidators.inArray(List.of("auto", "fp32", "bf16", "fp16", "int8")));
    orientation =
        new Param<>(
            uid,
            "orientation",
            "upright or as-stored",
            ParamValidators.inArray(List.of("upright", "as-stored")));
    resizeBackend =
        new Param<>(
            uid,
            "resizeBackend",
            "auto, pillow, pillow-12 or torchvision",
            ParamValidators.inArray(List.of("auto", "pillow", "pillow-12", "torchvision")));
    positionBias =
        new Param<>(
            uid,
            "positionBias",
            "auto, authors or transformers",
            ParamValidators.inArray(List.of("auto", "authors", "transformers")));
    maxPixels =
        new LongParam(
            uid, "maxPixels", "an image that declares more is TOO_LARGE", ParamValidators.gt(0));
    batchSize =
        new IntParam(
            uid,
            "batchSize",
            "images per forward pass; as many as the jobs take where it is not set",
            ParamValidators.gt(0));
    repartition =
        new Param<>(
            uid,
            "repartition",
            "auto (rows of paths are spread over small tasks, rows of contents stay), none, or a"
                + " number of tasks");
    outputCol =
        new Param<>(
            uid, "outputCol", "one column that gets all that are written, as fields of a struct");
    outputPrefix =
        new Param<>(uid, "outputPrefix", "stands before the name of each column that is written");
    setDefault(scores, "top");
    setDefault(activation, "auto");
    setDefault(device, "auto");
    setDefault(precision, "auto");
    setDefault(orientation, "upright");
    setDefault(resizeBackend, "auto");
    setDefault(positionBias, "auto");
    setDefault(maxPixels, Scoring.DEFAULT_MAX_PIXELS);
    setDefault(repartition, "auto");
  }

  abstract T self();

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

  public Param<String> allowSchemes() {
    return allowSchemes;
  }

  public Param<String> userAgent() {
    return userAgent;
  }

  public IntParam readsPerHost() {
    return readsPerHost;
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

  public Param<String> resizeBackend() {
    return resizeBackend;
  }

  public Param<String> positionBias() {
    return positionBias;
  }

  public LongParam maxPixels() {
    return maxPixels;
  }

  public IntParam batchSize() {
    return batchSize;
  }

  public Param<String> repartition() {
    return repartition;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public Param<String> outputPrefix() {
    return outputPrefix;
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

  public T setAllowSchemes(String value) {
    set(allowSchemes, value);
    return self();
  }

  public T setUserAgent(String value) {
    set(userAgent, value);
    return self();
  }

  public T setReadsPerHost(int value) {
    set(readsPerHost, value);
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

  public T setResizeBackend(String value) {
    set(resizeBackend, value);
    return self();
  }

  public T setPositionBias(String value) {
    set(positionBias, value);
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

  public T setRepartition(String value) {
    set(repartition, value);
    return self();
  }

  public T setOutputCol(String value) {
    set(outputCol, value);
    return self();
  }

  public T setOutputPrefix(String value) {
    set(outputPrefix, value);
    return self();
  }

  /**
   * Which names written columns get.
   *
   * @throws UsageException where both params are set, or the prefix is none
   */
  OutputNames outputNames() {
    return OutputNames.of(optional(outputCol), optional(outputPrefix));
  }

  /**
   * Which checkpoint, and its arithmetic.
   *
   * @throws UsageException if there is none
   */
  ScoreOptions.Model modelValue() {
    return new ScoreOptions.Model(
        optional(model).orElseThrow(() -> new UsageException("model is not set: call setModel")),
        optional(processor),
        optional(labels),
        optional(head),
        new Originals(
            constant(ResizeBackend.class, resizeBackend),
            constant(PositionBias.class, positionBias)),
        precisionValue());
  }

  /** What is read of a Dataset. */
  SourceOptions sourceValue() {
    SourceOptions.Builder options = SourceOptions.builder(List.of("of " + uid)).keep(List.of("*"));
    optional(pathColumn).ifPresent(options::pathColumn);
    optional(contentColumn).ifPresent(options::contentColumn);
    optional(versionColumn).ifPresent(options::versionColumn);
    names(allowHosts).map(AllowedHosts::of).ifPresent(options::allowHosts);
    names(allowSchemes).map(AllowedSchemes::of).ifPresent(options::allowSchemes);
    optional(userAgent).ifPresent(options::userAgent);
    number(readsPerHost).ifPresent(options::readsPerHost);
    return options.build();
  }

  /** What commas separate. */
  private Optional<List<String>> names(Param<String> param) {
    return optional(param)
        .map(names -> Arrays.stream(names.split(",", -1)).map(String::strip).toList());
  }

  Repartition repartitionValue() {
    return Repartition.parse(getOrDefault(repartition));
  }

  /** Images of a pass; empty where the job's own choice is. */
  OptionalInt batchSizeValue() {
    return number(batchSize);
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
        number(topK),
        constant(KeptScores.class, scores),
        orientationValue(),
        maxPixelsValue());
  }

  /** The columns that labels are in. */
  Set<ScoreTable.Column> labelColumns() {
    Set<ScoreTable.Column> columns =
        EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.SCORES);
    if (constant(KeptScores.class, scores) == KeptScores.TOP) {
      columns.remove(ScoreTable.Column.SCORES);
    }
    return columns;
  }

  private Precision precisionValue() {
    return Precision.of(getOrDefault(precision)).orElse(Precision.FP32);
  }

  /**
   * Where the model runs.
   *
   * @throws UsageException for a GPU where the arithmetic is for processors
   */
  DeviceChoice deviceValue() {
    return DeviceChoice.parse(getOrDefault(device)).forPrecision(precisionValue());
  }

  /** The constant that a param names as options do. */
  <E extends Enum<E>> E constant(Class<E> type, Param<String> param) {
    return Enum.valueOf(type, getOrDefault(param).toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  Optional<String> optional(Param<String> param) {
    return isDefined(param) ? Optional.of(getOrDefault(param)) : Optional.empty();
  }

  private OptionalInt number(IntParam param) {
    return isDefined(param)
        ? OptionalInt.of((Integer) getOrDefault((Param<?>) param))
        : OptionalInt.empty();
  }
}
