package io.labelmill.ml;

import io.labelmill.error.UsageException;
import java.math.BigInteger;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionOperation;

/**
 * How the rows of a Dataset are spread over tasks.
 *
 * @param tasks for {@link Kind#COUNT}, else 0
 */
record Repartition(Kind kind, int tasks) {
  enum Kind {
    /**
     * Rows that name images become tasks of some dozens; rows that hold them stay where they are.
     */
    AUTO,
    /** Every row stays in its partition. */
    NONE,
    /** So many tasks. */
    COUNT
  }

  /** A path and what stands beside it take about so much. */
  private static final long BYTES_PER_ROW = 32;

  /** Images of a task: seconds of work, so that all cores end at about the same time. */
  private static final long ROWS_PER_TASK = 64;

  /** Spark's driver keeps a record of each. */
  private static final int MOST_TASKS = 10_000;

  /** Where nothing tells the number of rows: so many for each slot. */
  private static final int TASKS_PER_SLOT = 4;

  /** An estimate of more is none: Spark says so of what it knows nothing about. */
  private static final long MOST_BYTES = 1L << 40;

  /**
   * Reads a param.
   *
   * @throws UsageException if it is none of the three
   */
  static Repartition parse(String text) {
    return switch (text) {
      case "auto" -> new Repartition(Kind.AUTO, 0);
      case "none" -> new Repartition(Kind.NONE, 0);
      default -> {
        if (!text.matches("[1-9]\\d{0,8}")) {
          throw new UsageException(
              "repartition is " + text + ": it must be auto, none, or a number of tasks");
        }
        yield new Repartition(Kind.COUNT, Integer.parseInt(text));
      }
    };
  }

  /**
   * The tasks that rows are spread over; empty where they stay, as where the caller has spread
   * them.
   *
   * @param holdsImages whether the rows have contents, which are not moved unasked
   * @param slots tasks that run at once
   */
  OptionalInt tasks(Dataset<Row> rows, boolean holdsImages, int slots) {
    return switch (kind) {
      case NONE -> OptionalInt.empty();
      case COUNT -> OptionalInt.of(tasks);
      case AUTO -> {
        LogicalPlan plan = rows.queryExecution().optimizedPlan();
        int usual =
            Integer.parseInt(rows.sparkSession().conf().get("spark.sql.shuffle.partitions"));
        yield holdsImages || rows.isStreaming() || plan instanceof RepartitionOperation
            ? OptionalInt.empty()
            : OptionalInt.of(tasks(bytes(plan), usual, slots));
      }
    };
  }

  /** Spark's estimate; empty where it has none that is worth it. */
  private static OptionalLong bytes(LogicalPlan plan) {
    // Of a join Spark knows no better than the product.
    if (leaves(plan) != 1) {
      return OptionalLong.empty();
    }
    BigInteger bytes = plan.stats().sizeInBytes().bigInteger();
    return bytes.compareTo(BigInteger.valueOf(MOST_BYTES)) > 0
        ? OptionalLong.empty()
        : OptionalLong.of(bytes.longValueExact());
  }

  /** By name: its type is another in Scala 2.12 than in 2.13, and one jar runs with both. */
  private static int leaves(LogicalPlan plan) {
    try {
      return ((scala.collection.Iterable<?>)
              plan.getClass().getMethod("collectLeaves").invoke(plan))
          .size();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Spark lists no leaves of a plan", e);
    }
  }

  /**
   * Tasks for rows of some bytes.
   *
   * @param bytes of all rows; empty where nobody knows
   * @param usual tasks that Spark makes of a shuffle
   */
  static int tasks(OptionalLong bytes, int usual, int slots) {
    long tasks =
        bytes.isEmpty()
            ? Math.max(usual, (long) TASKS_PER_SLOT * slots)
            : bytes.getAsLong() / (BYTES_PER_ROW * ROWS_PER_TASK);
    return (int) Math.max(slots, Math.min(MOST_TASKS, tasks));
  }
}
