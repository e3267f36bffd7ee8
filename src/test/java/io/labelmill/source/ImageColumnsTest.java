package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ImageColumnsTest {
  private static final Set<String> RESERVED = Set.of("path", "status", "score", "width");

  @Test
  void everyProblemWithColumnsIsSaidAtOnce() {
    String schema = "uri string, width int, Score float, n bigint";
    assertThatThrownBy(
            () ->
                columns(
                    schema,
                    options()
                        .keep(List.of("width", "Score", "none", "n", "N"))
                        .versionColumn("rev")))
        .isInstanceOf(InputException.class)
        .satisfies(
            e ->
                assertThat(((InputException) e).problems())
                    .containsExactly(
                        "The table /t has no column path or image_url: name one of its columns (uri,"
                            + " width, Score, n) with --path-column.",
                        "The table /t has no column rev, which --version-column names; it has uri,"
                            + " width, Score, n.",
                        "The table /t has no column none, which --keep names; it has uri, width,"
                            + " Score, n.",
                        "--keep names the column n twice.",
                        "The output has columns of its own with the names of the kept columns"
                            + " width, Score: rename those in the input, or leave them out of"
                            + " --keep."));
    assertThatThrownBy(() -> columns(schema, options().pathColumn("n")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The column n of /t, which --path-column names, is of type bigint; it must be string.");
    assertThatThrownBy(() -> columns(schema, options().contentColumn("n")))
        .hasMessage(
            "The column n of /t, which --content-column names, is of type bigint; it must be binary"
                + " or string.");
  }

  @Test
  void keptColumnsOfAnyTypeComeInTheOrderNamed() {
    ImageColumns found =
        columns(
            "path string, meta struct<a: int, b: array<string>>, `odd.name` double, raw binary",
            options().keep(List.of("odd.name", "META", "raw")));
    assertThat(found.path()).isEqualTo("path");
    assertThat(found.content()).isNull();
    assertThat(found.kept())
        .isEqualTo(
            StructType.fromDDL(
                "`odd.name` double, meta struct<a: int, b: array<string>>, raw binary"));
    assertThat(columns("path string not null, x int not null", options().keep(List.of("*"))).kept())
        .isEqualTo(StructType.fromDDL("x int"));
  }

  @Test
  void contentsMayHaveAPathAndAVersion() {
    ImageColumns found =
        columns(
            "image_url string, jpeg string, rev bigint",
            options().contentColumn("JPEG").versionColumn("rev"));
    assertThat(found.path()).isEqualTo("image_url");
    assertThat(found.content()).isEqualTo("jpeg");
    assertThat(found.contentType()).isEqualTo(DataTypes.StringType);
    assertThat(found.version()).isEqualTo("rev");
    assertThat(columns("path int, jpeg binary", options().contentColumn("jpeg")).path()).isNull();
  }

  private static SourceOptions.Builder options() {
    return SourceOptions.builder(List.of("/t"));
  }

  private static ImageColumns columns(String ddl, SourceOptions.Builder options) {
    return ImageColumns.of(StructType.fromDDL(ddl), options.build(), RESERVED);
  }
}
