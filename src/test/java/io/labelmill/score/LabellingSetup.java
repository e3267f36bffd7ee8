package io.labelmill.score;

import io.labelmill.decode.Orientation;
import io.labelmill.graph.Precision;
import io.labelmill.graph.UntrainedCheckpoint;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.ModelSource;
import io.labelmill.model.TaskDevices;
import io.labelmill.table.ColumnPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
      SparkSession spark,
      UntrainedCheckpoint checkpoint,
      Precision precision,
      Path folder,
      int batchSize)
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
    try (ModelSource source =
        ModelSource.open(
            folder.toString(),
            Optional.empty(),
            Optional.empty(),
            spark.sparkContext().hadoopConfiguration(),
            null)) {
      PreparedModel model =
          PreparedModel.of(
              source,
              precision,
              rows,
              TaskDevices.resolve(DeviceChoice.CPU, spark.sparkContext().conf()),
              OptionalInt.of(batchSize));
      return model.setup(
          BroadcastModel.of(new JavaSparkContext(spark.sparkContext()), model.build()),
          ScoreTable.of(List.of(), model.settings().columns(), ColumnPrefix.NONE),
          new RunStamp("model", "0".repeat(64), "run"));
    }
  }
}
