package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.util.AccumulatorV2;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A heartbeat asks each accumulator of a task whether it is zero, also one that is being read from
 * the task's bytes.
 */
class AccumulatorsIT {
  static Stream<AccumulatorV2<?, ?>> accumulators() {
    return Stream.of(new StatusCounts(), new UsedDevices(), new WorkSpan(), new FailuresInARow());
  }

  @AfterEach
  void leaveTask() {
    TaskContext$.MODULE$.unset();
  }

  @ParameterizedTest
  @MethodSource("accumulators")
  void anAccumulatorThatIsHalfReadIsZero(AccumulatorV2<?, ?> accumulator) throws Exception {
    SparkFixture.spark().sparkContext().register(accumulator);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(accumulator);
    }
    TaskContext$.MODULE$.setTaskContext(TaskContext$.MODULE$.empty());

    List<Boolean> zero = new ArrayList<>();
    try (Heartbeats in = new Heartbeats(new ByteArrayInputStream(bytes.toByteArray()), zero)) {
      in.readObject();
      in.beat();
    }

    assertThat(zero).isNotEmpty().containsOnly(true);
  }

  /** A heartbeat at each class whose name is read. */
  private static final class Heartbeats extends ObjectInputStream {
    private final List<Boolean> zero;

    Heartbeats(InputStream in, List<Boolean> zero) throws IOException {
      super(in);
      this.zero = zero;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      beat();
      return super.resolveClass(description);
    }

    private void beat() {
      CollectionConverters.asJava(TaskContext.get().taskMetrics().accumulators())
          .forEach(each -> zero.add(each.isZero()));
    }
  }
}
