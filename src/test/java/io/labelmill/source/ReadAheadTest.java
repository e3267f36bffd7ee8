package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.error.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReadAheadTest {
  private static final AtomicInteger NOW = new AtomicInteger();
  private static final AtomicInteger MOST = new AtomicInteger();

  @TempDir private Path folder;

  @Test
  void resultsComeInOrderWithFailuresInTheirPlaces() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Path file = folder.resolve(i + ".jpg");
      if (i % 7 != 3) {
        Files.writeString(file, "x".repeat(i + 1));
      }
      rows.add(row(file.toString(), null));
    }
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(8, 1 << 20, Duration.ofMinutes(1)))) {
      for (int i = 0; i < 100; i++) {
        ReadAhead.Result result = images.next();
        assertThat(result.row()).isSameAs(rows.get(i));
        if (i % 7 == 3) {
          assertThat(result.image()).isNull();
          assertThat(result.failure().status()).isEqualTo(Status.NOT_FOUND);
        } else {
          assertThat(result.image().length()).isEqualTo(i + 1);
          assertThat(result.image().bytes()[i]).isEqualTo((byte) 'x');
          assertThat(result.failure()).isNull();
        }
        result.close();
      }
      assertThat(images.hasNext()).isFalse();
    }
  }

  @Test
  void memoryBoundsWhatIsHeldButNeverStopsTheNextImage() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int length = i % 4 == 0 ? 3_000_000 : 100_000;
      Path file = Files.write(folder.resolve(i + ".jpg"), new byte[length]);
      rows.add(row(file.toString(), i % 2 == 0 ? null : (long) length));
    }
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(8, 1 << 20, Duration.ofMinutes(1)))) {
      int n = 0;
      while (images.hasNext()) {
        try (ReadAhead.Result result = images.next()) {
          assertThat(result.image().length()).isEqualTo(n % 4 == 0 ? 3_000_000 : 100_000);
        }
        n++;
      }
      assertThat(n).isEqualTo(40);
    }
  }

  @Test
  void openResultsCountAndTheNextWaitsUntilAnotherThreadClosesOne() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Path file = Files.write(folder.resolve(i + ".jpg"), new byte[600_000]);
      rows.add(row(file.toString(), 600_000L));
    }
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(1, 1 << 20, Duration.ofMinutes(1)))) {
      ReadAhead.Result open = images.next();
      AtomicBoolean closed = new AtomicBoolean();
      Future<?> closing =
          other.submit(
              () -> {
                TimeUnit.MILLISECONDS.sleep(200);
                closed.set(true);
                open.close();
                return null;
              });
      try (ReadAhead.Result next = images.next()) {
        assertThat(closed).isTrue();
        assertThat(next.image().length()).isEqualTo(600_000);
      }
      closing.get();
      images.next().close();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void oneTaskOfTheJvmAtATimeHasAnImageThatIsLongerThanItsLimit() throws Exception {
    Path file = Files.write(folder.resolve("long.jpg"), new byte[3_000_000]);
    List<Row> rows = List.of(row(file.toString(), 3_000_000L));
    ReadAhead.Limits limits = new ReadAhead.Limits(1, 1 << 20, Duration.ofSeconds(2));
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (ReadAhead one = ahead(rows, limits);
        ReadAhead two = ahead(rows, limits)) {
      ReadAhead.Result open = one.next();
      Future<ReadAhead.Result> next = other.submit(two::next);
      // Longer than a read may take: waiting for memory is not reading.
      TimeUnit.MILLISECONDS.sleep(2_500);
      assertThat(next.isDone()).isFalse();
      open.close();
      try (ReadAhead.Result result = next.get(30, TimeUnit.SECONDS)) {
        assertThat(result.image().length()).isEqualTo(3_000_000);
      }
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  @SuppressWarnings("resource") // which is what is tested
  void aTaskThatEndsLeavesRoomForAnothersLongImage() throws IOException {
    Path file = Files.write(folder.resolve("long.jpg"), new byte[3_000_000]);
    List<Row> rows = List.of(row(file.toString(), 3_000_000L));
    ReadAhead.Limits limits = new ReadAhead.Limits(1, 1 << 20, Duration.ofMinutes(1));
    for (int task = 0; task < 3; task++) {
      ReadAhead images = ahead(rows, limits);
      assertThat(images.next().image().length()).isEqualTo(3_000_000);
      images.close();
    }
  }

  @Test
  void buffersOfAllTasksTakeAShareOfTheHeap() {
    ReadAhead.Limits usual = ReadAhead.Limits.of("file:/x", new Configuration(false));
    assertThat(usual.bytes()).isEqualTo(64L << 20);
    assertThat(usual.within(1L << 30, 2).bytes()).isEqualTo(64L << 20);
    assertThat(usual.within(2L << 30, 16).bytes() * 16).isBetween(300L << 20, 308L << 20);
    assertThat(usual.within(2L << 30, 16).reads()).isEqualTo(usual.reads());
  }

  @Test
  void readsAreInFlightTogetherAndNoMoreThanAllowed() {
    NOW.set(0);
    MOST.set(0);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(row("slow://x/" + i, null));
    }
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(6, 1 << 20, Duration.ofMinutes(1)))) {
      images.forEachRemaining(result -> assertThat(result.failure()).isNotNull());
    }
    assertThat(MOST).hasValueBetween(3, 6);
  }

  @Test
  void anImageThatTakesTooLongIsTimedOutAndTheOthersGoOn() throws IOException {
    Path file = Files.writeString(folder.resolve("a.jpg"), "x");
    List<Row> rows = List.of(row("slow://x/stuck", null), row(file.toString(), null));
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(2, 1 << 20, Duration.ofSeconds(2)))) {
      ReadAhead.Result result = images.next();
      assertThat(result.failure().status()).isEqualTo(Status.TIMED_OUT);
      assertThat(result.failure()).hasMessage("Reading took longer than 2.0 s: slow://x/stuck");
      assertThat(images.next().image().length()).isEqualTo(1);
    }
  }

  @Test
  void allThatHangHangTogether() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      rows.add(row("slow://y/" + i + "/stuck", null));
    }
    Path file = Files.writeString(folder.resolve("a.jpg"), "x");
    rows.add(row(file.toString(), null));
    long start = System.nanoTime();
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(6, 1 << 20, Duration.ofSeconds(2)))) {
      for (int i = 0; i < 12; i++) {
        assertThat(images.next().failure().status()).isEqualTo(Status.TIMED_OUT);
      }
      assertThat(images.next().image().length()).isEqualTo(1);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("two times six, and not twelve one after the other")
        .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(12));
  }

  @Test
  void theTimeLimitIsOfReadingNotOfWaitingForMemory() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Path file = Files.write(folder.resolve(i + ".jpg"), new byte[600_000]);
      rows.add(row(file.toString(), 600_000L));
    }
    Duration limit = Duration.ofSeconds(2);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(1, 1 << 20, limit))) {
      ReadAhead.Result open = images.next();
      Future<?> closing =
          other.submit(
              () -> {
                TimeUnit.MILLISECONDS.sleep(limit.toMillis() + 500);
                open.close();
                return null;
              });
      try (ReadAhead.Result next = images.next()) {
        assertThat(next.failure()).isNull();
        assertThat(next.image().length()).isEqualTo(600_000);
      }
      closing.get();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void aReadThatGoesOnAfterItsTimeKeepsNoMemory() throws Exception {
    Path all = Files.write(folder.resolve("all.jpg"), new byte[1 << 20]);
    Path one = Files.writeString(folder.resolve("one.jpg"), "1");
    Path two = Files.writeString(folder.resolve("two.jpg"), "2");
    List<Row> rows =
        List.of(row("late://x" + all, null), row(one.toString(), null), row(two.toString(), null));
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(1, 1 << 20, Duration.ofSeconds(1)))) {
      assertThat(images.next().failure().status()).isEqualTo(Status.TIMED_OUT);
      LateFileSystem.ANSWER.complete(null);
      assertThat(LateFileSystem.CLOSED.await(30, TimeUnit.SECONDS)).isTrue();
      try (ReadAhead.Result first = images.next();
          ReadAhead.Result second = images.next()) {
        assertThat(first.image().length()).isEqualTo(1);
        assertThat(second.failure()).as("there is room beside the first").isNull();
      }
    }
  }

  @Test
  void anImageForWhichTheHeapHasNoRoomIsOutOfMemoryAndTheOthersGoOn() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String name : List.of("a.jpg", "greedy", "b.jpg")) {
      Files.writeString(folder.resolve(name), "x");
      rows.add(row("greedy:" + folder.resolve(name), null));
    }
    // A second time, since one that failed may keep nothing of the limit.
    rows.addAll(List.copyOf(rows));
    try (ReadAhead images = ahead(rows, new ReadAhead.Limits(4, 1 << 17, Duration.ofMinutes(1)))) {
      for (Row row : rows) {
        ReadAhead.Result result = images.next();
        if (row.getString(0).endsWith("greedy")) {
          assertThat(result.image()).isNull();
          assertThat(result.failure().status()).isEqualTo(Status.OUT_OF_MEMORY);
          assertThat(result.failure())
              .hasMessageMatching(
                  "Reading the image ran out of memory in a heap of \\d+ MB: give executors more"
                      + " \\(spark\\.executor\\.memory; with a local master --driver-memory\\)\\.");
        } else {
          assertThat(result.failure()).isNull();
          assertThat(result.image().length()).isEqualTo(1);
        }
        result.close();
      }
    }
  }

  @Test
  void objectStoresGetMoreReadsThanLocalFiles() {
    Configuration configuration = new Configuration(false);
    assertThat(ReadAhead.Limits.of("file:/x", configuration).reads()).isEqualTo(4);
    assertThat(ReadAhead.Limits.of("/x", configuration).reads()).isEqualTo(4);
    assertThat(ReadAhead.Limits.of(null, configuration).reads()).isEqualTo(4);
    assertThat(ReadAhead.Limits.of("s3a://x/y", configuration).reads()).isEqualTo(32);
  }

  private static ReadAhead ahead(List<Row> rows, ReadAhead.Limits limits) {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.slow.impl", SlowFileSystem.class, RawLocalFileSystem.class);
    configuration.setClass("fs.greedy.impl", GreedyFileSystem.class, RawLocalFileSystem.class);
    configuration.setClass("fs.late.impl", LateFileSystem.class, RawLocalFileSystem.class);
    return new ReadAhead(rows.iterator(), new ImageReader(configuration), limits);
  }

  private static Row row(String path, Long length) {
    return RowFactory.create(path, path, null, length, length, null, null);
  }

  /** Answers after 20 ms that there is nothing, and for {@code stuck} never. */
  public static final class SlowFileSystem extends RawLocalFileSystem {
    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("slow://x");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      MOST.accumulateAndGet(NOW.incrementAndGet(), Math::max);
      try {
        TimeUnit.MILLISECONDS.sleep(path.getName().equals("stuck") ? 60_000 : 20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      NOW.decrementAndGet();
      throw new IOException("nothing");
    }
  }

  /** Finds no memory for what is named after it. */
  public static final class GreedyFileSystem extends RawLocalFileSystem {
    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("greedy:///");
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      if (path.getName().equals("greedy")) {
        throw new OutOfMemoryError("Java heap space");
      }
      return super.open(path, bufferSize);
    }
  }

  /** Knows its files once it may answer, and never that the read was given up. */
  public static final class LateFileSystem extends RawLocalFileSystem {
    private static final CompletableFuture<Void> ANSWER = new CompletableFuture<>();
    private static final CountDownLatch CLOSED = new CountDownLatch(1);

    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("late://x");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      ANSWER.join();
      Thread.interrupted();
      return super.getFileStatus(path);
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      return new FSDataInputStream(super.open(path, bufferSize).getWrappedStream()) {
        @Override
        public void close() throws IOException {
          super.close();
          CLOSED.countDown();
        }
      };
    }
  }
}
