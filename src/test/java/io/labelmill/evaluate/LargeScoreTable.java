package io.labelmill.evaluate;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Writes a large score table with its truth and labels, to measure an evaluation with: {@code
 * LargeScoreTable FOLDER IMAGES LABELS}, by default 1,000,000 and 100. Of 100 images 70 are right,
 * scores are softmax.
 */
public final class LargeScoreTable {
  private LargeScoreTable() {}

  public static void main(String[] args) throws IOException {
    long images = args.length > 1 ? Long.parseLong(args[1]) : 1_000_000;
    int labels = args.length > 2 ? Integer.parseInt(args[2]) : 100;
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()) {
      StructType schema =
          new StructType()
              .add("path", DataTypes.StringType)
              .add("status", DataTypes.StringType)
              .add("scores", DataTypes.createArrayType(DataTypes.FloatType))
              .add("label", DataTypes.StringType);
      Dataset<Row> rows =
          spark.range(0, images, 1, 16).toDF().map(new ToScores(labels), Encoders.row(schema));
      rows.drop("label").write().parquet(args[0] + "/predictions");
      rows.select("path", "label").write().parquet(args[0] + "/truth");
      StringBuilder names = new StringBuilder();
      for (int i = 0; i < labels; i++) {
        names.append("label ").append(i).append('\n');
      }
      Files.writeString(Path.of(args[0], "labels.txt"), names.toString());
    }
  }

  private static final class ToScores implements MapFunction<Row, Row>, Serializable {
    private final int labels;

    ToScores(int labels) {
      this.labels = labels;
    }

    @Override
    public Row call(Row row) {
      long id = row.getLong(0);
      Random random = new Random(id * 31 + 7);
      int truth = random.nextInt(labels);
      int favourite = random.nextInt(100) < 70 ? truth : random.nextInt(labels);
      double[] exponentials = new double[labels];
      double sum = 0;
      for (int i = 0; i < labels; i++) {
        double logit = 1.5 * random.nextGaussian() + (i == favourite ? 5 : 0);
        exponentials[i] = Math.exp(logit);
        sum += exponentials[i];
      }
      Float[] scores = new Float[labels];
      for (int i = 0; i < labels; i++) {
        scores[i] = (float) (exponentials[i] / sum);
      }
      return RowFactory.create("s3://bucket/images/" + id + ".jpg", "OK", scores, "label " + truth);
    }
  }
}
