package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.table.JsonLayout;
import io.labelmill.table.TableFiles.Nesting;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an input is, by its files' names. */
class InputsTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir private Path folder;

  @Test
  void autoTellsTablesFromImages() {
    text("pictures/labels.csv", "path", "/a.jpg");
    text("pictures/a.jpg", "not really");
    assertThat(find("pictures")).isInstanceOf(Input.Images.class);
    text("tables/_SUCCESS");
    text("tables/one.csv", "path", "/a.jpg");
    text("tables/two.CSV", "path", "/b.jpg");
    assertThat(files("tables").files().format()).isEqualTo(TableFormat.CSV);
    assertThat(files("tables").bytes()).hasValue(24);
    assertThat(files("tables/*.csv").files().paths())
        .containsExactly("file:" + folder + "/tables/*.csv");
    text("mixed/one.csv", "path", "/a.jpg");
    text("mixed/two.json", "{\"path\": \"/a.jpg\"}");
    assertThatThrownBy(() -> find("mixed"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The input "
                + folder
                + "/mixed holds tables of several formats (csv: 1, json: 1 files): name a glob of"
                + " one kind, or say how to read them all with --input-format.");
    text("under/_a.csv", "path", "/a.jpg");
    assertThatThrownBy(() -> find("under"))
        .hasMessage(
            "The table file file:"
                + folder
                + "/under/_a.csv begins with _, which Spark does not read: rename it.");
    text("delta/a.parquet", "not looked at");
    text("delta/_delta_log/0.json", "{}");
    assertThatThrownBy(() -> find("delta"))
        .hasMessage(
            "The input "
                + folder
                + "/delta is a Delta table, whose files are not all current: say --input-format"
                + " delta.");
  }

  @Test
  void archivesAreToldFromPicturesBesideThem() {
    text("shards/a.tar", "x");
    text("shards/_SUCCESS");
    text("shards/b.ZIP", "x");
    assertThat(find("shards")).isInstanceOf(Input.Archives.class);
    assertThat(find("shards/*.tar")).isInstanceOf(Input.Archives.class);
    text("odd/a.any", "x");
    assertThat(find("archives", "odd").get(0)).isInstanceOf(Input.Archives.class);
    assertThat(find("images", "shards").get(0)).isInstanceOf(Input.Images.class);
    text("shards/c.jpg", "x");
    assertThat(find("shards")).isInstanceOf(Input.Images.class);
    text("packed/a.tar.gz", "x");
    assertThat(find("packed")).isInstanceOf(Input.Images.class);
    for (String named : List.of("packed/a.tar.gz", "packed/*.gz")) {
      assertThatThrownBy(() -> find(named))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "The input "
                  + folder
                  + "/"
                  + named
                  + " is a compressed tar, in which no member can be read without all those before:"
                  + " decompress it first, which costs little room where pictures are in it.");
    }
  }

  @Test
  void picturesAndTablesTogetherAreRefused() {
    text("t.csv", "path", "/a.jpg");
    text("a.jpg", "x");
    assertThatThrownBy(() -> find("auto", "t.csv", "a.jpg"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The inputs are of two kinds, images ("
                + folder
                + "/a.jpg) and tables ("
                + folder
                + "/t.csv): run one after the other, or say which with --input-format.");
  }

  @Test
  void aFormatSaysHowFilesOfAnyNameAreRead() {
    text("t/one.txt", "path", "/a.jpg");
    assertThat(find("t")).isInstanceOf(Input.Images.class);
    for (TableFormat format : TableFormat.values()) {
      for (String name : format.names()) {
        assertThat(((Input.Files) find(name, "t").get(0)).files().format()).isEqualTo(format);
      }
    }
    assertThat(find("images", "t").get(0)).isInstanceOf(Input.Images.class);
    assertThat(find("azure", "t").get(0)).isInstanceOf(Input.Azure.class);
    assertThat(find("delta", "t").get(0)).isInstanceOf(Input.Other.class);
    assertThat(Inputs.find(List.of("table:a.b"), "auto", CONFIGURATION).get(0))
        .isEqualTo(new Input.Catalog("table:a.b"));
  }

  @Test
  void foldersArePartitionsOrNot() {
    text("p/day=1/one.csv", "path", "/1.jpg");
    assertThat(files("p").files().nesting()).isEqualTo(Nesting.PARTITIONS);
    text("p/x/one.csv", "path", "/1.jpg");
    assertThat(files("p").files().nesting()).isEqualTo(Nesting.FOLDERS);
  }

  @Test
  void jsonIsAValueALineOrOneDocument() {
    text("a.json", "", "  [", "{}]");
    text("b.json", "{}");
    assertThat(files("a.json").files().layout()).isEqualTo(JsonLayout.DOCUMENT);
    assertThat(files("b.json").files().layout()).isEqualTo(JsonLayout.LINES);
  }

  @Test
  void everythingThatIsMissingIsSaidAtOnce() {
    assertThatThrownBy(() -> Inputs.find(all("none", "no*ne", "no/*"), "auto", CONFIGURATION))
        .isInstanceOf(InputException.class)
        .satisfies(
            e ->
                assertThat(((InputException) e).problems())
                    .containsExactly(
                        "The input " + folder + "/none does not exist.",
                        "The input " + folder + "/no*ne has no files.",
                        "The input "
                            + folder
                            + "/no/* does not exist: there is no folder "
                            + folder
                            + "/no."));
  }

  private List<String> all(String... names) {
    return Stream.of(names).map(name -> folder + "/" + name).toList();
  }

  private List<Input> find(String format, String... names) {
    return Inputs.find(all(names), format, CONFIGURATION);
  }

  private Input find(String name) {
    return find("auto", name).get(0);
  }

  private Input.Files files(String name) {
    return (Input.Files) find(name);
  }

  private void text(String name, String... lines) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, Arrays.asList(lines), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
