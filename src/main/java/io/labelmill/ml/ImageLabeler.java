package io.labelmill.ml;

import io.labelmill.score.JobOptions;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
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
public final class ImageLabeler extends ImageTransformer<ImageLabeler> {
  public ImageLabeler() {
    this(Identifiable$.MODULE$.randomUID("labeler"));
  }

  /**
   * @param uid names the stage within a pipeline
   */
  public ImageLabeler(String uid) {
    super(uid, List.of());
  }

  @Override
  ImageLabeler self() {
    return this;
  }

  @Override
  RowOptions rows() {
    return values().as(JobOptions::scoring);
  }

  @Override
  Set<ScoreTable.Column> columns() {
    Set<ScoreTable.Column> columns =
        EnumSet.complementOf(EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.MASK_FILE));
    columns.addAll(labelColumns());
    return columns;
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
