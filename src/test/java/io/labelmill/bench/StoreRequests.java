package io.labelmill.bench;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.TestOptions;
import io.labelmill.demo.FridgePictures;
import io.labelmill.option.Settings;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Request;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a run asks of an object store: requests for images, and requests for its output, of the
 * whole run and of one wave with its one file more. Both are in buckets of a server on loopback.
 *
 * <p>{@code java @conf/spark-jvm.options -cp CLASS_PATH_OF_TESTS io.labelmill.bench.StoreRequests}
 */
public final class StoreRequests {
  private static final int PICTURES = 24;

  private StoreRequests() {}

  public static void main(String[] args) throws IOException {
    LoopbackS3 s3 = LoopbackS3.shared();
    Bucket images = bucket(s3, "images");
    Bucket tables = bucket(s3, "tables");
    Path drawn = Files.createTempDirectory("requests");
    TestCheckpoints.tiny().write(drawn.resolve("model"));
    images.putAll("", new FridgePictures(PICTURES, 7).write(drawn));
    Map<String, Long> few = run(s3, drawn.resolve("model"), images, tables, 8);
    Map<String, Long> many = run(s3, drawn.resolve("model"), images, tables, 3);
    many.forEach(
        (request, n) -> {
          long least = few.getOrDefault(request, 0L);
          System.out.printf(
              "%-16s %4d in 3 waves, %4d in 8: %.1f a wave%n",
              request, least, n, (n - least) / 5.0);
        });
    System.exit(0);
  }

  private static Bucket bucket(LoopbackS3 s3, String name) {
    return s3.bucket(name).configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
  }

  /** Requests by bucket and method; listings apart. */
  private static Map<String, Long> run(
      LoopbackS3 s3, Path model, Bucket images, Bucket tables, int wave) throws IOException {
    s3.forget();
    ScoreJob.run(
        SparkFixture.spark(),
        TestOptions.score(
            model.toString(),
            new Settings()
                .with(SourceOptions.INPUT, List.of(images.uri("")))
                .with(SourceOptions.INPUT_FORMAT, "images")
                .as(SourceOptions::read),
            OutputOptions.of(tables.uri("table" + wave), IfExists.FAIL),
            OptionalLong.of(wave)),
        Progress.SILENT);
    Map<String, Long> counts = new TreeMap<>();
    for (Bucket bucket : List.of(images, tables)) {
      for (Request request : bucket.requests()) {
        String kind = request.isListing() ? "LIST" : request.method();
        counts.merge(bucket.name() + " " + kind, 1L, Long::sum);
      }
    }
    return counts;
  }
}
