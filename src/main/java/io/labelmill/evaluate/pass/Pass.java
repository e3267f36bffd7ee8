package io.labelmill.evaluate.pass;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/**
 * One pass over rows: each partition adds its own to a state, and states are summed on executors
 * until one is left. It goes to executors itself, and holds values alone.
 *
 * @param <S> the state, used by one thread at a time
 */
public interface Pass<S> extends Serializable {
  /** A new state, that of no row. */
  S empty();

  void add(S state, Row row);

  /** Adds what the second state has to the first, and gives that. */
  S sum(S state, S other);

  /** One Spark job. */
  default S over(JavaRDD<Row> rows) {
    return rows.mapPartitions(this::ofPartition).treeReduce(this::sum, 2);
  }

  private Iterator<S> ofPartition(Iterator<Row> rows) {
    S state = empty();
    rows.forEachRemaining(row -> add(state, row));
    return List.of(state).iterator();
  }
}
