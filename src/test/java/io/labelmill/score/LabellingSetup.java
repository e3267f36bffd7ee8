package io.labelmill.score;

import io.labelmill.Untrained;
import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.Precision;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Shares;
import io.labelmill.table.ColumnPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** What tasks have in common, for a model that is never opened. */
final class LabellingSetup {
  private LabellingSetup() {}

  /**
   * @param checkpoint gives size of pictures and labels
   * @param precision FP16 for a graph that takes samples
   * @param folder a new folder
   */
  static LabelImages.Setup of(
      SparkSession spark, Untrained checkpoint, Precision precision, Path folder, int batchSize)
      throws IOException {
    checkpoint.write(Files.createDirectories(folder));
    return of(
        spark,
        folder,
        precision,
        new ScoreOptions.Scoring(
            Activation.SOFTMAX,
            Optional.empty(),
            OptionalInt.empty(),
            KeptScores.TOP,
            Orientation.UPRIGHT,
            ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
        batchSize);
  }

  /** For a model that is there. */
  static LabelImages.Setup of(
      SparkSession spark, Path folder, Precision precision, RowOptions rows, int batchSize)
      throws IOException {
    ScoreOptions.Model named =
        new ScoreOptions.Model(
            folder.toString(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Originals.OF_THE_FILES,
            precision);
    SparkContext context = spark.sparkContext();
    try (PreparedModel model =
        PreparedModel.open(
            context.conf(),
            named,
            rows,
            new ScoreOptions.Execution(
                OptionalInt.of(batchSize), OptionalLong.empty(), 1, DeviceChoice.CPU),
            () ->
                new Shares<String, ModelSource>()
                    .share(
                        "model",
                        () ->
                            PreparedModel.source(
                                context.conf(),
                                context.hadoopConfiguration(),
                                named,
                                DownloadProgress.NONE)))) {
      return model.setup(
          BroadcastModel.of(new JavaSparkContext(spark.sparkContext()), model.build()),
          ScoreTable.of(List.of(), model.settings().columns(), ColumnPrefix.NONE),
          new RunStamp("model", "0".repeat(64), "run"));
    }
  }
}
