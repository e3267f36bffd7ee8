package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.option.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/**
 * What a run that resumes plans of tables: images that the output lacks, by path, version and
 * count.
 */
class ResumeIT extends ResumedPlans {
  @Test
  void pathsOfTablesAreSubtractedByCount() {
    table(
        "path string, n int",
        row("/x/a.jpg", 1),
        row("s3://b/k.jpg", 2),
        row("/x/a.jpg", 3),
        row(null, 4),
        row(null, 5),
        row("/x/b.jpg", 6),
        row("/x/a.jpg", 7));
    done("file:/x/a.jpg", "9-9", "OK", 1);
    done("/x/a.jpg", "9-9", "OK", 1);
    done("s3a://b/k.jpg", "1-1", "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    assertThat(kept(tableOptions("n"))).containsExactly(5, 6, 7);
    assertThat(kept(tableOptions("n").with(SourceOptions.LIMIT, OptionalLong.of(5))))
        .containsExactly(5);
  }

  @Test
  void changedPathsOfTablesAreFoundByTheirStatusWhenAskedFor() throws IOException {
    table(
        "path string, n int",
        row(folder + "/same.jpg", 1),
        row(folder + "/changed.jpg", 2),
        row(folder + "/new.jpg", 3),
        row(folder + "/gone.jpg", 4),
        row(null, 5));
    done(folder + "/same.jpg", image("same.jpg"), "OK", 1);
    done(folder + "/changed.jpg", "1-1", "OK", 1);
    String version = image("changed.jpg");
    done(folder + "/gone.jpg", "1-1", "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    assertThat(kept(tableOptions("n"))).containsExactly(3);
    assertThat(kept(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))))
        .containsExactly(2, 3, 4);
    Row changed =
        rows(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))).get(0);
    assertThat(changed.get(PlanColumns.LENGTH) + "-" + changed.get(PlanColumns.MODIFICATION_TIME))
        .as("so that it is opened without asking again")
        .isEqualTo(version);
  }

  @Test
  void theUserIsToldWhetherContentIsCompared() {
    image("a.jpg");
    table("path string, image binary, n int, rev int", row("/x/a.jpg", null, 1, 7));
    assertThat(comparison(listing())).endsWith("length and modification time in the listing");
    assertThat(comparison(tableOptions("n")))
        .isEqualTo(
            "Images that the table has are done, whatever became of their content since: --changed"
                + " check compares it");
    assertThat(
            comparison(tableOptions("n").with(SourceOptions.CHANGED, Optional.of(Changed.CHECK))))
        .isEqualTo(
            "Images that the table has are scored again where their content changed, told by"
                + " length and modification time, which takes a request for each");
    assertThat(comparison(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .endsWith("told by the column rev");
    assertThat(
            comparison(tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"))))
        .endsWith("told by its hash");
  }

  private String comparison(Settings options) {
    try (ImageSource source =
        ImageSource.open(spark, options.as(SourceOptions::read), Set.of("path"))) {
      return source.comparison();
    }
  }

  @Test
  void aVersionColumnTellsChangesForNothing() {
    table("path string, n int, rev int", row("/x/a.jpg", 1, 7), row("/x/b.jpg", 2, 8));
    done("/x/a.jpg", "7", "OK", 1);
    done("/x/b.jpg", "7", "OK", 1);
    assertThat(kept(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .containsExactly(2);
    assertThat(
            kept(
                tableOptions("n")
                    .with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))
                    .with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .isEmpty();
  }

  @Test
  void contentsAreSubtractedByPathAndHash() {
    table(
        "path string, image binary, n int",
        row("a", "one".getBytes(StandardCharsets.UTF_8), 1),
        row("a", "one".getBytes(StandardCharsets.UTF_8), 2),
        row("b", "two".getBytes(StandardCharsets.UTF_8), 3),
        row("c", null, 4));
    done("a", sha256("one"), "OK", 1);
    done("b", sha256("one"), "OK", 1);
    done("c", null, "INVALID_INPUT", 1);
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    assertThat(kept(options)).containsExactly(2, 3);
    options = options.with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE));
    assertThat(kept(options)).containsExactly(2);
    done("a", sha256("one"), "OK", 2);
    assertThat(kept(options)).isEmpty();
  }

  @Test
  void contentsWithoutPathsAreSubtractedByHashAlone() {
    String one = Base64.getEncoder().encodeToString("one".getBytes(StandardCharsets.UTF_8));
    table(
        "image string, n int",
        row(one, 1),
        row("data:image/png;base64," + one, 2),
        row("no base64!", 3),
        row("dHdv", 4));
    done(null, sha256("one"), "OK", 1);
    done(null, null, "INVALID_INPUT", 1);
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    assertThat(kept(options)).containsExactly(2, 4);
    assertThat(kept(options.with(SourceOptions.LIMIT, OptionalLong.of(2)))).containsExactly(2);
  }

  @Test
  void contentsOfRowsThatLackAPathAreToldApartByHash() {
    byte[] one = "one".getBytes(StandardCharsets.UTF_8);
    byte[] two = "two".getBytes(StandardCharsets.UTF_8);
    byte[] three = "three".getBytes(StandardCharsets.UTF_8);
    table(
        "path string, image binary, n int",
        row(null, one, 1),
        row(null, two, 2),
        row(null, two, 3),
        row(null, three, 4),
        row("a", three, 5),
        row(null, null, 6));
    Settings options = tableOptions("n").with(SourceOptions.CONTENT_COLUMN, Optional.of("image"));
    done(null, sha256("one"), "OK", 1);
    done(null, sha256("two"), "OK", 1);
    assertThat(kept(options)).containsExactly(3, 4, 5, 6);
    options = options.with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE));
    assertThat(kept(options)).containsExactly(3, 4, 5, 6);
    done(null, sha256("two"), "OK", 2);
    done(null, sha256("three"), "OK", 2);
    done("a", sha256("three"), "OK", 2);
    done(null, null, "INVALID_INPUT", 2);
    assertThat(kept(options)).isEmpty();
    assertThat(kept(options.with(SourceOptions.CHANGED, Optional.of(Changed.CHECK)))).isEmpty();
  }

  @Test
  void nullPathsAreToldApartByTheVersionColumn() {
    table("path string, n int, rev int", row(null, 1, 7), row(null, 2, 8), row(null, 3, null));
    done(null, "7", "INVALID_INPUT", 1);
    done(null, "9", "INVALID_INPUT", 2);
    assertThat(kept(tableOptions("n").with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
        .containsExactly(2, 3);
    assertThat(
            kept(
                tableOptions("n")
                    .with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))
                    .with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .containsExactly(2, 3);
  }

  private static String sha256(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
