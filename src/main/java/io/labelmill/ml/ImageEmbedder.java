package io.labelmill.ml;

import io.labelmill.error.UsageException;
import io.labelmill.option.Option;
import io.labelmill.score.JobOptions;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreTable;
import java.util.EnumSet;
import java.util.Set;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
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
  public ImageEmbedder() {
    this(Identifiable$.MODULE$.randomUID("embedder"));
  }

  /**
   * @param uid names the stage within a pipeline
   */
  public ImageEmbedder(String uid) {
    super(uid, JobOptions.OF_EMBEDDING);
  }

  // <params: made from the options by DocumentationTest>
  public Param<String> pool() {
    return text("pool");
  }

  public ImageEmbedder setPool(String value) {
    return put("pool", value);
  }

  public Param<String> normalize() {
    return text("normalize");
  }

  public ImageEmbedder setNormalize(String value) {
    return put("normalize", value);
  }

  public BooleanParam withScores() {
    return (BooleanParam) param("withScores");
  }

  public ImageEmbedder setWithScores(boolean value) {
    return put("withScores", value);
  }

  // <end of params>

  private boolean alsoLabels() {
    return value(JobOptions.WITH_SCORES);
  }

  @Override
  ImageEmbedder self() {
    return this;
  }

  @Override
  RowOptions rows() {
    for (Option<?> option : JobOptions.OF_LABELLING) {
      if (isSet(param(option.param())) && !alsoLabels()) {
        throw new UsageException(
            option.param() + " changes nothing without withScores: set it, or leave this out");
      }
    }
    return values().as(JobOptions::embedding);
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
