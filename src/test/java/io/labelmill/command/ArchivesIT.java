package io.labelmill.command;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in tar and zip archives, through the command line. */
class ArchivesIT {
  private static final int PICTURES = 12;

  @TempDir static Path shared;
  private static Path images;
  private static Path model;

  @TempDir Path folder;
  private Path shards;

  @BeforeAll
  static void draw() {
    SparkFixture.spark();
    images = new FridgePictures(PICTURES, 3).write(shared);
    model = shared.resolve("model");
    TestCheckpoints.tiny().write(model);
  }

  @BeforeEach
  void makeFolder() throws IOException {
    shards = Files.createDirectories(folder.resolve("shards"));
  }

  @Test
  void tarZipAndFolderGiveTheSameLabelsAndScores() throws IOException {
    List<Path> files = pictures();
    tar("a.tar", files.subList(0, 5));
    tar("b.tar", files.subList(5, PICTURES));
    zip("c.zip", files);
    score(images, "folder");
    List<Row> expected = scores("folder", col("path"));
    for (String input : List.of("*.tar", "c.zip")) {
      String output = "out-" + input.charAt(2);
      Ended ended = score(shards.resolve(input), output);
      assertThat(ended.problems()).isEmpty();
      assertThat(ended.out()).contains(PICTURES + " images in ");
      assertThat(scores(output, col("path"))).isEqualTo(expected);
    }
    assertThat(read("out-t").select("path").orderBy("path").first().getString(0))
        .isEqualTo("file:" + shards + "/a.tar!/set/" + files.get(0).getFileName());
  }

  @Test
  void sideFilesAreKept() throws IOException {
    tar("a.tar", pictures().subList(0, 2));
    Ended ended = score(shards, "out", "--keep", "cls");
    assertThat(ended.problems()).isEmpty();
    assertThat(read("out").orderBy("path").select("cls").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("0", "1");
  }

  @Test
  void sideFilesAreTheTruthOfTheirImages() throws IOException {
    List<Path> files = pictures();
    tar("a.tar", files.subList(0, 2));
    tar("b.tar", files.subList(2, 4));
    score(shards, "out", "--keep", "cls", "--scores", "all");
    int[] best = {0};
    read("out")
        .collectAsList()
        .forEach(
            row ->
                best[0] +=
                    row.<Integer>getAs("label_index") == Integer.parseInt(row.getAs("cls"))
                        ? 1
                        : 0);
    Ended ended =
        CapturedTerminal.run(
            "evaluate",
            "--predictions",
            folder.resolve("out").toString(),
            "--truth",
            shards + "/*.tar",
            "--thumbnails",
            "none",
            "--output",
            folder.resolve("report").toString());
    assertThat(ended.problems()).isEmpty();
    assertThat(ended.out())
        .startsWith(
            "truth: 4 images, 2 labels, one label each, from the .cls files in archives, numbers"
                + " taken as label indices\n");
    JsonNode contender =
        new ObjectMapper()
            .readTree(folder.resolve("report/metrics.json").toFile())
            .get("contenders")
            .get(0);
    assertThat(contender.get("images").get("evaluated").asInt()).isEqualTo(4);
    assertThat(contender.get("metrics").get("accuracy").asDouble()).isEqualTo(best[0] / 4.0);
    Ended trained =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--input",
            shards + "/*.tar",
            "--truth",
            shards + "/*.tar",
            "--split",
            "none",
            "--output",
            folder.resolve("head").toString());
    assertThat(trained.problems()).isEmpty();
    assertThat(trained.out())
        .startsWith("truth: 4 images, 2 labels, one label each, from the .cls files in archives")
        .contains("2 labels, 4 images to train on, 0 to test on");
  }

  @Test
  void aRunResumesByMemberAndByItsArchivesVersion() throws IOException {
    Path first = tar("a.tar", pictures().subList(0, 3));
    score(shards, "out");
    tar("b.tar", pictures().subList(3, 5));
    assertThat(score(shards, "out", "--if-exists", "resume").out()).contains("2 images in ");
    Files.setLastModifiedTime(first, FileTime.fromMillis(1_000));
    assertThat(score(shards, "out", "--if-exists", "resume").out()).contains("3 images in ");
    assertThat(score(shards, "out", "--if-exists", "resume").out()).contains("nothing");
    assertThat(read("out").count()).isEqualTo(8);
  }

  @Test
  void aCutArchiveCostsItsRestAsRows() throws IOException {
    Path tar = tar("a.tar", pictures().subList(0, 3));
    byte[] bytes = Files.readAllBytes(tar);
    Files.write(tar, Arrays.copyOf(bytes, bytes.length / 2));
    Ended ended = score(shards, "out", "--max-failed-fraction", "1");
    assertThat(ended.exitCode()).isZero();
    List<Row> rows = read("out").orderBy("path").select("status", "error").collectAsList();
    assertThat(rows).extracting(row -> row.getString(0)).contains("OK", "INVALID_INPUT");
    assertThat(rows)
        .extracting(row -> String.valueOf(row.getString(1)))
        .anyMatch(error -> error.matches("The archive .*cut.*"));
    assertThat(ended.out()).as("their names are names").doesNotContain("nothing can open");
  }

  @Test
  void anArchiveThatCannotBeOpenedIsARow() throws IOException {
    tar("a.tar", pictures().subList(0, 3));
    Path lost = Files.createSymbolicLink(shards.resolve("b.tar"), folder.resolve("nowhere.tar"));
    Ended ended = score(shards, "out", "--max-failed-fraction", "1");
    assertThat(ended.problems()).isEmpty();
    assertThat(read("out").filter("status = 'OK'").count()).isEqualTo(3);
    Row row = read("out").filter("status <> 'OK'").first();
    assertThat(row.<String>getAs("status")).isEqualTo("NOT_FOUND");
    assertThat(row.<String>getAs("path")).isEqualTo("file:" + lost + "!/");
    tar("b.tar", pictures().subList(3, 5));
    assertThat(score(shards, "out", "--if-exists", "resume").out()).contains("2 images in ");
  }

  @Test
  void globsLookAtMembersAndOptionsOfTablesAreRefused() throws IOException {
    List<Path> files = pictures();
    zip("a.zip", files);
    Ended one = score(shards, "out", "--include", "set/" + files.get(4).getFileName());
    assertThat(one.out()).contains("1 images in ");
    Ended refused = score(shards, "none", "--path-column", "path", "--keep", "*");
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.problems())
        .containsExactlyInAnyOrder(
            "--path-column needs a table, but "
                + shards
                + " is read as archives: name a table, or its kind with --input-format.",
            "--keep is *, but archives have no columns: name the endings of the side files that are"
                + " wanted, such as --keep cls,json.");
  }

  private static List<Path> pictures() throws IOException {
    try (Stream<Path> found = Files.list(images)) {
      return found.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
    }
  }

  /** Pictures, each with its number in the list as class beside it. */
  private Path tar(String name, List<Path> pictures) throws IOException {
    Path file = shards.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (int i = 0; i < pictures.size(); i++) {
        String member = "set/" + pictures.get(i).getFileName();
        member(tar, member, Files.readAllBytes(pictures.get(i)));
        member(
            tar,
            member.replace(".jpg", ".cls"),
            Integer.toString(i).getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  private static void member(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private void zip(String name, List<Path> pictures) throws IOException {
    try (OutputStream out = Files.newOutputStream(shards.resolve(name));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path picture : pictures) {
        zip.putNextEntry(new ZipEntry("set/" + picture.getFileName()));
        zip.write(Files.readAllBytes(picture));
        zip.closeEntry();
      }
    }
  }

  private Ended score(Path input, String output, String... more) {
    return CapturedTerminal.score(model, input.toString(), folder.resolve(output), more);
  }

  private Dataset<Row> read(String output) {
    return SparkFixture.spark().read().parquet(folder.resolve(output).toString());
  }

  private List<Row> scores(String output, org.apache.spark.sql.Column order) {
    return read(output)
        .orderBy(order)
        .select(
            "status", "label", "label_index", "score", "predictions", "width", "height", "bytes")
        .collectAsList();
  }
}
