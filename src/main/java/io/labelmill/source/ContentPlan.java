package io.labelmill.source;

import static org.apache.spark.sql.functions.spark_partition_id;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import scala.runtime.AbstractFunction1;

/**
 * Plan rows that carry their contents. Nothing is copied or shuffled: a wave is a run of input
 * splits, each read where it lies by the task that scores it.
 */
final class ContentPlan implements Plan {
  private final SparkSession spark;
  private final Dataset<Row> images;
  private final StructType schema;
  private final RDD<Row> rdd;

  /** Number of the first row of each split, and the number of all rows at the end. */
  private final long[] firsts;

  private final OptionalLong bytes;

  private ContentPlan(
      SparkSession spark, Dataset<Row> images, RDD<Row> rdd, long[] firsts, OptionalLong bytes) {
    this.spark = spark;
    this.images = images;
    this.schema = images.schema();
    this.rdd = rdd;
    this.firsts = firsts;
    this.bytes = bytes;
  }

  /**
   * Counts the rows of each split.
   *
   * @param images plan rows straight from a table, without a shuffle
   */
  static ContentPlan of(
      SparkSession spark, Dataset<Row> images, OptionalLong bytes, OptionalLong limit) {
    RDD<Row> rdd = images.javaRDD().rdd();
    int splits = rdd.getNumPartitions();
    long[] counts = new long[splits];
    images
        .groupBy(spark_partition_id().as("split"))
        .count()
        .collectAsList()
        .forEach(row -> counts[row.getInt(0)] = row.getLong(1));
    long[] firsts = new long[splits + 1];
    int used = 0;
    while (used < splits && (limit.isEmpty() || firsts[used] < limit.getAsLong())) {
      firsts[used + 1] = firsts[used] + counts[used];
      used++;
    }
    return new ContentPlan(spark, images, rdd, java.util.Arrays.copyOf(firsts, used + 1), bytes);
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
  public Wave wave(long first, long rows, int rowsPerTask) {
    if (first < 0 || first >= rows() || rows < 1 || rowsPerTask < 1) {
      throw new IllegalArgumentException(
          "no wave of " + rows + " rows at " + first + " of " + rows());
    }
    int from = java.util.Arrays.binarySearch(firsts, first);
    if (from < 0) {
      throw new IllegalArgumentException("no split begins with row " + first);
    }
    while (firsts[from + 1] == first) {
      from++; // an empty split
    }
    int end = from + 1;
    while (end < firsts.length - 1 && firsts[end] - first < rows) {
      end++;
    }
    RDD<Row> splits = PartitionPruningRDD.create(rdd, new Splits(from, end));
    return new Wave(first, firsts[end] - first, end - from, spark.createDataFrame(splits, schema));
  }

  @Override
  public List<String> paths(int rows) {
    List<String> paths = new ArrayList<>();
    images
        .select(PlanColumns.NAMES.get(PlanColumns.PATH))
        .takeAsList(rows)
        .forEach(row -> paths.add(row.getString(0)));
    return paths;
  }

  /** The splits from {@code from} to before {@code end}. */
  private static final class Splits extends AbstractFunction1<Object, Object>
      implements java.io.Serializable {
    private final int from;
    private final int end;

    Splits(int from, int end) {
      this.from = from;
      this.end = end;
    }

    @Override
    public Object apply(Object split) {
      int number = (Integer) split;
      return number >= from && number < end;
    }
  }
}
