package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders of this machine, with the links that people make in them. */
@Timeout(60)
class LocalFolderTest {
  @TempDir private Path top;

  private Path folder;

  @Test
  void aFolderIsNotEnteredTwice() {
    folder = top.resolve("in");
    file("in/a/1.jpg");
    file("in/a/b/2.jpg");
    link("in/a/b/up", "in");
    link("in/a/self", "in/a");
    link("in/root", "in");
    link("in/above", ".");
    link("in/again", "in/a");
    assertThat(names()).containsExactly("a/1.jpg", "a/b/2.jpg");
  }

  @Test
  void linksOutOfTheInputAreFollowedOnceAndOfHiddenFoldersToo() {
    folder = top.resolve("in");
    file("in/.versions/5/1.jpg");
    link("in/current", "in/.versions/5");
    file("out/2.jpg");
    file("out/x/3.jpg");
    link("in/shelf", "out");
    link("out/x/back", "out");
    link("out/x/home", "in");
    link("in/one.jpg", "out/2.jpg");
    assertThat(names()).containsExactly("current/1.jpg", "one.jpg", "shelf/2.jpg", "shelf/x/3.jpg");
  }

  @Test
  void twoFoldersThatLeadToEachOtherEnd() {
    folder = top.resolve("in");
    file("in/.a/1.jpg");
    file("in/.b/2.jpg");
    link("in/.a/to", "in/.b");
    link("in/.b/to", "in/.a");
    link("in/x", "in/.a");
    assertThat(names()).containsExactly("x/1.jpg", "x/to/2.jpg");
  }

  @Test
  void theInputMayBeALinkItself() {
    file("real/1.jpg");
    link("real/loop", "real");
    link("in", "real");
    folder = top.resolve("in");
    assertThat(names()).containsExactly("1.jpg");
  }

  @Test
  void linksThatLeadNowhereAreFilesOfUnknownLength() {
    folder = top.resolve("in");
    file("in/1.jpg");
    link("in/gone.jpg", "nowhere");
    link("in/round.jpg", "in/round.jpg");
    assertThat(names()).containsExactly("1.jpg", "gone.jpg", "round.jpg");
    assertThat(lengths()).containsExactlyInAnyOrder(4L, -1L, -1L);
  }

  @Test
  void aNameThatIsNoTextIsAFileThatCannotBeOpened() throws Exception {
    folder = top.resolve("in");
    file("in/1.jpg");
    int made =
        new ProcessBuilder("bash", "-c", "printf x > $'\\xff.jpg'")
            .directory(folder.toFile())
            .start()
            .waitFor();
    assertThat(made).isZero();
    List<FileStatus> files = files();
    assertThat(files).hasSize(2);
    assertThat(files)
        .filteredOn(UnnamedFile.class::isInstance)
        .singleElement()
        .satisfies(
            file ->
                assertThat(((UnnamedFile) file).problem())
                    .startsWith("The name of the file is no text in the encoding of this machine")
                    .contains(folder.toString()));
  }

  private List<String> names() {
    return files().stream()
        .map(file -> file.getPath().toString().substring(("file:" + folder + "/").length()))
        .sorted()
        .toList();
  }

  private List<Long> lengths() {
    return files().stream().map(FileStatus::getLen).toList();
  }

  private List<FileStatus> files() {
    List<FileStatus> files = new ArrayList<>();
    Iterator<FileStatus> all =
        Listing.files(new Listing.Root("file:" + folder, null), new Configuration());
    all.forEachRemaining(files::add);
    return files;
  }

  private void file(String name) {
    try {
      Path file = top.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "jpeg");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void link(String name, String target) {
    try {
      Files.createSymbolicLink(top.resolve(name), top.resolve(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
