package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;

/**
 * Plan rows without contents, kept as Parquet files of bounded size in the order of their numbers.
 *
 * <p>Each stored row has an id that grows along the order but has gaps: {@link
 * org.apache.spark.sql.functions#monotonically_increasing_id()}, whose ids are consecutive within a
 * partition of the writing job and so within a file. The number of a row is its id, less the first
 * id of its file, plus the rows of all files before.
 */
record PathPlan(
    SparkSession spark,
    StructType stored,
    List<File> files,
    long rows,
    OptionalLong bytes,
    long unopened)
    implements Plan {
  /** The name of the column of ids, in rows given by {@link #images()}. */
  static final String ID = "__id";

  private static final int ROWS_PER_FILE = 100_000;

  /**
   * A file of the plan.
   *
   * @param first number of its first row in the plan
   */
  private record File(String path, long firstId, long first, long rows) {
    long end() {
      return first + rows;
    }
  }

  /**
   * Writes plan rows, in the order they have, and counts them.
   *
   * @param folder a folder that does not exist yet; whoever named it deletes it
   */
  static PathPlan write(SparkSession spark, Dataset<Row> images, Path folder, OptionalLong limit) {
    Dataset<Row> numbered = images.withColumn(ID, monotonically_increasing_id());
    numbered
        .write()
        .option("maxRecordsPerFile", ROWS_PER_FILE)
        .option("compression", "snappy")
        .parquet(folder.toString());
    StructType stored = numbered.schema();
    String name = "name";
    List<Row> found =
        spark
            .read()
            .schema(stored)
            .parquet(folder.toString())
            .groupBy(substring_index(input_file_name(), "/", -1).as(name))
            .agg(
                count(lit(1)),
                min(ID),
                max(ID),
                sum(PlanColumns.NAMES.get(PlanColumns.LENGTH)),
                count(PlanColumns.NAMES.get(PlanColumns.LENGTH)),
                unnamed())
            .collectAsList();
    List<Row> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparingLong(row -> row.getLong(2)));
    List<File> files = new ArrayList<>();
    long rows = 0;
    long bytes = 0;
    long unopened = 0;
    boolean lengthsKnown = true;
    for (Row row : sorted) {
      long count = row.getLong(1);
      if (row.getLong(3) - row.getLong(2) + 1 != count) {
        throw new IllegalStateException(
            "The plan file " + row.getString(0) + " has gaps in its row ids");
      }
      files.add(
          new File(new Path(folder, row.getString(0)).toString(), row.getLong(2), rows, count));
      rows += count;
      bytes += row.isNullAt(4) ? 0 : row.getLong(4);
      lengthsKnown &= row.getLong(5) == count;
      unopened += row.getLong(6);
    }
    if (limit.isPresent() && limit.getAsLong() < rows) {
      rows = limit.getAsLong();
      lengthsKnown = false;
    }
    PathPlan plan =
        new PathPlan(
            spark,
            stored,
            List.copyOf(files),
            rows,
            lengthsKnown ? OptionalLong.of(bytes) : OptionalLong.empty(),
            unopened);
    return limit.isPresent() ? plan.measured() : plan;
  }

  /** Counts the files that a listing shows and no path leads to. */
  private static Column unnamed() {
    Column time = col(PlanColumns.NAMES.get(PlanColumns.MODIFICATION_TIME));
    return count(when(time.isNotNull(), col(PlanColumns.NAMES.get(PlanColumns.PROBLEM))));
  }

  /** All rows, in no order, with their ids, which have the order. */
  Dataset<Row> images() {
    return rows == 0 ? spark.createDataFrame(List.of(), stored) : range(0, rows);
  }

  private PathPlan measured() {
    if (rows == 0) {
      return this;
    }
    Column length = col(PlanColumns.NAMES.get(PlanColumns.LENGTH));
    Row total = range(0, rows).agg(sum(length), count(length), unnamed()).first();
    return new PathPlan(
        spark,
        stored,
        files,
        rows,
        total.getLong(1) == rows ? OptionalLong.of(total.getLong(0)) : OptionalLong.empty(),
        total.getLong(2));
  }

  @Override
  public Wave wave(long first, long wanted, TaskSizes sizes) {
    if (first < 0 || first >= rows || wanted < 1) {
      throw new IllegalArgumentException(
          "no wave of " + wanted + " rows at " + first + " of " + rows);
    }
    long count = Math.min(wanted, rows - first);
    long[] taskFirsts = sizes.firsts(count);
    int tasks = taskFirsts.length;
    List<File> read = overlapping(first, first + count);
    TaskKey key =
        new TaskKey(
            read.stream().mapToLong(File::firstId).toArray(),
            read.stream().mapToLong(File::first).toArray(),
            first,
            taskFirsts,
            keys(tasks));
    Dataset<Row> images =
        range(first, first + count)
            .repartition(tasks, udf(key, DataTypes.IntegerType).apply(col(ID)))
            .sortWithinPartitions(ID)
            .drop(ID);
    return new Wave(first, count, tasks, images);
  }

  @Override
  public List<String> paths(int wanted) {
    if (rows == 0) {
      return List.of();
    }
    List<String> paths = new ArrayList<>();
    range(0, Math.min(rows, wanted))
        .orderBy(ID)
        .select(PlanColumns.NAMES.get(PlanColumns.PATH))
        .collectAsList()
        .forEach(row -> paths.add(row.getString(0)));
    return paths;
  }

  private List<File> overlapping(long first, long end) {
    return files.stream().filter(file -> file.first() < end && file.end() > first).toList();
  }

  /** The stored rows with the numbers from {@code first} to before {@code end}. */
  private Dataset<Row> range(long first, long end) {
    List<File> read = overlapping(first, end);
    File head = read.get(0);
    File tail = read.get(read.size() - 1);
    return spark
        .read()
        .schema(stored)
        .parquet(read.stream().map(File::path).toArray(String[]::new))
        .filter(
            col(ID)
                .between(
                    head.firstId() + (first - head.first()),
                    tail.firstId() + (end - 1 - tail.first())));
  }

  /**
   * For each task a number that Spark's hash partitioning, {@code pmod(murmur3(number, 42),
   * tasks)}, sends to that task's partition.
   */
  private static int[] keys(int tasks) {
    int[] keys = new int[tasks];
    boolean[] found = new boolean[tasks];
    for (int key = 0, missing = tasks; missing > 0; key++) {
      int task = Math.floorMod(Murmur3_x86_32.hashInt(key, 42), tasks);
      if (!found[task]) {
        found[task] = true;
        keys[task] = key;
        missing--;
      }
    }
    return keys;
  }

  /** SQL function: id of a row to the partitioning key of its task. */
  private static final class TaskKey implements UDF1<Long, Integer> {
    private final long[] firstIds;
    private final long[] firsts;
    private final long waveFirst;
    private final long[] taskFirsts;
    private final int[] keys;

    TaskKey(long[] firstIds, long[] firsts, long waveFirst, long[] taskFirsts, int[] keys) {
      this.firstIds = firstIds;
      this.firsts = firsts;
      this.waveFirst = waveFirst;
      this.taskFirsts = taskFirsts;
      this.keys = keys;
    }

    @Override
    public Integer call(Long id) {
      int file = lastNotAbove(firstIds, id);
      long number = firsts[file] + (id - firstIds[file]);
      return keys[lastNotAbove(taskFirsts, number - waveFirst)];
    }

    private static int lastNotAbove(long[] sorted, long value) {
      int found = Arrays.binarySearch(sorted, value);
      return found >= 0 ? found : -found - 2;
    }
  }
}
