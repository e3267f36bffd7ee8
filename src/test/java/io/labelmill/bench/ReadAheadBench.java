package io.labelmill.bench;

import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ReadAhead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Images per second that one task reads from a bucket, by the number of reads in flight, with an
 * added latency before every answer. Decides the default of {@link ReadAhead.Limits}.
 *
 * <pre>ReadAheadBench [latencyMillis=50] [bytes=50000] [rounds=3]</pre>
 */
public final class ReadAheadBench {
  private static final List<Integer> IN_FLIGHT = List.of(1, 2, 4, 8, 16, 32, 64);

  /** Objects that are read with one read in flight; with more, as many times more. */
  private static final int OBJECTS = 20;

  private ReadAheadBench() {}

  public static void main(String[] arguments) {
    int latencyMillis = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50;
    int bytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 50_000;
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
    LoopbackS3 s3 = LoopbackS3.shared();
    Configuration configuration = new Configuration();
    Bucket bucket = s3.bucket("bench").configure(configuration);
    int most = IN_FLIGHT.get(IN_FLIGHT.size() - 1) * OBJECTS;
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      byte[] content = new byte[bytes];
      new Random(i).nextBytes(content);
      String key = "%05d.jpg".formatted(i);
      bucket.put(key, content);
      rows.add(
          RowFactory.create(bucket.uri(key), bucket.uri(key), null, (long) bytes, 0L, null, null));
    }
    ImageReader reader = new ImageReader(configuration);
    // Connections, classes, compiled code.
    perSecond(rows, reader, 64);
    s3.latency(Duration.ofMillis(latencyMillis));
    perSecond(rows, reader, 64);
    double[][] speeds = new double[IN_FLIGHT.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < IN_FLIGHT.size(); i++) {
        speeds[i][round] =
            perSecond(rows.subList(0, IN_FLIGHT.get(i) * OBJECTS), reader, IN_FLIGHT.get(i));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d bytes an object, %d ms added to each answer, median of %d%n",
        bytes,
        latencyMillis,
        rounds);
    double one = median(speeds[0]);
    for (int i = 0; i < IN_FLIGHT.size(); i++) {
      System.out.printf(
          Locale.ROOT,
          "%3d in flight: %7.1f images/s, %5.1f times one%n",
          IN_FLIGHT.get(i),
          median(speeds[i]),
          median(speeds[i]) / one);
    }
  }

  private static double perSecond(List<Row> rows, ImageReader reader, int inFlight) {
    long start = System.nanoTime();
    ReadAhead.Limits limits = new ReadAhead.Limits(inFlight, 64L << 20, Duration.ofMinutes(1));
    try (ReadAhead images = new ReadAhead(rows.iterator(), reader, limits)) {
      images.forEachRemaining(
          result -> {
            if (result.failure() != null) {
              throw new IllegalStateException(result.failure());
            }
            result.close();
          });
    }
    return rows.size() / ((System.nanoTime() - start) / 1e9);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
