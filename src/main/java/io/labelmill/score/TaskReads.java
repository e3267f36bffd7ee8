package io.labelmill.score;

import io.labelmill.source.ImageReader;
import io.labelmill.source.PlanColumns;
import io.labelmill.source.ReadAhead;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Row;

/** How a task reads its images, next to the other tasks of its executor. */
public final class TaskReads {
  private TaskReads() {}

  /**
   * Begins to read. How much is read ahead is told by where the first image lies.
   *
   * @param planned plan rows, at least one
   * @param configuration of the source of the rows
   * @return to be closed when the rows, or the task, end
   */
  public static ReadAhead open(Iterator<Row> planned, Configuration configuration) {
    Row first = planned.next();
    String location = first.getString(PlanColumns.LOCATION);
    return new ReadAhead(
        new Led(first, planned),
        new ImageReader(configuration),
        ReadAhead.Limits.of(location, configuration)
            .within(Runtime.getRuntime().maxMemory(), TaskSlots.ofThisJvm(SparkEnv.get().conf())));
  }

  /** Rows, and one before them that was looked at already. */
  private static final class Led implements Iterator<Row> {
    private final Iterator<Row> rest;
    private Row first;

    Led(Row first, Iterator<Row> rest) {
      this.first = first;
      this.rest = rest;
    }

    @Override
    public boolean hasNext() {
      return first != null || rest.hasNext();
    }

    @Override
    public Row next() {
      if (first == null) {
        return rest.next();
      }
      Row row = first;
      first = null;
      return row;
    }
  }
}
