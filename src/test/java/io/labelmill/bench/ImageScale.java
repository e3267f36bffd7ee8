package io.labelmill.bench;

import io.labelmill.TestCheckpoints;
import io.labelmill.sink.IfExists;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Whether an image costs the same in a small run and in a large one: runs over more and more {@link
 * GeneratedImages}, and between each two the processor time of an image that the larger one has
 * more. What a run costs however small it is cancels out, and a first run makes the processes warm.
 *
 * <pre>{@code
 * cp=target/test-classes:target/classes:$(cat CLASS_PATH_OF_TESTS)
 * export SPARK_HOME=$(mktemp -d) SPARK_SCALA_VERSION=2.13 SPARK_LOCAL_IP=127.0.0.1
 * mkdir $SPARK_HOME/jars
 * java @conf/spark-jvm.options -Xmx1g -cp $cp io.labelmill.bench.ImageScale FOLDER 10000 100000 1000000
 * }</pre>
 */
public final class ImageScale {
  private static final int WARM_UP = 50_000;

  private ImageScale() {}

  /** {@code FOLDER IMAGES IMAGES…}, numbers that grow. */
  public static void main(String[] args) throws IOException {
    try (MeasuredRuns runs = new MeasuredRuns(Path.of(args[0]))) {
      TestCheckpoints.tiny().write(runs.model());
      score(runs, WARM_UP, "warm-up");
      MeasuredRuns.Cost smaller = null;
      for (int i = 1; i < args.length; i++) {
        MeasuredRuns.Cost cost = score(runs, Long.parseLong(args[i]), "table" + i);
        if (smaller != null) {
          System.out.printf(
              "from %,d to %,d images: %.3f ms of processors an image%n",
              smaller.rows(), cost.rows(), cost.cpuMillisPerImage(smaller));
        }
        smaller = cost;
      }
    }
  }

  private static MeasuredRuns.Cost score(MeasuredRuns runs, long images, String table)
      throws IOException {
    return runs.score("made:///n" + images, table, IfExists.FAIL);
  }
}
