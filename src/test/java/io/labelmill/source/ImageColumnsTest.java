package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.option.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
                        .with(SourceOptions.KEEP, List.of("width", "Score", "none", "n", "N"))
                        .with(SourceOptions.VERSION_COLUMN, Optional.of("rev"))))
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
                            + " width, Score: rename those in the input, leave them out of --keep,"
                            + " or give the output's own another beginning with"
                            + " --column-prefix."));
    assertThatThrownBy(
            () -> columns(schema, options().with(SourceOptions.PATH_COLUMN, Optional.of("n"))))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The column n of /t, which --path-column names, is of type bigint; it must be string.");
    assertThatThrownBy(
            () -> columns(schema, options().with(SourceOptions.CONTENT_COLUMN, Optional.of("n"))))
        .hasMessage(
            "The column n of /t, which --content-column names, is of type bigint; it must be binary"
                + " or string, a struct of bytes and path, or one of Spark's images.");
  }

  @Test
  void keptColumnsOfAnyTypeComeInTheOrderNamed() {
    ImageColumns found =
        columns(
            "path string, meta struct<a: int, b: array<string>>, `odd.name` double, raw binary",
            options().with(SourceOptions.KEEP, List.of("odd.name", "META", "raw")));
    assertThat(found.path()).hasToString("path");
    assertThat(found.content()).isNull();
    assertThat(found.kept())
        .isEqualTo(
            StructType.fromDDL(
                "`odd.name` double, meta struct<a: int, b: array<string>>, raw binary"));
    assertThat(
            columns(
                    "path string not null, x int not null",
                    options().with(SourceOptions.KEEP, List.of("*")))
                .kept())
        .isEqualTo(StructType.fromDDL("x int"));
  }

  @Test
  void contentsMayHaveAPathAndAVersion() {
    ImageColumns found =
        columns(
            "image_url string, jpeg string, rev bigint",
            options()
                .with(SourceOptions.CONTENT_COLUMN, Optional.of("JPEG"))
                .with(SourceOptions.VERSION_COLUMN, Optional.of("rev")));
    assertThat(found.path()).hasToString("image_url");
    assertThat(found.content().column()).hasToString("jpeg");
    assertThat(found.contentType()).isEqualTo(DataTypes.StringType);
    assertThat(found.version()).hasToString("rev");
    assertThat(
            columns(
                    "path int, jpeg binary",
                    options().with(SourceOptions.CONTENT_COLUMN, Optional.of("jpeg")))
                .path())
        .isNull();
  }

  private static final String EMBEDDED = "image struct<bytes: binary, path: string>";
  private static final String PIXELS =
      "image struct<origin: string, height: int, width: int, nChannels: int, mode: int, data:"
          + " binary>";

  @Test
  void aStructOfBytesAndPathHoldsAnImageOrNamesIt() {
    for (Settings options :
        List.of(options(), options().with(SourceOptions.CONTENT_COLUMN, Optional.of("image")))) {
      ImageColumns found =
          columns(EMBEDDED + ", label bigint", options.with(SourceOptions.KEEP, List.of("*")));
      assertThat(found.content().form()).isEqualTo(ContentColumn.Form.EMBEDDED);
      assertThat(found.path()).hasToString("image.path");
      assertThat(found.file()).hasToString("image.path");
      assertThat(found.contentType()).isEqualTo(DataTypes.BinaryType);
      assertThat(found.kept()).isEqualTo(StructType.fromDDL("label bigint"));
      assertThat(found.read()).containsExactly("image", "label");
      assertThat(found.withoutContent().content()).isNull();
      assertThat(found.withoutContent().file()).hasToString("image.path");
    }
    ImageColumns named =
        columns(
            EMBEDDED + ", id string",
            options()
                .with(SourceOptions.CONTENT_COLUMN, Optional.of("IMAGE"))
                .with(SourceOptions.PATH_COLUMN, Optional.of("id")));
    assertThat(named.path()).hasToString("id");
    assertThat(named.file()).hasToString("image.path");
    ImageColumns text = columns("image struct<bytes: string, path: string>", options());
    assertThat(text.contentType()).as("as JSON has it").isEqualTo(DataTypes.StringType);
    ImageColumns bytes =
        columns(
            "a struct<bytes: binary>",
            options().with(SourceOptions.CONTENT_COLUMN, Optional.of("a")));
    assertThat(bytes.file()).isNull();
  }

  @Test
  void theOneColumnOfImagesIsFound() {
    assertThat(columns(PIXELS, options()).content().form()).isEqualTo(ContentColumn.Form.PIXELS);
    assertThat(columns(PIXELS, options()).path()).hasToString("image.origin");
    ImageColumns files =
        columns(
            "path string, modificationTime timestamp, length bigint, content binary", options());
    assertThat(files.content().column()).hasToString("content");
    assertThat(files.path()).hasToString("path");
    assertThat(files.file()).isNull();
    assertThat(columns("id int, jpeg binary", options()).content().column()).hasToString("jpeg");
    assertThat(columns("path string, thumbnail binary", options()).content())
        .as("a column of paths goes before bytes that may be anything")
        .isNull();
    assertThat(columns(EMBEDDED + ", path string", options()).path()).hasToString("path");
    assertThat(
            columns(
                    EMBEDDED + ", url string",
                    options().with(SourceOptions.PATH_COLUMN, Optional.of("url")))
                .content())
        .as("what is said goes before what is found")
        .isNull();
    assertThatThrownBy(
            () -> columns(EMBEDDED + ", mask struct<bytes: binary, path: string>", options()))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The table /t has several columns of images, image, mask: name one with"
                + " --content-column.");
    assertThatThrownBy(() -> columns("a binary, b binary", options()))
        .hasMessageContaining("has no column path or image_url");
  }

  @Test
  void dotsNameFieldsWithinColumns() {
    ImageColumns found =
        columns(
            "doc struct<image: struct<bytes: binary, path: string>, rev: int>, meta struct<shelf:"
                + " int, uri: string>",
            options()
                .with(SourceOptions.CONTENT_COLUMN, Optional.of("doc.image"))
                .with(SourceOptions.VERSION_COLUMN, Optional.of("DOC.rev"))
                .with(SourceOptions.KEEP, List.of("meta.shelf")));
    assertThat(found.content().column()).hasToString("doc.image");
    assertThat(found.version()).hasToString("doc.rev");
    assertThat(found.kept()).isEqualTo(StructType.fromDDL("shelf int"));
    assertThat(found.read()).containsExactly("doc", "meta");
    assertThat(
            columns(
                    "meta struct<uri: string>",
                    options().with(SourceOptions.PATH_COLUMN, Optional.of("meta.uri")))
                .path())
        .hasToString("meta.uri");
    assertThatThrownBy(
            () ->
                columns(
                    "path string, a struct<n: int>, b struct<n: int>",
                    options().with(SourceOptions.KEEP, List.of("a.n", "b.n", "a.none"))))
        .isInstanceOf(InputException.class)
        .satisfies(
            e ->
                assertThat(((InputException) e).problems())
                    .containsExactly(
                        "The table /t has no column a.none, which --keep names; it has path, a, b.",
                        "--keep names the column n twice."));
  }

  @Test
  void hostsAreOfUseWhereAPathMayBeRead() {
    AllowedHosts hosts = AllowedHosts.of(List.of("a.example"));
    assertThat(
            columns(
                    EMBEDDED,
                    options()
                        .with(SourceOptions.CONTENT_COLUMN, Optional.of("image"))
                        .with(SourceOptions.ALLOW_HOSTS, hosts))
                .file())
        .isNotNull();
    assertThatThrownBy(
            () ->
                columns(
                    "jpeg binary",
                    options()
                        .with(SourceOptions.CONTENT_COLUMN, Optional.of("jpeg"))
                        .with(SourceOptions.ALLOW_HOSTS, hosts)))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--allow-hosts changes nothing with --content-column, whose images are in the table:"
                + " leave one of them out.");
  }

  @Test
  void aColumnThatSparkHasNoTypeForIsNamed() {
    TableNotes notes =
        new TableNotes(List.of(), Map.of("taken", "INT64 (TIMESTAMP(NANOS,false))"), Map.of());
    StructType schema = StructType.fromDDL("path string");
    assertThat(ImageColumns.of(schema, notes, options().as(SourceOptions::read), RESERVED).path())
        .isNotNull();
    assertThatThrownBy(
            () ->
                ImageColumns.of(
                    schema,
                    notes,
                    options().with(SourceOptions.KEEP, List.of("taken")).as(SourceOptions::read),
                    RESERVED))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The column taken of /t, which --keep names, is of a type that Spark does not read,"
                + " INT64 (TIMESTAMP(NANOS,false)): leave it out, or write the table with another"
                + " type.");
  }

  private static Settings options() {
    return new Settings().with(SourceOptions.INPUT, List.of("/t"));
  }

  private static ImageColumns columns(String ddl, Settings options) {
    return ImageColumns.of(StructType.fromDDL(ddl), options.as(SourceOptions::read), RESERVED);
  }
}
