package io.labelmill.evaluate;

import io.labelmill.SparkFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Small score tables and truths on disk. */
final class TestTables {
  static final StructType FULL_SCORES =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("status", DataTypes.StringType)
          .add("error", DataTypes.StringType)
          .add("scores", DataTypes.createArrayType(DataTypes.DoubleType))
          .add("model", DataTypes.StringType)
          .add("run_id", DataTypes.StringType)
          .add("scored_at", DataTypes.TimestampType);

  static final StructType TRUTH =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("label", DataTypes.createArrayType(DataTypes.StringType));

  private static final int FILES = 3;

  private TestTables() {}

  /** A session of its own, with several partitions even for few rows. */
  static SparkSession spark(int partitions) {
    SparkSession spark = SparkFixture.spark().newSession();
    spark.conf().set("spark.sql.adaptive.enabled", "false");
    spark.conf().set("spark.sql.shuffle.partitions", Integer.toString(partitions));
    return spark;
  }

  static Row scored(String path, String run, double... scores) {
    return RowFactory.create(
        path,
        "OK",
        null,
        Arrays.stream(scores).boxed().toArray(Double[]::new),
        "model",
        run,
        Timestamp.valueOf("2026-01-0" + run.charAt(run.length() - 1) + " 00:00:00"));
  }

  static Row failed(String path, String run) {
    return RowFactory.create(
        path,
        "UNDECODABLE",
        "The image is broken.",
        null,
        "model",
        run,
        Timestamp.valueOf("2026-01-0" + run.charAt(run.length() - 1) + " 00:00:00"));
  }

  static Row truth(String path, String... labels) {
    return RowFactory.create(path, labels);
  }

  static String write(SparkSession spark, Path folder, StructType schema, List<Row> rows) {
    spark
        .createDataFrame(
            JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, FILES),
            schema)
        .write()
        .parquet(folder.toString());
    return folder.toString();
  }

  static String text(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, content).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String labels(Path file, int labels) {
    StringBuilder text = new StringBuilder();
    IntStream.range(0, labels).forEach(i -> text.append(name(i)).append('\n'));
    return text(file, text.toString());
  }

  static String name(int label) {
    return "label " + label;
  }

  /** A golden table as predictions, truth and labels below a folder. */
  static void write(SparkSession spark, Path folder, GoldenTable table) {
    List<Row> predictions = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < table.scores().size(); i++) {
      String path = "s3a://bucket/" + i + ".jpg";
      predictions.add(scored(path, "run-1", table.scores().get(i)));
      truths.add(
          truth(
              path.replace("s3a", "s3"),
              Arrays.stream(table.truth().get(i))
                  .mapToObj(TestTables::name)
                  .toArray(String[]::new)));
    }
    write(spark, folder.resolve("predictions"), FULL_SCORES, predictions);
    write(spark, folder.resolve("truth"), TRUTH, truths);
    labels(folder.resolve("labels.txt"), table.labels());
  }
}
