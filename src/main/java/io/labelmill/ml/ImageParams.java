package io.labelmill.ml;

import io.labelmill.error.UsageException;
import io.labelmill.option.Given;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.score.JobOptions;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreTable;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import io.labelmill.table.ColumnPrefix;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * The params that labelling and embedding have in common. They are the commands' options under the
 * names of Spark ML, {@code pathColumn} for {@code --path-column}.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class ImageParams<T extends ImageParams<T>> extends Transformer {
  static final Option<Repartition> REPARTITION =
      Option.withDefault(
          "--repartition",
          "HOW",
          "auto (rows of paths are spread over small tasks, rows of contents stay), none, or a"
              + " number of tasks",
          Reader.text().map(Repartition::parse),
          "auto");
  static final Option<Optional<String>> OUTPUT_COL =
      Option.optional(
          "--output-col",
          "NAME",
          "one column that gets all that are written, as fields of a struct",
          Reader.text());

  /** By Spark ML's word for it. */
  static final Option<ColumnPrefix> OUTPUT_PREFIX =
      OutputOptions.COLUMN_PREFIX.named("--output-prefix");

  /** All, as setters of this class have them. */
  public static final List<Option<?>> OPTIONS =
      List.of(
          JobOptions.MODEL,
          JobOptions.PROCESSOR,
          JobOptions.LABELS,
          JobOptions.HEAD,
          SourceOptions.PATH_COLUMN,
          SourceOptions.CONTENT_COLUMN,
          SourceOptions.VERSION_COLUMN,
          SourceOptions.ALLOW_HOSTS,
          SourceOptions.ALLOW_SCHEMES,
          SourceOptions.USER_AGENT,
          SourceOptions.READS_PER_HOST,
          JobOptions.TOP_K,
          JobOptions.SCORES,
          JobOptions.ACTIVATION,
          JobOptions.THRESHOLD,
          JobOptions.DEVICE,
          JobOptions.PRECISION,
          JobOptions.ORIENTATION,
          JobOptions.RESIZE_BACKEND,
          JobOptions.POSITION_BIAS,
          JobOptions.MAX_PIXELS,
          JobOptions.BATCH_SIZE,
          REPARTITION,
          OUTPUT_COL,
          OUTPUT_PREFIX);

  private final String uid;
  private final Map<String, Param<?>> all = new LinkedHashMap<>();

  /**
   * @param own options that other stages do not have
   */
  ImageParams(String uid, List<Option<?>> own) {
    this.uid = uid;
    Stream.concat(OPTIONS.stream(), own.stream()).forEach(this::add);
  }

  private void add(Option<?> option) {
    String name = option.param();
    Class<?> type = option.reader().type();
    Param<?> param;
    if (type == int.class) {
      param = new IntParam(uid, name, doc(option), value -> isRight(option, value));
    } else if (type == long.class) {
      param = new LongParam(uid, name, doc(option), value -> isRight(option, value));
    } else if (type == boolean.class) {
      param = new BooleanParam(uid, name, doc(option));
    } else {
      param = new Param<String>(uid, name, doc(option), value -> isRight(option, value));
    }
    all.put(name, param);
    option.defaultValue().ifPresent(text -> setDefault(typed(param), value(type, text)));
  }

  @SuppressWarnings("unchecked") // Spark keeps numbers and switches as objects, too.
  private static Param<Object> typed(Param<?> param) {
    return (Param<Object>) param;
  }

  private static Object value(Class<?> type, String text) {
    if (type == int.class) {
      return Integer.valueOf(text);
    }
    if (type == long.class) {
      return Long.valueOf(text);
    }
    return type == boolean.class ? Boolean.valueOf(text) : text;
  }

  /** Numbers and words are checked when they are set, the rest when it is used. */
  private static boolean isRight(Option<?> option, Object value) {
    if (value instanceof String && option.reader().words().isEmpty()) {
      return true;
    }
    try {
      option.read(new Given(List.of(value.toString()), option.param()));
      return true;
    } catch (UsageException e) {
      return false;
    }
  }

  /** Spark and Python say themselves what holds where a value of its own does. */
  private static String doc(Option<?> option) {
    String words = option.parameter().contains("|") ? option.parameter() + ": " : "";
    String otherwise =
        option.defaultValue().isPresent()
            ? ""
            : option.defaultText().map(text -> ". Default: " + text).orElse("");
    return words + option.meaning() + otherwise;
  }

  abstract T self();

  @Override
  public String uid() {
    return uid;
  }

  Param<?> param(String name) {
    return all.get(name);
  }

  @SuppressWarnings("unchecked") // Those of texts are called for.
  Param<String> text(String name) {
    return (Param<String>) all.get(name);
  }

  T put(String name, Object value) {
    set(name, value);
    return self();
  }

  // <params: made from the options by DocumentationTest>
  public Param<String> model() {
    return text("model");
  }

  public T setModel(String value) {
    return put("model", value);
  }

  public Param<String> processor() {
    return text("processor");
  }

  public T setProcessor(String value) {
    return put("processor", value);
  }

  public Param<String> labels() {
    return text("labels");
  }

  public T setLabels(String value) {
    return put("labels", value);
  }

  public Param<String> head() {
    return text("head");
  }

  public T setHead(String value) {
    return put("head", value);
  }

  public Param<String> pathColumn() {
    return text("pathColumn");
  }

  public T setPathColumn(String value) {
    return put("pathColumn", value);
  }

  public Param<String> contentColumn() {
    return text("contentColumn");
  }

  public T setContentColumn(String value) {
    return put("contentColumn", value);
  }

  public Param<String> versionColumn() {
    return text("versionColumn");
  }

  public T setVersionColumn(String value) {
    return put("versionColumn", value);
  }

  public Param<String> allowHosts() {
    return text("allowHosts");
  }

  public T setAllowHosts(String value) {
    return put("allowHosts", value);
  }

  public Param<String> allowSchemes() {
    return text("allowSchemes");
  }

  public T setAllowSchemes(String value) {
    return put("allowSchemes", value);
  }

  public Param<String> userAgent() {
    return text("userAgent");
  }

  public T setUserAgent(String value) {
    return put("userAgent", value);
  }

  public IntParam readsPerHost() {
    return (IntParam) param("readsPerHost");
  }

  public T setReadsPerHost(int value) {
    return put("readsPerHost", value);
  }

  public IntParam topK() {
    return (IntParam) param("topK");
  }

  public T setTopK(int value) {
    return put("topK", value);
  }

  public Param<String> scores() {
    return text("scores");
  }

  public T setScores(String value) {
    return put("scores", value);
  }

  public Param<String> activation() {
    return text("activation");
  }

  public T setActivation(String value) {
    return put("activation", value);
  }

  public Param<String> threshold() {
    return text("threshold");
  }

  public T setThreshold(String value) {
    return put("threshold", value);
  }

  public Param<String> device() {
    return text("device");
  }

  public T setDevice(String value) {
    return put("device", value);
  }

  public Param<String> precision() {
    return text("precision");
  }

  public T setPrecision(String value) {
    return put("precision", value);
  }

  public Param<String> orientation() {
    return text("orientation");
  }

  public T setOrientation(String value) {
    return put("orientation", value);
  }

  public Param<String> resizeBackend() {
    return text("resizeBackend");
  }

  public T setResizeBackend(String value) {
    return put("resizeBackend", value);
  }

  public Param<String> positionBias() {
    return text("positionBias");
  }

  public T setPositionBias(String value) {
    return put("positionBias", value);
  }

  public LongParam maxPixels() {
    return (LongParam) param("maxPixels");
  }

  public T setMaxPixels(long value) {
    return put("maxPixels", value);
  }

  public IntParam batchSize() {
    return (IntParam) param("batchSize");
  }

  public T setBatchSize(int value) {
    return put("batchSize", value);
  }

  public Param<String> repartition() {
    return text("repartition");
  }

  public T setRepartition(String value) {
    return put("repartition", value);
  }

  public Param<String> outputCol() {
    return text("outputCol");
  }

  public T setOutputCol(String value) {
    return put("outputCol", value);
  }

  public Param<String> outputPrefix() {
    return text("outputPrefix");
  }

  public T setOutputPrefix(String value) {
    return put("outputPrefix", value);
  }

  // <end of params>

  /**
   * What the params say, as commands read it.
   *
   * <p>A param counts as given once it is set.
   */
  Values values() {
    return new Values() {
      @Override
      protected Optional<Given> given(Option<?> option) {
        return Optional.ofNullable(all.get(option.param()))
            .filter(param -> isDefined(param))
            .map(param -> new Given(List.of(getOrDefault(param).toString()), param.name()));
      }

      @Override
      public boolean isGiven(Option<?> option) {
        Param<?> param = all.get(option.param());
        return param != null && isSet(param);
      }
    };
  }

  <V> V value(Option<V> option) {
    return values().as(values -> values.get(option));
  }

  /**
   * Which names written columns get.
   *
   * @throws UsageException where both params are set, or the prefix is none
   */
  OutputNames outputNames() {
    return OutputNames.of(optional(outputCol()), optional(outputPrefix()));
  }

  private Optional<String> optional(Param<String> param) {
    return isDefined(param) ? Optional.of(getOrDefault(param)) : Optional.empty();
  }

  /**
   * Which checkpoint, and its arithmetic.
   *
   * @throws UsageException if there is none
   */
  ScoreOptions.Model modelValue() {
    if (!isDefined(model())) {
      throw new UsageException("model is not set: call setModel");
    }
    return values().as(JobOptions::model);
  }

  SourceOptions sourceValue() {
    return values().as(values -> SourceOptions.read(values, List.of("of " + uid), List.of("*")));
  }

  /**
   * Where the model runs, and how many images go through it at once.
   *
   * @throws UsageException for a GPU where the arithmetic is for processors
   */
  ScoreOptions.Execution executionValue() {
    return values().as(JobOptions::execution);
  }

  /** The columns that labels are in. */
  Set<ScoreTable.Column> labelColumns() {
    Set<ScoreTable.Column> columns =
        EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.SCORES);
    if (value(JobOptions.SCORES) == KeptScores.TOP) {
      columns.remove(ScoreTable.Column.SCORES);
    }
    return columns;
  }
}
