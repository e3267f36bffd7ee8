package io.labelmill.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** A plan of so few images that the driver keeps their rows, and no Spark job is needed for it. */
final class FewImages implements Plan {
  private final SparkSession spark;
  private final StructType schema;
  private final List<Row> rows;

  private FewImages(SparkSession spark, StructType schema, List<Row> rows) {
    this.spark = spark;
    this.schema = schema;
    this.rows = rows;
  }

  /**
   * Plans images in the order of their paths, which is that in which Spark sorts text.
   *
   * @param images plan rows of this schema, in any order, each with a path
   */
  static FewImages ordered(
      SparkSession spark, StructType schema, List<Row> images, OptionalLong limit) {
    List<Row> rows = new ArrayList<>(images);
    rows.sort(Comparator.comparing(row -> UTF8String.fromString(row.getString(PlanColumns.PATH))));
    int count = (int) Math.min(rows.size(), limit.orElse(Long.MAX_VALUE));
    return new FewImages(spark, schema, List.copyOf(rows.subList(0, count)));
  }

  /** All rows, in their order. */
  Dataset<Row> images() {
    return spark.createDataFrame(rows, schema);
  }

  @Override
  public long rows() {
    return rows.size();
  }

  @Override
  public OptionalLong bytes() {
    List<Long> lengths = rows.stream().map(PlanColumns::knownLength).toList();
    return lengths.stream().anyMatch(Objects::isNull)
        ? OptionalLong.empty()
        : OptionalLong.of(lengths.stream().mapToLong(Long::longValue).sum());
  }

  @Override
  public long unopened() {
    return rows.stream()
        .filter(row -> !row.isNullAt(PlanColumns.PROBLEM))
        .filter(row -> !row.isNullAt(PlanColumns.MODIFICATION_TIME))
        .count();
  }

  @Override
  public Wave wave(long first, long wanted, TaskSizes sizes) {
    if (first < 0 || first >= rows.size() || wanted < 1) {
      throw new IllegalArgumentException(
          "no wave of " + wanted + " rows at " + first + " of " + rows.size());
    }
    int begin = (int) first;
    int count = (int) Math.min(wanted, rows.size() - first);
    long[] firsts = sizes.firsts(count);
    List<List<Row>> tasks = new ArrayList<>();
    for (int task = 0; task < firsts.length; task++) {
      long end = task + 1 < firsts.length ? firsts[task + 1] : count;
      tasks.add(new ArrayList<>(rows.subList(begin + (int) firsts[task], begin + (int) end)));
    }
    JavaRDD<Row> images =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(tasks, tasks.size())
            .mapPartitions(new Rows());
    return Wave.ofFew(first, count, images, spark.createDataFrame(images, schema));
  }

  @Override
  public List<String> paths(int wanted) {
    return rows.stream().limit(wanted).map(row -> row.getString(PlanColumns.PATH)).toList();
  }

  /** What each task has, from the one list that it is sent. */
  private static final class Rows implements FlatMapFunction<Iterator<List<Row>>, Row> {
    @Override
    public Iterator<Row> call(Iterator<List<Row>> task) {
      return task.next().iterator();
    }
  }
}
