package io.labelmill.source;

import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A part of a plan that is committed together.
 *
 * @param first number of its first image in the plan
 * @param rows number of its images
 * @param tasks number of partitions of {@code images}
 * @param images plan rows, see {@link PlanColumns}
 * @param few the same rows as they are sent from the driver; null where they come from files
 */
public record Wave(long first, long rows, int tasks, Dataset<Row> images, JavaRDD<Row> few) {
  /** A wave whose rows tasks read from files. */
  Wave(long first, long rows, int tasks, Dataset<Row> images) {
    this(first, rows, tasks, images, null);
  }

  /** A wave whose rows are sent from the driver. */
  static Wave ofFew(long first, long rows, JavaRDD<Row> few, Dataset<Row> images) {
    return new Wave(first, rows, few.getNumPartitions(), images, few);
  }

  /** The number of the first image after this wave. */
  public long end() {
    return first + rows;
  }

  /**
   * What tasks make of the images, each of its own. Rows that the driver sends are handed to them
   * as they are: a Dataset would turn them into its own form and back, by code generated for it.
   *
   * @param schema of the rows that come out
   */
  public Dataset<Row> made(MapPartitionsFunction<Row, Row> task, StructType schema) {
    return few == null
        ? images.mapPartitions(task, Encoders.row(schema))
        : images.sparkSession().createDataFrame(few.mapPartitions(new Made(task)), schema);
  }

  /** The same function, as an RDD takes it. */
  private record Made(MapPartitionsFunction<Row, Row> task)
      implements FlatMapFunction<Iterator<Row>, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> images) throws Exception {
      return task.call(images);
    }
  }
}
