package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageReaderTest {
  private final Configuration configuration = configuration();
  private final ImageReader reader =
      new ImageReader(configuration, 1_000, HttpImages.Patience.OF_USERS);

  @TempDir private Path folder;

  @Test
  void aListedFileIsReadWholeWithTheVersionOfItsListing() throws Exception {
    Path file = file("a b%20#+ü.jpg", "content");
    EncodedImage image = reader.read(listed(file, 7, 1234), byte[]::new);
    assertThat(text(image)).isEqualTo("content");
    assertThat(image.contentVersion()).isEqualTo("7-1234");
  }

  @Test
  void aPathOfATableHasTheVersionOfItsStatus() throws Exception {
    Path file = file("a.jpg", "content");
    EncodedImage image = reader.read(ofTable(file.toString(), null), byte[]::new);
    assertThat(text(image)).isEqualTo("content");
    assertThat(image.contentVersion()).isEqualTo("7-" + Files.getLastModifiedTime(file).toMillis());
    assertThat(reader.read(ofTable(file.toString(), "v3"), byte[]::new).contentVersion())
        .isEqualTo("v3");
  }

  @Test
  void failuresHaveTheirStatusAndName() throws IOException {
    Path file = file("a.jpg", "content");
    assertFails(
        ofTable("file:/none/x.jpg", null),
        Status.NOT_FOUND,
        "There is no file file:/none/x.jpg (File file:/none/x.jpg does not exist)");
    assertFails(
        ofTable(folder.toString(), null), Status.INVALID_INPUT, "The path is a folder: " + folder);
    assertFails(
        ofTable("nowhere://x/a.jpg", null),
        Status.INVALID_INPUT,
        "No file system reads nowhere://x/a.jpg (No FileSystem for scheme \"nowhere\")");
    assertFails(
        listed(file, 9, 1),
        Status.READ_FAILED,
        "Reading failed: file:" + file + " (it ended after 7 of 9 bytes)");
    assertFails(
        listed(file, 5, 1),
        Status.READ_FAILED,
        "Reading failed: file:"
            + file
            + " (it is longer than the 5 bytes it had: it changed meanwhile)");
    assertFails(
        listed(file, 1_001, 1),
        Status.TOO_LARGE,
        "The file file:" + file + " has 1001 bytes, more than the 1000 that are read.");
    assertFails(
        ofTable("failing://user:secret@x/denied?sig=secret", null),
        Status.ACCESS_DENIED,
        "Access is denied to failing://x/denied (no way)");
    assertFails(
        ofTable("failing://x/gone", null),
        Status.NOT_FOUND,
        "There is no file failing://x/gone (gone)");
    assertFails(
        ofTable("failing://x/other", null),
        Status.READ_FAILED,
        "Reading failed: failing://x/other (reset, see http://x/y)");
  }

  @Test
  void aProblemOfThePlanIsInvalidInput() {
    assertFails(
        RowFactory.create(null, null, "The path is null.", null, null, null, null),
        Status.INVALID_INPUT,
        "The path is null.");
  }

  @Test
  void contentIsBytesBase64OrDataUri() throws Exception {
    byte[] bytes = {-1, 0, 5, 127};
    String base64 = Base64.getEncoder().encodeToString(bytes);
    String sha256 = "fa4b7ad0c43d7ce4ee1ed41c3ed2ccaae0d8acf4f02f92ad6f9d1d5c0b9b4e6f";
    for (Object content :
        new Object[] {
          bytes,
          base64,
          " " + base64.substring(0, 3) + "\r\n" + base64.substring(3),
          "data:image/png;base64," + base64,
          "DATA:;BASE64," + base64,
          Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
        }) {
      EncodedImage image = reader.read(inline(content, null), byte[]::new);
      assertThat(Arrays.copyOf(image.bytes(), image.length())).isEqualTo(bytes);
      assertThat(image.contentVersion()).hasSize(sha256.length()).matches("[0-9a-f]+");
    }
    assertThat(reader.read(inline(new byte[0], null), byte[]::new).contentVersion())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(reader.read(inline(bytes, "v1"), byte[]::new).contentVersion()).isEqualTo("v1");
  }

  @Test
  void badContentIsInvalidInput() {
    assertFails(inline(null, null), Status.INVALID_INPUT, "The content is null.");
    assertFails(inline(" ", null), Status.INVALID_INPUT, "The content is empty.");
    assertFails(
        inline("n/ot base64!", null),
        Status.INVALID_INPUT,
        "The content is not base64 (Illegal base64 character 21): n/ot base64!");
    assertFails(
        inline("data:image/png;base64", null),
        Status.INVALID_INPUT,
        "The data: URI has no comma: data:image/png;base64");
    assertFails(
        inline("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", null),
        Status.INVALID_INPUT,
        "The data: URI is not base64: data:image/svg+xml,<svg xmlns='http://ww...");
    assertFails(
        inline(new byte[1_001], null),
        Status.TOO_LARGE,
        "The content has 1001 bytes, more than the 1000 that are read.");
  }

  private void assertFails(Row row, Status status, String sentence) {
    assertThatThrownBy(() -> reader.read(row, byte[]::new))
        .isInstanceOf(ImageException.class)
        .hasMessage(sentence)
        .satisfies(e -> assertThat(((ImageException) e).status()).isEqualTo(status));
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static String text(EncodedImage image) {
    return new String(image.bytes(), 0, image.length(), StandardCharsets.UTF_8);
  }

  private static Row listed(Path file, long length, long modificationTime) {
    return RowFactory.create(
        "file:" + file, "file:" + file, null, length, modificationTime, null, null);
  }

  private static Row ofTable(String path, String version) {
    return RowFactory.create(path, path, null, null, null, version, null);
  }

  private static Row inline(Object content, String version) {
    return RowFactory.create(null, null, null, null, null, version, content);
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.failing.impl", FailingFileSystem.class, RawLocalFileSystem.class);
    return configuration;
  }

  /** Fails in the way that the path's name says. */
  public static final class FailingFileSystem extends RawLocalFileSystem {
    @Override
    public java.net.URI getUri() {
      return java.net.URI.create("failing://x");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public org.apache.hadoop.fs.FileStatus getFileStatus(org.apache.hadoop.fs.Path path)
        throws IOException {
      throw switch (path.getName().replaceFirst("\\?.*", "")) {
        case "denied" -> new AccessControlException("no way");
        case "gone" -> new FileNotFoundException("gone");
        default -> new IOException("reset, see http://u:p@x/y?k=v");
      };
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) {
      throw new IllegalStateException("no status was asked for");
    }
  }
}
