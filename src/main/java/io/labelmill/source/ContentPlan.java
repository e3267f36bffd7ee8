package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.shiftright;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.runtime.AbstractFunction1;

/**
 * Plan rows that carry their contents. Nothing is copied or shuffled: a wave is a run of input
 * splits, each read where it lies by the task that scores it.
 */
final class ContentPlan implements Plan {
  /** Ids are those of {@link org.apache.spark.sql.functions#monotonically_increasing_id()}. */
  private static final String ID = PathPlan.ID;

  /** The split is in an id's bits from this one on, the row's number within it in those below. */
  private static final int SPLIT_SHIFT = 33;

  private static final String VERSION = "__content_version";
  private static final String IS_CONTENT = "__is_content";

  private final SparkSession spark;
  private final StructType schema;
  private final RDD<Row> rdd;

  /** Number of the first row of each split, and the number of all rows at the end. */
  private final long[] firsts;

  private final OptionalLong bytes;

  /** The first id that is not planned, though its split may be. */
  private final long endId;

  /** The ids of the rows that are planned; null for all before {@code endId}. */
  private final Dataset<Row> ids;

  private ContentPlan(
      SparkSession spark,
      StructType schema,
      RDD<Row> rdd,
      long[] firsts,
      OptionalLong bytes,
      long endId,
      Dataset<Row> ids) {
    this.spark = spark;
    this.schema = schema;
    this.rdd = rdd;
    this.firsts = firsts;
    this.bytes = bytes;
    this.endId = endId;
    this.ids = ids;
  }

  /**
   * Counts the rows of each split.
   *
   * @param images plan rows straight from a table, without a shuffle
   */
  static ContentPlan of(
      SparkSession spark, Dataset<Row> images, OptionalLong bytes, OptionalLong limit) {
    Dataset<Row> numbered = images.withColumn(ID, monotonically_increasing_id());
    RDD<Row> rdd = numbered.javaRDD().rdd();
    long[] firsts =
        firsts(images.groupBy(spark_partition_id().as("split")).count(), rdd.getNumPartitions());
    int used = firsts.length - 1;
    while (limit.isPresent() && used > 1 && firsts[used - 1] >= limit.getAsLong()) {
      used--;
    }
    firsts = Arrays.copyOf(firsts, used + 1);
    long endId = Long.MAX_VALUE;
    OptionalLong plannedBytes = bytes;
    if (limit.isPresent() && used > 0 && firsts[used] > limit.getAsLong()) {
      firsts[used] = limit.getAsLong();
      endId = ((long) (used - 1) << SPLIT_SHIFT) + firsts[used] - firsts[used - 1];
      plannedBytes = OptionalLong.empty();
    }
    return new ContentPlan(spark, numbered.schema(), rdd, firsts, plannedBytes, endId, null);
  }

  private static long[] firsts(Dataset<Row> rowsBySplit, int splits) {
    long[] firsts = new long[splits + 1];
    rowsBySplit.collectAsList().forEach(row -> firsts[row.getInt(0) + 1] = row.getLong(1));
    for (int i = 1; i <= splits; i++) {
      firsts[i] += firsts[i - 1];
    }
    return firsts;
  }

  /**
   * This plan without the images that a table has.
   *
   * @param version of a plan row
   * @param changed whether versions are compared; where they are not, contents that have a path
   *     need not be looked at
   * @param folder of the run, in which the ids of the rest are kept
   */
  ContentPlan without(DoneImages done, Column version, Changed changed, Path folder) {
    int splits = firsts.length - 1;
    BitSet all = new BitSet();
    all.set(0, splits);
    Column path = col(PlanColumns.NAMES.get(PlanColumns.PATH));
    Column needed = changed == Changed.CHECK ? version : when(path.isNull(), version);
    Column location = col(PlanColumns.NAMES.get(PlanColumns.LOCATION));
    Dataset<Row> versions =
        splits(all).select(col(ID), path, needed.as(VERSION), location.isNull().as(IS_CONTENT));
    Path unsorted = new Path(folder, "missing");
    Column isKnown = col(IS_CONTENT).or(col(VERSION).isNotNull());
    done.subtractFrom(versions, col(VERSION), isKnown, changed, DoneImages.Repeats.POSSIBLE, ID)
        .select(ID)
        .write()
        .parquet(unsorted.toString());
    StructType idOnly = new StructType().add(ID, DataTypes.LongType);
    Path sorted = new Path(folder, "plan");
    spark
        .read()
        .schema(idOnly)
        .parquet(unsorted.toString())
        .orderBy(ID)
        .write()
        .parquet(sorted.toString());
    Dataset<Row> rest = spark.read().schema(idOnly).parquet(sorted.toString());
    long[] left =
        firsts(
            rest.groupBy(shiftright(col(ID), SPLIT_SHIFT).cast("int").as("split")).count(), splits);
    return new ContentPlan(spark, schema, rdd, left, OptionalLong.empty(), endId, rest);
  }

  @Override
  public long rows() {
    return firsts[firsts.length - 1];
  }

  @Override
  public OptionalLong bytes() {
    return bytes;
  }

  @Override
  public Wave wave(long first, long rows, TaskSizes tasks) {
    if (first < 0 || first >= rows() || rows < 1) {
      throw new IllegalArgumentException(
          "no wave of " + rows + " rows at " + first + " of " + rows());
    }
    int from = 0;
    while (firsts[from + 1] <= first) {
      from++;
    }
    if (firsts[from] != first) {
      throw new IllegalArgumentException("no split begins with row " + first);
    }
    int end = from + 1;
    while (end < firsts.length - 1 && firsts[end] - first < rows) {
      end++;
    }
    BitSet splits = new BitSet();
    for (int split = from; split < end; split++) {
      splits.set(split, firsts[split + 1] > firsts[split]);
    }
    Dataset<Row> wave = splits(splits);
    if (ids != null) {
      wave = wave.filter(udf(planned(from, end), DataTypes.BooleanType).apply(col(ID)));
    }
    return new Wave(first, firsts[end] - first, splits.cardinality(), wave.drop(ID));
  }

  private Dataset<Row> splits(BitSet splits) {
    Dataset<Row> rows =
        spark.createDataFrame(PartitionPruningRDD.create(rdd, new Splits(splits)), schema);
    return endId == Long.MAX_VALUE ? rows : rows.filter(col(ID).lt(endId));
  }

  /** The ids that are planned in some splits: as many as a wave has rows. */
  private Planned planned(int from, int end) {
    return new Planned(
        ids
            .filter(
                col(ID).geq((long) from << SPLIT_SHIFT).and(col(ID).lt((long) end << SPLIT_SHIFT)))
            .collectAsList()
            .stream()
            .mapToLong(row -> row.getLong(0))
            .sorted()
            .toArray());
  }

  @Override
  public List<String> paths(int rows) {
    if (rows() == 0) {
      return List.of();
    }
    List<String> paths = new ArrayList<>();
    wave(0, rows, TaskSizes.equal(1))
        .images()
        .select(PlanColumns.NAMES.get(PlanColumns.PATH))
        .takeAsList(rows)
        .forEach(row -> paths.add(row.getString(0)));
    return paths;
  }

  /** SQL function: whether a row is planned, by its id. */
  private static final class Planned implements UDF1<Long, Boolean> {
    private final long[] ids;

    Planned(long[] sorted) {
      this.ids = sorted;
    }

    @Override
    public Boolean call(Long id) {
      return Arrays.binarySearch(ids, id) >= 0;
    }
  }

  /** Some of all splits. */
  private static final class Splits extends AbstractFunction1<Object, Object>
      implements java.io.Serializable {
    private final BitSet splits;

    Splits(BitSet splits) {
      this.splits = splits;
    }

    @Override
    public Object apply(Object split) {
      return splits.get((Integer) split);
    }
  }
}
