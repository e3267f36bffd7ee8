package io.labelmill.ml;

import io.labelmill.score.Activation;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreTable;
import io.labelmill.score.Scores;
import io.labelmill.score.Threshold;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Labels the images of a Dataset, as {@code jobs/score} does: one for one, with the columns of its
 * table.
 *
 * <pre>{@code
 * ImageLabeler labeler = new ImageLabeler().setModel("models/fridge").setScores("all");
 * Dataset<Row> labelled = labeler.transform(spark.read().parquet("paths.parquet"));
 * }</pre>
 */
public final class ImageLabeler extends ImageTransformer {
  private final IntParam topK;
  private final Param<String> scores;
  private final Param<String> activation;
  private final Param<String> threshold;

  public ImageLabeler() {
    this(Identifiable$.MODULE$.randomUID("labeler"));
  }

  /**
   * @param uid names the stage within a pipeline
   */
  public ImageLabeler(String uid) {
    super(uid);
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
    setDefault(scores, "top");
    setDefault(activation, "auto");
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

  public ImageLabeler setModel(String value) {
    set(model(), value);
    return this;
  }

  public ImageLabeler setProcessor(String value) {
    set(processor(), value);
    return this;
  }

  public ImageLabeler setLabels(String value) {
    set(labels(), value);
    return this;
  }

  public ImageLabeler setHead(String value) {
    set(head(), value);
    return this;
  }

  public ImageLabeler setPathColumn(String value) {
    set(pathColumn(), value);
    return this;
  }

  public ImageLabeler setContentColumn(String value) {
    set(contentColumn(), value);
    return this;
  }

  public ImageLabeler setVersionColumn(String value) {
    set(versionColumn(), value);
    return this;
  }

  public ImageLabeler setDevice(String value) {
    set(device(), value);
    return this;
  }

  public ImageLabeler setOrientation(String value) {
    set(orientation(), value);
    return this;
  }

  public ImageLabeler setMaxPixels(long value) {
    set("maxPixels", value);
    return this;
  }

  public ImageLabeler setBatchSize(int value) {
    set("batchSize", value);
    return this;
  }

  public ImageLabeler setTopK(int value) {
    set("topK", value);
    return this;
  }

  public ImageLabeler setScores(String value) {
    set(scores, value);
    return this;
  }

  public ImageLabeler setActivation(String value) {
    set(activation, value);
    return this;
  }

  public ImageLabeler setThreshold(String value) {
    set(threshold, value);
    return this;
  }

  @Override
  RowOptions rows() {
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

  @Override
  Set<ScoreTable.Column> columns() {
    Set<ScoreTable.Column> columns = EnumSet.complementOf(EnumSet.of(ScoreTable.Column.EMBEDDING));
    if (constant(Scores.class, scores) == Scores.TOP) {
      columns.remove(ScoreTable.Column.SCORES);
    }
    return columns;
  }

  @Override
  public ImageLabeler copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Reads a stage that was written with {@code write()}. */
  public static MLReader<ImageLabeler> read() {
    return new DefaultParamsReader<>();
  }

  /** As {@code read().load(path)}. */
  public static ImageLabeler load(String path) {
    return read().load(path);
  }
}
