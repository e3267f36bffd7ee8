package io.labelmill.bench;

import io.labelmill.TestCheckpoints;
import io.labelmill.sink.IfExists;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What resume costs over many images: time, memory of the driver and of an executor in a process of
 * its own. Images are {@link GeneratedImages}, the table that is there is made from the row of one.
 *
 * <pre>{@code
 * cp=target/test-classes:target/classes:$(cat CLASS_PATH_OF_TESTS)
 * export SPARK_HOME=$(mktemp -d) SPARK_SCALA_VERSION=2.13 SPARK_LOCAL_IP=127.0.0.1
 * mkdir $SPARK_HOME/jars
 * java @conf/spark-jvm.options -Xmx1g -cp $cp io.labelmill.bench.ResumeScale \
 *     FOLDER 100000:90000 1000000:900000 50000000:50000000
 * }</pre>
 *
 * <p>Each argument is a number of images and how many of them the table has. Where it has them all,
 * that is the night on which nothing is new.
 */
public final class ResumeScale {
  private static final long ROWS_PER_FILE = 1_000_000;

  private ResumeScale() {}

  /** {@code FOLDER IMAGES:KNOWN…}. */
  public static void main(String[] args) throws IOException {
    try (MeasuredRuns runs = new MeasuredRuns(Path.of(args[0]))) {
      TestCheckpoints.tiny().write(runs.model());
      for (String arg : Arrays.asList(args).subList(1, args.length)) {
        String[] numbers = arg.split(":", 2);
        long images = Long.parseLong(numbers[0]);
        String table = images + "-" + numbers[1];
        make(runs, table, images, Long.parseLong(numbers[1]));
        runs.score("made:///n" + images, table, IfExists.RESUME);
      }
    }
  }

  private static void make(MeasuredRuns runs, String label, long images, long known)
      throws IOException {
    runs.score("made:///n" + images + "/0/0/0.png", label, IfExists.FAIL);
    SparkSession spark = runs.spark();
    String table = runs.table(label).toString();
    Dataset<Row> template = spark.read().parquet(table);
    Column[] columns =
        Arrays.stream(template.columns())
            .map(
                name ->
                    switch (name) {
                      case "path" -> functions.expr(GeneratedImages.pathSql(images)).as(name);
                      case "content_version" ->
                          functions.expr(GeneratedImages.versionSql()).as(name);
                      default -> functions.col(name);
                    })
            .toArray(Column[]::new);
    int files = (int) Math.max(2, known / ROWS_PER_FILE);
    spark
        .range(1, known, 1, files)
        .crossJoin(functions.broadcast(template))
        .select(columns)
        .write()
        .mode(SaveMode.Append)
        .parquet(table);
  }
}
