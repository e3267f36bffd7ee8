package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Noise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code jobs/segment} and {@code jobs/evaluate}, everything in buckets. */
class SegmentOnS3IT {
  private static final Path MODEL = Reference.golden().resolve("segmentation-models/base-4");
  private static final Path MASK = MODEL.resolve("mask-pillow-transformers.png");
  private static Bucket store;

  @BeforeAll
  static void fill() throws Exception {
    SparkFixture.spark();
    store =
        LoopbackS3.shared()
            .bucket("masks")
            .configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
    store.putAll("model/", MODEL);
    store.put("images/a b#ä.png", Files.readAllBytes(Noise.FOLDER.resolve("picture.png")));
    store.put("truth/a b#ä.png", Files.readAllBytes(MASK));
  }

  @Test
  void masksInFilesAreWrittenAndReadAgain() throws Exception {
    writeAndReadAgain("files");
  }

  /** A column of a table like any other. */
  @Tag("stress")
  @Test
  void masksInAColumnAreWrittenAndReadAgain() throws Exception {
    writeAndReadAgain("column");
  }

  private static void writeAndReadAgain(String masks) throws Exception {
    String table = store.uri(masks + "/table");
    assertThat(segment(table, masks, "fail").err()).isEmpty();
    Row row = row(table);
    assertThat(row.<String>getAs("status")).isEqualTo("OK");
    byte[] png = masks.equals("column") ? row.getAs("mask") : store.get(key(row));
    byte[] expected = MaskPng.read(Files.readAllBytes(MASK), Long.MAX_VALUE).indices();
    assertThat(MaskPng.read(png, Long.MAX_VALUE).indices()).isEqualTo(expected);

    Ended evaluated =
        CapturedTerminal.run(
            "evaluate",
            "--problem-type",
            "segmentation",
            "--predictions",
            table,
            "--truth",
            store.uri("truth"),
            "--reduce-labels",
            "no",
            "--output",
            store.uri(masks + "/report"));
    assertThat(evaluated.err()).isEmpty();
    assertThat(evaluated.out()).contains("miou ", "1.000000");
    assertThat(
            new String(
                store.get(masks + "/report/report.html"), java.nio.charset.StandardCharsets.UTF_8))
        .contains("\"name\":\"predicted\"");
  }

  @Test
  void overwritingRemovesReplacedMasks() {
    String table = store.uri("replaced/table");
    assertThat(segment(table, "files", "fail").err()).isEmpty();
    String before = key(row(table));
    assertThat(store.keys()).contains(before);
    assertThat(segment(table, "files", "overwrite").err()).isEmpty();
    assertThat(store.keys()).contains(key(row(table))).doesNotContain(before);
  }

  private static Row row(String table) {
    List<Row> rows = SparkFixture.spark().read().parquet(table).collectAsList();
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  private static String key(Row row) {
    String file = row.getAs("mask_file");
    assertThat(file).startsWith(store.uri("")).contains("/_labelmill/masks/");
    return file.substring(store.uri("").length());
  }

  private static Ended segment(String table, String masks, String ifExists) {
    return CapturedTerminal.run(
        "segment",
        "--model",
        store.uri("model"),
        "--input",
        store.uri("images"),
        "--output",
        table,
        "--masks",
        masks,
        "--if-exists",
        ifExists,
        "--resize-backend",
        "pillow");
  }
}
