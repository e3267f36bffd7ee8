package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        "The data: URI is not base64: data:image/svg+xml,...");
    assertFails(
        inline(new byte[1_001], null),
        Status.TOO_LARGE,
        "The content has 1001 bytes, more than the 1000 that are read.");
  }

  @Test
  void aTableMayNameFilesAsUrisAreEscaped() throws Exception {
    Path file = file("a b\u00fc.jpg", "content");
    Path literal = file("a%20b.jpg", "literal");
    assertThat(text(reader.read(ofTable(folder + "/a%20b%C3%BC.jpg", null), byte[]::new)))
        .isEqualTo("content");
    assertThat(text(reader.read(ofTable(literal.toString(), null), byte[]::new)))
        .as("a name that is there is taken as it is")
        .isEqualTo("literal");
    assertFails(
        ofTable("file:/none/x%20y.jpg", null),
        Status.NOT_FOUND,
        "There is no file file:/none/x%20y.jpg (File file:/none/x%20y.jpg does not exist)");
    assertThat(file).exists();
  }

  /** macOS takes accents apart, and most else composes them: tables come from either. */
  @Test
  void aTableMayEncodeAccentsOtherwise() throws Exception {
    String composed = "caf\u00e9.jpg";
    String apart = "cafe\u0301.jpg";
    file("c-" + composed, "composed");
    file("a-" + apart, "apart");
    assertThat(text(reader.read(ofTable(folder + "/c-" + apart, null), byte[]::new)))
        .isEqualTo("composed");
    assertThat(text(reader.read(ofTable(folder + "/a-" + composed, null), byte[]::new)))
        .isEqualTo("apart");
    assertThat(text(reader.read(ofTable(folder + "/a-caf%C3%A9.jpg", null), byte[]::new)))
        .as("escaped, too")
        .isEqualTo("apart");
    file("a-" + composed, "both");
    assertThat(text(reader.read(ofTable(folder + "/a-" + composed, null), byte[]::new)))
        .as("a name that is there is taken as it is")
        .isEqualTo("both");
    assertFails(
        ofTable("file:/none/" + composed, null),
        Status.NOT_FOUND,
        "There is no file file:/none/%1$s (File file:/none/%1$s does not exist)"
            .formatted(composed));
  }

  @Test
  void anArchivedObjectSaysSo() {
    for (String name : List.of("archived", "blob")) {
      assertFails(
          ofTable("failing://x/" + name, null),
          Status.ARCHIVED,
          "It is archived: restore it first: failing://x/" + name);
    }
    assertThat(Status.ARCHIVED.isTransient()).as("a resume does not ask again").isFalse();
  }

  @Test
  void whatAServerSaysIsNotRepeated() {
    assertFails(
        ofTable("failing://x/rpc", null),
        Status.READ_FAILED,
        "Reading failed: failing://x/rpc (IOException)");
    assertFails(
        ofTable("failing://x/status", null),
        Status.READ_FAILED,
        "Reading failed: failing://x/status (status 418)");
  }

  /** A host that a table names, which speaks another protocol and says something in it. */
  @Test
  @Timeout(60)
  void aServerThatIsNoStoreTellsNothingToTheRow() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread server =
          new Thread(
              () -> {
                try {
                  while (true) {
                    try (Socket one = socket.accept()) {
                      one.getOutputStream()
                          .write("HTTP/1.0 200 OK s3cr3t\n".getBytes(StandardCharsets.UTF_8));
                      one.getOutputStream().flush();
                      one.getInputStream().readNBytes(20);
                    }
                  }
                } catch (IOException e) {
                  // The test is over.
                }
              });
      server.setDaemon(true);
      server.start();
      Configuration impatient = new Configuration(configuration);
      impatient.setInt("ipc.client.connect.max.retries", 0);
      ImageReader asking = new ImageReader(impatient);
      String uri = "hdfs://127.0.0.1:" + socket.getLocalPort() + "/a.jpg";
      assertThatThrownBy(() -> asking.read(ofTable(uri, null), byte[]::new))
          .isInstanceOf(ImageException.class)
          .message()
          .startsWith("Reading failed: " + uri + " (")
          // The first four letters as a number, which Hadoop would name.
          .doesNotContain("s3cr3t", "HTTP", "1213486160");
    }
  }

  @Test
  void ofAnAddressNoLetterOfItsContentIsShown() {
    String uri = "http://h/a";
    Row fetched = RowFactory.create(uri, uri, null, null, null, null, null);
    for (String sentence :
        List.of(
            "The content is JSON text ('{\"error\": \"s3cr3t\"}').",
            "The content is text ('s3cr3t; (of\ntype 's3')...').",
            "The content is a RIFF file of type 's3cr'.",
            "The content is an MP4 file (brand 's3cr').",
            "The content is of no known format; it begins with the bytes 73 33.")) {
      ImageException failure = new ImageException(Status.NOT_AN_IMAGE, sentence);
      assertThat(ImageReader.shown(fetched, failure))
          .message()
          .startsWith("The content is ")
          .endsWith(".")
          .doesNotContain("s3", "73");
      assertThat(ImageReader.shown(ofTable("/a", null), failure)).isSameAs(failure);
    }
    ImageException plain =
        new ImageException(Status.NOT_AN_IMAGE, "The content is a PDF document.");
    assertThat(ImageReader.shown(fetched, plain)).hasMessage("The content is a PDF document.");
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
        case "archived" ->
            (IOException)
                new java.nio.file.AccessDeniedException("open it")
                    .initCause(new IOException("The operation (Service: S3): InvalidObjectState"));
        case "blob" -> new IOException("Operation failed: BlobArchived");
        case "rpc" ->
            new IOException(
                "Failed: s3cr3t", new org.apache.hadoop.ipc.RemoteException("x", "s3cr3t"));
        case "status" ->
            new IOException(
                "Failed: s3cr3t",
                new org.apache.hadoop.ipc.RemoteException("x", "s3cr3t (Status Code: 418)"));
        default -> new IOException("reset, see http://u:p@x/y?k=v");
      };
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize) {
      throw new IllegalStateException("no status was asked for");
    }
  }
}
