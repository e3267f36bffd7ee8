package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskFolderTest {
  private final Configuration configuration = new Configuration();
  @TempDir Path folder;

  @Test
  void masksLieBelowTheirRunWhateverTheirImagesAreCalled() throws IOException {
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-1");
    for (String image :
        List.of(
            "s3://b/a b/é.jpg",
            "../../up.png",
            "..",
            "/",
            "x".repeat(400) + ".jpg",
            "a\\..\\b\u0000:*?.jpg")) {
      Path file = path(masks.write(image, "v", new byte[] {1, 2}, configuration));
      assertThat(file.getParent().getParent()).isEqualTo(folder.resolve("masks/run-1"));
      assertThat(file.getFileName().toString()).matches("[A-Za-z0-9_-][A-Za-z0-9._-]{20,104}");
      assertThat(file).hasBinaryContent(new byte[] {1, 2});
    }
  }

  @Test
  void anotherTryAtAnImageLeavesItsMask() throws IOException {
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-1");
    String first = masks.write("a/x.jpg", "v", new byte[] {1}, configuration);
    Object written = Files.readAttributes(path(first), BasicFileAttributes.class).fileKey();
    assertThat(masks.write("a/x.jpg", "v", new byte[] {1}, configuration)).isEqualTo(first);
    assertThat(path(first)).hasBinaryContent(new byte[] {1});
    assertThat(Files.readAttributes(path(first), BasicFileAttributes.class).fileKey())
        .isEqualTo(written);
    assertThat(masks.write("b/x.jpg", "v", new byte[] {1}, configuration)).isNotEqualTo(first);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".new"))).isEmpty();
    }
  }

  /** As on HDFS, where a rename replaces nothing: whichever try comes first, its file stays. */
  @Test
  void ofTwoTriesAtOnceTheMaskOfTheFirstStays() throws IOException {
    configuration.setClass("fs.slow.impl", OtherTryFirst.class, FileSystem.class);
    configuration.setBoolean("fs.slow.impl.disable.cache", true);
    MaskFolder masks = new MaskFolder("slow://host" + folder, "run-1");
    String file = masks.write("x.jpg", "v", new byte[] {1}, configuration);
    Path local = Path.of(URI.create(file).getPath());
    assertThat(local).hasBinaryContent(OtherTryFirst.CONTENT);
    try (Stream<Path> files = Files.list(local.getParent())) {
      assertThat(files.filter(each -> each.toString().endsWith(".new"))).isEmpty();
    }
  }

  /** Another try puts its file in place right before each rename. */
  static final class OtherTryFirst extends RawLocalFileSystem {
    static final byte[] CONTENT = {7};

    @Override
    public URI getUri() {
      return URI.create("slow://host");
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      Files.write(pathToFile(to).toPath(), CONTENT);
      return false;
    }
  }

  @Test
  void aFolderWithoutASchemeGetsOne() {
    String file =
        new MaskFolder(folder.toString(), "run-1").write("x.jpg", "v", new byte[1], configuration);
    assertThat(file).startsWith("file:/");
    assertThat(path(file)).exists();
  }

  @Test
  void rowsOfOnePathOrOfNoneHaveMasksOfTheirOwn() {
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-1");
    List<String> files =
        List.of(
            masks.write("a.jpg", "v1", new byte[] {1}, configuration),
            masks.write("a.jpg", "v2", new byte[] {1}, configuration),
            masks.write("a.jpg", "v1", new byte[] {2}, configuration),
            masks.write(null, "v1", new byte[] {3}, configuration),
            masks.write(null, "v2", new byte[] {4}, configuration),
            masks.write(null, "v1", new byte[] {5}, configuration));
    assertThat(files).doesNotHaveDuplicates();
    assertThat(path(files.get(0))).hasBinaryContent(new byte[] {1});
    assertThat(path(files.get(2))).hasBinaryContent(new byte[] {2});
    assertThat(path(files.get(3))).hasBinaryContent(new byte[] {3});
  }

  @Test
  void masksOfOtherRunsAreRemoved() {
    MaskFolder old = new MaskFolder(folder.toUri().toString(), "run-1");
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-2");
    masks.removeReplaced(Optional.empty(), configuration);
    String gone = old.write("x.jpg", "v", new byte[] {1}, configuration);
    String kept = masks.write("x.jpg", "v", new byte[] {2}, configuration);
    masks.removeReplaced(Optional.empty(), configuration);
    assertThat(path(gone)).doesNotExist();
    assertThat(path(kept)).exists();
  }

  @Test
  void masksOfOtherTablesInTheSameFolderStay() throws IOException {
    for (String output : List.of("table:db.a", "table:db.b", "relative")) {
      String run = "run-" + output.charAt(output.length() - 1);
      Files.writeString(
          folder.resolve("run-" + run + ".json"),
          "{\"runId\": \"%1$s\", \"run_id\": \"%1$s\", \"configuration\": {\"output\": \"%2$s\"}}"
              .formatted(run, output));
    }
    String gone = written("run-a");
    List<String> kept = List.of(written("run-b"), written("run-e"), written("run-unknown"));
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-2");
    masks.removeReplaced(Optional.of("table:db.a"), configuration);
    masks.removeReplaced(Optional.of("relative"), configuration);
    assertThat(path(gone)).doesNotExist();
    assertThat(kept).allSatisfy(file -> assertThat(path(file)).exists());
  }

  @Test
  void masksThatCannotBeRemovedEndNoRun() throws IOException {
    String kept = written("run-a");
    Files.createDirectory(folder.resolve("run-run-a.json"));
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-2");
    assertThatCode(() -> masks.removeReplaced(Optional.of("table:db.a"), configuration))
        .doesNotThrowAnyException();
    assertThat(path(kept)).exists();
  }

  private String written(String run) {
    return new MaskFolder(folder.toUri().toString(), run)
        .write("x.jpg", "v", new byte[] {1}, configuration);
  }

  @Test
  void whatCannotBeWrittenIsTold() throws IOException {
    Files.writeString(folder.resolve("masks"), "a file");
    MaskFolder masks = new MaskFolder(folder.toUri().toString(), "run-1");
    assertThatThrownBy(() -> masks.write("x.jpg", "v", new byte[] {1}, configuration))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith("The mask ")
        .hasMessageContaining("masks/run-1/")
        .hasMessageContaining(" cannot be written: ");
  }

  private static Path path(String uri) {
    return Path.of(URI.create(uri));
  }
}
