package io.labelmill.command;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.decode.BadInputsTest;
import io.labelmill.decode.Crafted;
import io.labelmill.decode.GoldenDecodingTest;
import io.labelmill.error.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of every reference picture and every broken file: each is a row, and the job lives. */
class HostileFolderIT {
  private static final Path MODEL =
      Reference.golden().resolve("models/f-beit-singlelabel-containers");

  @TempDir Path scratch;
  private Path folder;
  private final Map<String, Status> expected = new TreeMap<>(BadInputsTest.statuses());

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void fill() throws IOException {
    folder = Files.createDirectory(scratch.resolve("images"));
    copy(Reference.golden().resolve("bad-inputs/files"));
    try (Stream<Path> good = Files.list(Reference.golden().resolve("preprocessing/images"))) {
      for (Path file : (Iterable<Path>) good::iterator) {
        String name = file.getFileName().toString();
        boolean refused = GoldenDecodingTest.refused("images/" + name);
        expected.put(name, refused ? Status.UNDECODABLE : Status.OK);
      }
    }
    copy(Reference.golden().resolve("preprocessing/images"));
  }

  private void copy(Path from) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void everyFileIsARowWithItsStatus() {
    Ended ended = score("0.9");

    assertThat(ended.problems()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    Map<String, Status> statuses = new TreeMap<>();
    for (Row row :
        SparkFixture.spark().read().parquet(scratch.resolve("table").toString()).collectAsList()) {
      String path = row.getAs("path");
      Status status = Status.valueOf(row.getAs("status"));
      assertThat(statuses.put(path.substring(path.lastIndexOf('/') + 1), status)).isNull();
      assertThat(row.<String>getAs("error") == null).isEqualTo(status == Status.OK);
      assertThat(row.<Float>getAs("score") == null).isEqualTo(status != Status.OK);
    }
    assertThat(statuses).isEqualTo(expected);
  }

  @Test
  void tooManyFailuresFailTheJobAfterItWroteTheTable() {
    Ended ended = score("0.1");

    long failed = expected.values().stream().filter(status -> status != Status.OK).count();
    assertThat(ended.problems())
        .containsExactly(
            failed
                + " of "
                + expected.size()
                + " images failed, more than the share of 0.1 that --max-failed-fraction allows:"
                + " the table is written, its columns status and error say why");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(SparkFixture.spark().read().parquet(scratch.resolve("table").toString()).count())
        .isEqualTo(expected.size());
  }

  /**
   * 177 megapixels twice, since they are turned, 1,013 MB, and rows between: the tests have 2 GB.
   */
  @Test
  void aPictureThatNeedsMoreThanTheHeapIsTriedAgain() throws IOException {
    folder = Files.createDirectory(scratch.resolve("large"));
    Files.write(folder.resolve("large.jpg"), Crafted.turned(Crafted.flatJpeg(13_300, 13_300, 3)));
    Files.write(folder.resolve("small.jpg"), Crafted.flatJpeg(500, 375, 3));

    Ended first = score("0.9");

    assertThat(first.problems()).isEmpty();
    Row row = large();
    assertThat(row.<String>getAs("status")).isEqualTo("OUT_OF_MEMORY");
    assertThat(row.<String>getAs("error"))
        .startsWith("The picture's 13300x13300 pixels need 1015 MB to be decoded, and decoding may")
        .endsWith(
            "give executors more (spark.executor.memory; with a local master --driver-memory).");
    assertThat(row.<Integer>getAs("width")).isEqualTo(13_300);
    assertThat(row.<Integer>getAs("height")).isEqualTo(13_300);

    Ended again = score("0.9", "--if-exists", "resume");

    assertThat(again.problems()).isEmpty();
    assertThat(again.out()).contains("OUT_OF_MEMORY");
    assertThat(large().<String>getAs("run_id")).isNotEqualTo(row.<String>getAs("run_id"));
  }

  /** The newest row of the large picture. */
  private Row large() {
    return SparkFixture.spark()
        .read()
        .parquet(scratch.resolve("table").toString())
        .where("path like '%large.jpg'")
        .orderBy(col("scored_at").desc())
        .first();
  }

  private Ended score(String maxFailedFraction, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "score",
                "--model",
                MODEL.toString(),
                "--input",
                folder.toString(),
                "--output",
                scratch.resolve("table").toString(),
                "--max-failed-fraction",
                maxFailedFraction));
    arguments.addAll(List.of(more));
    return CapturedTerminal.run(arguments.toArray(String[]::new));
  }
}
