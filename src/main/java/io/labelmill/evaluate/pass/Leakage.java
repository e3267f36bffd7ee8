package io.labelmill.evaluate.pass;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FirstNames;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Images of the evaluation that also are in a list of training images, by the SHA-256 of their
 * content: a copy under another name is found.
 *
 * @param images of the evaluation that are in the list
 * @param listed the first of them
 * @param unreadable images of either side that could not be read and so were not compared
 */
public record Leakage(long images, List<String> listed, long unreadable) {
  private static final String HASH = HashContent.SHA256;
  private static final String UNREADABLE = HashContent.UNREADABLE;
  private static final String LISTED = "listed";
  private static final Set<String> PATHS = Set.of("path", "image_url", "filename", "image");

  /**
   * @param list a table with a column {@code sha256}, or of paths to read, or a text file as {@code
   *     sha256sum} writes it
   * @throws InputException when the list cannot be read
   */
  public static Leakage check(SparkSession spark, Dataset<Row> examples, String list) {
    Broadcast<HadoopConfiguration> configuration =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new HadoopConfiguration(spark.sparkContext().hadoopConfiguration()));
    try {
      Dataset<Row> training =
          hashes(spark, list, configuration).groupBy(HASH).agg(functions.count("*").as(LISTED));
      Dataset<Row> evaluated =
          examples
              .where(functions.col("match").equalTo("BOTH"))
              .select("path", "content_version")
              .map(new HashContent(configuration), Encoders.row(HashContent.SCHEMA));
      Found found =
          new Meet()
              .over(
                  evaluated
                      .join(training, evaluated.col(HASH).equalTo(training.col(HASH)), "full_outer")
                      .select(
                          evaluated.col("path"),
                          functions.coalesce(evaluated.col(HASH), training.col(HASH)),
                          training.col(LISTED))
                      .toJavaRDD());
      return new Leakage(found.leaked.count(), found.leaked.names(), found.unreadable());
    } finally {
      configuration.unpersist();
    }
  }

  private static Dataset<Row> hashes(
      SparkSession spark, String list, Broadcast<HadoopConfiguration> configuration) {
    Dataset<Row> rows;
    try {
      Location location = Location.of(list);
      Configuration hadoop = spark.sparkContext().hadoopConfiguration();
      if (TableFiles.first(location.fileSystem(hadoop), location.hadoop()).isEmpty()) {
        throw new InputException("The training list " + list + " is empty.");
      }
      rows =
          TableFiles.find(location, hadoop)
              .map(table -> table.read(spark))
              .orElseGet(() -> sums(spark, location));
    } catch (IOException e) {
      throw Cause.failure("The training list " + list + " cannot be read: " + e, e);
    }
    List<String> names = List.of(rows.columns());
    if (names.contains(HASH)) {
      return rows.select(functions.lower(functions.col(HASH)).as(HASH))
          .where(functions.length(functions.col(HASH)).equalTo(64));
    }
    String column =
        names.stream()
            .filter(name -> PATHS.contains(name.toLowerCase(Locale.ROOT)))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "The training list %s has neither a column sha256 nor one of paths; it has %s."
                            .formatted(list, String.join(", ", names))));
    return rows.select(
            Columns.column(column).as("path"), functions.lit(null).cast("string").as("version"))
        .map(new HashContent(configuration), Encoders.row(HashContent.SCHEMA))
        .select(HASH);
  }

  /** A text file as {@code sha256sum} writes it. */
  private static Dataset<Row> sums(SparkSession spark, Location list) {
    return spark
        .read()
        .text(TableFiles.literal(list.hadoop().toString()))
        .select(
            functions
                .regexp_extract(functions.col("value"), "^\\\\?([0-9A-Fa-f]{64})", 1)
                .as(HASH));
  }

  /** What a pass over the images of both sides sums, which meet by their hash. */
  private static final class Found implements Serializable {
    private final FirstNames leaked = new FirstNames();
    private long unreadableEvaluated;
    private long unreadableListed;

    private long unreadable() {
      return unreadableEvaluated + unreadableListed;
    }
  }

  private static final class Meet implements Pass<Found> {
    @Override
    public Found empty() {
      return new Found();
    }

    @Override
    public void add(Found found, Row row) {
      String path = row.getString(0);
      long listed = row.isNullAt(2) ? 0 : row.getLong(2);
      if (row.getString(1).equals(UNREADABLE)) {
        found.unreadableEvaluated += path == null ? 0 : 1;
        // Each of those evaluated meets the same row of the list.
        found.unreadableListed = Math.max(found.unreadableListed, listed);
      } else if (path != null && listed > 0) {
        found.leaked.add(path);
      }
    }

    @Override
    public Found sum(Found found, Found other) {
      found.leaked.sum(other.leaked);
      found.unreadableEvaluated += other.unreadableEvaluated;
      found.unreadableListed = Math.max(found.unreadableListed, other.unreadableListed);
      return found;
    }
  }

  /** What the user must know; empty when every image was compared and none found. */
  public Optional<String> warning() {
    List<String> sentences = new ArrayList<>();
    if (images > 0) {
      sentences.add(
          "%s images of the evaluation are in the training list: %s%s"
              .formatted(
                  images,
                  String.join(", ", listed.stream().limit(5).toList()),
                  images > 5 ? ", …" : ""));
    }
    if (unreadable > 0) {
      sentences.add(
          "%s images of the evaluation or of the training list cannot be read, and were not compared"
              .formatted(unreadable));
    }
    return sentences.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", sentences));
  }
}
