package io.labelmill.ml;

import io.labelmill.score.Normalization;
import io.labelmill.score.Pool;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.score.ScoreTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Embeds the images of a Dataset, as {@code jobs/embed} does: the column {@code embedding} holds
 * the vector that the model's classifier takes, as array of floats.
 *
 * <pre>{@code
 * ImageEmbedder embedder = new ImageEmbedder().setModel("models/beit-base");
 * Dataset<Row> vectors = embedder.transform(spark.read().parquet("paths.parquet"));
 * }</pre>
 */
public final class ImageEmbedder extends ImageTransformer {
  private final Param<String> pool;
  private final Param<String> normalize;

  public ImageEmbedder() {
    this(Identifiable$.MODULE$.randomUID("embedder"));
  }

  /**
   * @param uid names the stage within a pipeline
   */
  public ImageEmbedder(String uid) {
    super(uid);
    pool =
        new Param<>(
            uid,
            "pool",
            "auto, mean or cls",
            ParamValidators.inArray(List.of("auto", "mean", "cls")));
    normalize =
        new Param<>(uid, "normalize", "none or l2", ParamValidators.inArray(List.of("none", "l2")));
    setDefault(pool, "auto");
    setDefault(normalize, "none");
  }

  public Param<String> pool() {
    return pool;
  }

  public Param<String> normalize() {
    return normalize;
  }

  public ImageEmbedder setModel(String value) {
    set(model(), value);
    return this;
  }

  public ImageEmbedder setProcessor(String value) {
    set(processor(), value);
    return this;
  }

  public ImageEmbedder setPathColumn(String value) {
    set(pathColumn(), value);
    return this;
  }

  public ImageEmbedder setContentColumn(String value) {
    set(contentColumn(), value);
    return this;
  }

  public ImageEmbedder setVersionColumn(String value) {
    set(versionColumn(), value);
    return this;
  }

  public ImageEmbedder setDevice(String value) {
    set(device(), value);
    return this;
  }

  public ImageEmbedder setOrientation(String value) {
    set(orientation(), value);
    return this;
  }

  public ImageEmbedder setMaxPixels(long value) {
    set("maxPixels", value);
    return this;
  }

  public ImageEmbedder setBatchSize(int value) {
    set("batchSize", value);
    return this;
  }

  public ImageEmbedder setPool(String value) {
    set(pool, value);
    return this;
  }

  public ImageEmbedder setNormalize(String value) {
    set(normalize, value);
    return this;
  }

  @Override
  RowOptions rows() {
    return new Embedding(
        constant(Pool.class, pool),
        constant(Normalization.class, normalize),
        Optional.empty(),
        orientationValue(),
        maxPixelsValue());
  }

  @Override
  Set<ScoreTable.Column> columns() {
    Set<ScoreTable.Column> columns = EnumSet.allOf(ScoreTable.Column.class);
    columns.removeAll(EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.SCORES));
    return columns;
  }

  @Override
  public ImageEmbedder copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Reads a stage that was written with {@code write()}. */
  public static MLReader<ImageEmbedder> read() {
    return new DefaultParamsReader<>();
  }

  /** As {@code read().load(path)}. */
  public static ImageEmbedder load(String path) {
    return read().load(path);
  }
}
