package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which known images a run that resumes reads again. */
@Timeout(60)
class ChangedFilesTest {
  private static final int COLUMNS = 7;
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @TempDir private Path folder;

  @Test
  void whatChangedComesWithItsStatusAndWhatDidNotIsLeftOut() throws IOException {
    Path same = Files.writeString(folder.resolve("same.jpg"), "same");
    Path other = Files.writeString(folder.resolve("other.jpg"), "longer");
    long time = Files.getLastModifiedTime(other).toMillis();
    List<Row> rows =
        changed(
            row(same.toString(), "4-" + Files.getLastModifiedTime(same).toMillis()),
            row(other.toString(), "4-" + time),
            row(same.toString(), null),
            row(folder.toString(), "1-1"));
    assertThat(rows)
        .containsExactly(
            planned(other.toString(), 6L, time),
            planned(same.toString(), null, null),
            planned(folder.toString(), null, null));
  }

  /** Reading it says so, as the status of its row. */
  @Test
  void whatCannotBeToldIsReadAgainAndEndsNothing() {
    List<String> paths =
        List.of(
            "file:/none/gone.jpg",
            "hdfs://no.such.host.invalid:8020/a.jpg",
            "hdfs:///nohost.jpg",
            "nowhere://x/a.jpg",
            "http://127.0.0.1:1/not-allowed-any-more.jpg",
            "http://no_such.host.invalid/a.jpg",
            "lost://x/a.jpg",
            "silent://x/a.jpg");
    List<Row> rows = changed(paths.stream().map(path -> row(path, "1-1")).toArray(Row[]::new));
    assertThat(rows)
        .containsExactlyElementsOf(paths.stream().map(path -> planned(path, null, null)).toList());
  }

  private static List<Row> changed(Row... rows) {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.lost.impl", Lost.class, RawLocalFileSystem.class);
    configuration.setClass("fs.silent.impl", Silent.class, RawLocalFileSystem.class);
    new ReadSettings(
            AllowedHosts.of(List.of("no_such.host.invalid")), Optional.empty(), OptionalInt.empty())
        .put(configuration);
    List<Row> found = new ArrayList<>();
    new ChangedFiles(null, COLUMNS)
        .changed(List.of(rows).iterator(), configuration, Duration.ofSeconds(2))
        .forEachRemaining(found::add);
    return found;
  }

  private static Row row(String path, String version) {
    return RowFactory.create(path, path, null, null, null, null, null, version);
  }

  private static Row planned(String path, Long length, Long time) {
    return RowFactory.create(path, path, null, length, time, null, null);
  }

  /** As connectors do whose configuration is not there. */
  public static class Lost extends RawLocalFileSystem {
    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("lost://x");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      throw new IllegalStateException("no account is set");
    }
  }

  public static class Silent extends RawLocalFileSystem {
    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("silent://x");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
      try {
        NEVER.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("interrupted");
    }
  }
}
