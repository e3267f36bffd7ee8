package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is an image of a folder or glob, and in which order. */
class ListingIT {
  private final SparkSession spark = SparkFixture.spark();

  @TempDir private Path folder;
  @TempDir private Path runFolder;

  @Test
  void everyFileIsARowButHiddenOnesAndOurOwn() throws IOException {
    List<String> images =
        List.of(
            "_DSC0001.JPG",
            "a b.jpg",
            "hash#tag.jpg",
            "percent%20.jpg",
            "plus+plus.jpg",
            "question?.jpg",
            "sub/_under/deep.png",
            "tränen-画像.webp");
    images.forEach(this::file);
    for (String other :
        List.of(
            ".hidden.jpg",
            ".cache/x.jpg",
            "_labelmill/run-1.json",
            "_temporary/0/x.jpg",
            "_delta_log/0.json",
            "sub/__magic_job-1/x.jpg")) {
      file(other);
    }
    assertThat(names(plan(SourceOptions.of(folder.toString())))).containsExactlyElementsOf(images);
  }

  @Test
  void rowsCarryUnescapedPathAndStatus() throws IOException {
    file("a b%20#.jpg");
    Path file = folder.resolve("a b%20#.jpg");
    Row row = rows(plan(SourceOptions.of(folder.toString()))).get(0);
    assertThat(row.getString(PlanColumns.PATH)).isEqualTo("file:" + file);
    assertThat(row.getString(PlanColumns.LOCATION)).isEqualTo("file:" + file);
    assertThat(row.isNullAt(PlanColumns.PROBLEM)).isTrue();
    assertThat(row.getLong(PlanColumns.LENGTH)).isEqualTo(Files.size(file));
    assertThat(row.getLong(PlanColumns.MODIFICATION_TIME))
        .isEqualTo(Files.getLastModifiedTime(file).toMillis());
  }

  @Test
  void wavesCoverThePlanInOrderWithTasksOfTheSizeAskedFor() {
    for (int i = 0; i < 25; i++) {
      file("skewed/%03d.jpg".formatted(i));
    }
    file("a/x.jpg");
    file("z/x.jpg");
    Plan plan = plan(SourceOptions.of(folder.toString()));
    assertThat(plan.rows()).isEqualTo(27);
    assertThat(plan.bytes()).hasValue(27L * "content".length());
    List<String> seen = new ArrayList<>();
    Wave first = plan.wave(0, 10, 3);
    assertThat(first.tasks()).isEqualTo(4);
    List<Integer> sizes = new ArrayList<>();
    for (List<Row> partition : first.images().javaRDD().glom().collect()) {
      sizes.add(partition.size());
      partition.forEach(row -> seen.add(row.getString(0)));
    }
    assertThat(sizes).containsExactly(3, 3, 3, 1);
    for (Wave wave = plan.wave(first.end(), 100, 4); ; ) {
      assertThat(wave.rows()).isEqualTo(17);
      wave.images().collectAsList().forEach(row -> seen.add(row.getString(0)));
      break;
    }
    assertThat(seen).hasSize(27).isSorted().doesNotHaveDuplicates();
    assertThat(plan.paths(3)).isEqualTo(seen.subList(0, 3));
  }

  private void file(String name) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, "content".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Plan plan(SourceOptions options) {
    try (ImageSource source = ImageSource.open(spark, options, Set.of("path", "status"))) {
      return source.plan(new org.apache.hadoop.fs.Path(runFolder.toString(), "run"));
    }
  }

  private static List<Row> rows(Plan plan) {
    List<Row> rows = new ArrayList<>();
    for (long first = 0; first < plan.rows(); ) {
      Wave wave = plan.wave(first, 1_000, 4);
      rows.addAll(wave.images().collectAsList());
      first = wave.end();
    }
    return rows;
  }

  private List<String> names(Plan plan) {
    return rows(plan).stream()
        .map(row -> row.getString(0).substring(("file:" + folder + "/").length()))
        .toList();
  }
}
