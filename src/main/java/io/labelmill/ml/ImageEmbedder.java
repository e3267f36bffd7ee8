package io.labelmill.ml;

import io.labelmill.error.UsageException;
import io.labelmill.score.Normalization;
import io.labelmill.score.Pool;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.score.ScoreTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
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
public final class ImageEmbedder extends ImageTransformer<ImageEmbedder> {
  private final Param<String> pool;
  private final Param<String> normalize;
  private final BooleanParam withScores;

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
    withScores =
        new BooleanParam(
            uid,
            "withScores",
            "label too, in the same pass: topK, scores, activation and threshold are for this");
    setDefault(pool, "auto");
    setDefault(normalize, "none");
    setDefault(withScores, false);
  }

  public Param<String> pool() {
    return pool;
  }

  public Param<String> normalize() {
    return normalize;
  }

  public BooleanParam withScores() {
    return withScores;
  }

  public ImageEmbedder setPool(String value) {
    set(pool, value);
    return this;
  }

  public ImageEmbedder setNormalize(String value) {
    set(normalize, value);
    return this;
  }

  public ImageEmbedder setWithScores(boolean value) {
    set("withScores", value);
    return this;
  }

  private boolean alsoLabels() {
    return (Boolean) getOrDefault((Param<?>) withScores);
  }

  @Override
  ImageEmbedder self() {
    return this;
  }

  @Override
  RowOptions rows() {
    for (Param<?> param : List.<Param<?>>of(topK(), scores(), activation(), threshold())) {
      if (isSet(param) && !alsoLabels()) {
        throw new UsageException(
            param.name() + " changes nothing without withScores: set it, or leave this out");
      }
    }
    return new Embedding(
        constant(Pool.class, pool),
        constant(Normalization.class, normalize),
        alsoLabels() ? Optional.of(scoring()) : Optional.empty(),
        orientationValue(),
        maxPixelsValue());
  }

  @Override
  Set<ScoreTable.Column> columns() {
    Set<ScoreTable.Column> columns =
        EnumSet.complementOf(EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.MASK_FILE));
    columns.add(ScoreTable.Column.EMBEDDING);
    if (alsoLabels()) {
      columns.addAll(labelColumns());
    }
    return columns;
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
