package io.labelmill.source;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A part of a plan that is committed together.
 *
 * @param first number of its first image in the plan
 * @param rows number of its images
 * @param tasks number of partitions of {@code images}
 * @param images plan rows, see {@link PlanColumns}
 */
public record Wave(long first, long rows, int tasks, Dataset<Row> images) {
  /** The number of the first image after this wave. */
  public long end() {
    return first + rows;
  }
}
