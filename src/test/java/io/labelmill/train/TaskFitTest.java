package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class TaskFitTest {
  /** A mean that is summed up misses 0.1 by some ulps, and the rest would be taken for a spread. */
  @Test
  void aFeatureThatIsTheSameEverywhereCountsNothing() {
    List<Row> images = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      images.add(
          RowFactory.create(
              Vectors.dense(0.1f, i % 3 - 0.5 * i),
              CollectionConverters.asScala(List.<Object>of(i % 2)).toSeq()));
    }
    Iterator<LogisticFit.Linear> fitted =
        new TaskFit(0.01, List.of(new TaskFit.Regression(-1, new double[] {1, 2.7})))
            .call(images.iterator());
    LogisticFit.Linear linear = fitted.next();
    assertThat(fitted).isExhausted();
    for (double[] weights : linear.weight()) {
      assertThat(weights[0]).isZero();
      assertThat(Math.abs(weights[1])).isBetween(1e-3, 100.0);
    }
  }
}
