package io.labelmill.source;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.table.Columns;
import java.util.Arrays;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;

/**
 * The images that a table has already, and the subtraction of them from a plan.
 *
 * <p>An image is the same when its path is, in {@link ImageUri#comparable} form, and its content
 * version; without a path, when the content version is. Of a path the version that its newest run
 * gave it counts, so that content that changed and changed back is done again, and so is content
 * that a later run could not read. Subtraction is by count: an input may name an image twice, and
 * has two rows then.
 */
record DoneImages(Dataset<Row> done, Identity identity) {
  private static final String KEY = "__key";
  private static final String DONE_KEY = "__done_key";
  private static final String DONE_VERSION = "__done_version";
  private static final String DONE_ROWS = "__done_rows";
  private static final String IS_DONE = "__is_done";
  private static final String RANK = "__rank";
  private static final String SEEN_VERSION = "__seen_version";

  /**
   * Stands for a key that is null: rows that are joined by equal keys stay where they were grouped,
   * and by keys that may be null they don't. No path is like it.
   */
  private static final String NO_KEY = "\0none\0";

  /** What tells images apart. */
  enum Identity {
    /** Path and content version; content version alone where a row's path is null. */
    PATH,
    /** Content version alone. */
    CONTENT
  }

  /** Whether an input may name an image twice. */
  enum Repeats {
    POSSIBLE,
    IMPOSSIBLE
  }

  /**
   * @param committed rows of the table with {@code path}, {@code content_version}, {@code status}
   *     and {@code run_id}
   */
  static DoneImages of(Dataset<Row> committed, RetryFailed retry, Identity identity) {
    Column key = key(identity, col("path"), col("content_version"));
    Column isDone = col("status").isin(retry.done().toArray());
    // Both groupings and the join need the rows of a key together: they are brought together once.
    // Run ids sort by time.
    Dataset<Row> versions =
        committed
            .select(key.as(DONE_KEY), col("content_version"), col("run_id"), isDone.as(IS_DONE))
            .repartition(col(DONE_KEY))
            .groupBy(DONE_KEY, "content_version")
            .agg(count(when(col(IS_DONE), lit(1))).as("n"), max("run_id").as("newest"));
    Dataset<Row> done =
        versions
            .groupBy(DONE_KEY)
            .agg(max(struct(col("newest"), col("content_version"), col("n"))).as("last"))
            .filter(col("last.n").gt(0))
            .select(
                col(DONE_KEY),
                col("last.content_version").as(DONE_VERSION),
                col("last.n").as(DONE_ROWS));
    return new DoneImages(done, identity);
  }

  /**
   * The plan rows of which the table has too few.
   *
   * @param images plan rows and, for repeats, a column by which they are ordered
   * @param version the content version of a plan row as far as it is known without reading; where
   *     versions are not compared, those of rows without a path are enough
   * @param changed whether versions are compared
   */
  Dataset<Row> subtractFrom(
      Dataset<Row> images, Column version, Changed changed, Repeats repeats, String orderColumn) {
    return subtractFrom(images, version, lit(true), changed, repeats, orderColumn);
  }

  /**
   * As the shorter form.
   *
   * @param isKnown whether the version of a row is known without reading its file; where it is not,
   *     the image is taken to be as it was
   */
  Dataset<Row> subtractFrom(
      Dataset<Row> images,
      Column version,
      Column isKnown,
      Changed changed,
      Repeats repeats,
      String orderColumn) {
    Column isDone =
        changed == Changed.CHECK ? isCounted().and(isOf(version).or(not(isKnown))) : isCounted();
    return joined(images, version, repeats, orderColumn)
        .filter(not(isDone))
        .select(Arrays.stream(images.columns()).map(Columns::column).toArray(Column[]::new));
  }

  /**
   * As {@link #subtractFrom}, but asks the file system for the status of each path that the table
   * has, and puts it into the plan rows of those that changed.
   */
  Dataset<Row> subtractUnchangedFrom(
      Dataset<Row> images, String orderColumn, Broadcast<HadoopConfiguration> configuration) {
    Dataset<Row> joined =
        joined(images, knownVersion(), Repeats.POSSIBLE, orderColumn)
            .withColumn(
                SEEN_VERSION,
                when(isCounted().and(col(DONE_VERSION).isNotNull()), col(DONE_VERSION)))
            // What has no version failed without being read, and is done as it is.
            .filter(not(isCounted().and(col(DONE_VERSION).isNull())))
            .select(
                java.util.stream.Stream.concat(
                        Arrays.stream(images.columns()), java.util.stream.Stream.of(SEEN_VERSION))
                    .map(Columns::column)
                    .toArray(Column[]::new));
    return joined.mapPartitions(
        new ChangedFiles(configuration, images.columns().length), Encoders.row(images.schema()));
  }

  private Dataset<Row> joined(
      Dataset<Row> images, Column version, Repeats repeats, String orderColumn) {
    Column path = col(PlanColumns.NAMES.get(PlanColumns.PATH));
    Dataset<Row> keyed = images.withColumn(KEY, key(identity, path, version));
    Dataset<Row> ranked =
        repeats == Repeats.IMPOSSIBLE
            ? keyed.withColumn(RANK, lit(1))
            : keyed.withColumn(
                RANK, row_number().over(Window.partitionBy(KEY).orderBy(orderColumn)));
    // Where the table is small Spark would rather collect it, but the driver must hold no images.
    return ranked.join(done.hint("merge"), ranked.col(KEY).equalTo(done.col(DONE_KEY)), "left");
  }

  private static Column isCounted() {
    return coalesce(col(RANK).leq(col(DONE_ROWS)), lit(false));
  }

  private static Column isOf(Column version) {
    return col(DONE_VERSION).isNull().or(coalesce(col(DONE_VERSION).equalTo(version), lit(false)));
  }

  /** The content version of listed plan rows, or the version column's value; null for others. */
  static Column knownVersion() {
    Column length = col(PlanColumns.NAMES.get(PlanColumns.LENGTH));
    Column time = col(PlanColumns.NAMES.get(PlanColumns.MODIFICATION_TIME));
    return coalesce(
        col(PlanColumns.NAMES.get(PlanColumns.VERSION)),
        concat(length.cast("string"), lit("-"), time.cast("string")));
  }

  /** The content version of plan rows with contents; null where a content is invalid. */
  static Column contentVersion(org.apache.spark.sql.types.DataType contentType) {
    Column content = col(PlanColumns.NAMES.get(PlanColumns.CONTENT));
    Column hash =
        contentType instanceof org.apache.spark.sql.types.BinaryType
            ? org.apache.spark.sql.functions.sha2(content, 256)
            : udf(new TextVersion(), DataTypes.StringType).apply(content);
    return coalesce(col(PlanColumns.NAMES.get(PlanColumns.VERSION)), hash);
  }

  private static Column key(Identity identity, Column path, Column version) {
    return identity == Identity.CONTENT
        ? coalesce(version, lit(NO_KEY))
        : coalesce(
            udf(new ImageUri.ComparableForm(), DataTypes.StringType).apply(path),
            version,
            lit(NO_KEY));
  }

  /** SQL function: SHA-256 of what base64 text or a data: URI holds. */
  private static final class TextVersion implements UDF1<String, String> {
    @Override
    public String call(String text) {
      try {
        return text == null ? null : Sha256.of(ImageReader.decoded(text));
      } catch (ImageException e) {
        return null;
      }
    }
  }
}
