package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose store gives some images, and then, as with a token that expired, no more. */
class StoppedRunIT {
  private static final int IMAGES = 600;

  @TempDir Path folder;
  private final AtomicInteger asked = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  /** How many requests are answered before all others are refused. */
  private volatile int good;

  /** How many requests are answered at all before the test is over. */
  private volatile int answered = Integer.MAX_VALUE;

  private final CountDownLatch over = new CountDownLatch(1);

  @BeforeEach
  void start() throws IOException {
    SparkFixture.spark();
    byte[] picture = picture();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          int number = asked.incrementAndGet();
          boolean isGood = number <= good;
          if (number > answered) {
            awaitEnd();
          }
          exchange.sendResponseHeaders(isGood ? 200 : 403, isGood ? picture.length : -1);
          if (isGood) {
            exchange.getResponseBody().write(picture);
          }
          exchange.close();
        });
    server.start();
    StringBuilder csv = new StringBuilder("path\n");
    for (int i = 0; i < IMAGES; i++) {
      csv.append("http://127.0.0.1:%d/%d.jpg%n".formatted(server.getAddress().getPort(), i));
    }
    Files.writeString(folder.resolve("paths.csv"), csv);
  }

  private void awaitEnd() {
    try {
      assertThat(over.await(5, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private byte[] picture() throws IOException {
    Path pictures = new FridgePictures(1, 3).write(folder.resolve("pictures"));
    try (Stream<Path> files = Files.list(pictures)) {
      return Files.readAllBytes(files.findFirst().orElseThrow());
    }
  }

  @Test
  void aWaveInWhichTheStoreGivesNoMoreIsTheLast() throws IOException {
    good = 40;
    Ended ended = score("--commit-every", "100");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
    assertThat(ended.problems())
        .first()
        .asString()
        .startsWith(
            "stopped after 100 of 600 images, of which 60 failed for a reason that may pass")
        .contains("(ACCESS_DENIED 60)");
    assertThat(asked.get()).as("requests").isLessThanOrEqualTo(200);
    assertThat(rows().count()).as("what is committed stays").isEqualTo(100);
    JsonNode record = record();
    assertThat(record.at("/state").asText()).isEqualTo("FAILED");
    assertThat(record.at("/exitCode").asInt()).isEqualTo(3);
    assertThat(record.at("/progress/statuses/ACCESS_DENIED").asInt()).isEqualTo(60);

    good = Integer.MAX_VALUE;
    Ended resumed = score("--if-exists", "resume");
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(rows().filter("status = 'OK'").select("path").distinct().count()).isEqualTo(IMAGES);
  }

  @Test
  void twoHundredInARowEndAWave() {
    good = 40;
    // Else the images could all be asked for before the run is told to stop.
    answered = 450;
    Ended ended = score();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
    assertThat(ended.err())
        .contains("images failed one after the other for a reason that may pass")
        .contains("--max-failed-fraction 1 never stops");
    assertThat(asked.get()).as("requests").isLessThan(IMAGES);
  }

  @Test
  void whoLetsAllFailIsNotStopped() {
    good = 40;
    Ended ended = score("--max-failed-fraction", "1", "--commit-every", "300");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(rows().count()).isEqualTo(IMAGES);
  }

  private Ended score(String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "score",
                "--model",
                Reference.golden().resolve("models/f-beit-singlelabel-containers").toString(),
                "--input",
                folder.resolve("paths.csv").toString(),
                "--allow-hosts",
                "127.0.0.1:" + server.getAddress().getPort(),
                "--output",
                folder.resolve("labels").toString()));
    line.addAll(List.of(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  private Dataset<Row> rows() {
    return SparkFixture.spark().read().parquet(folder.resolve("labels").toString());
  }

  private JsonNode record() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("labels/_labelmill"))) {
      Path file = files.filter(f -> f.toString().endsWith(".json")).findFirst().orElseThrow();
      return new ObjectMapper().readTree(file.toFile());
    }
  }
}
