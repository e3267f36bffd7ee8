package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beside the file system that Hadoop has by itself, each in a folder of its own. */
class LocalFilesTest {
  @TempDir Path folder;
  private FileSystem ours;
  private FileSystem theirs;

  @BeforeEach
  void open() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.permissions.umask-mode", "027");
    theirs = FileSystem.newInstance(URI.create("file:///"), configuration);
    configuration.set("fs.file.impl", LocalFiles.class.getName());
    ours = FileSystem.newInstance(URI.create("file:///"), configuration);
  }

  @Test
  void itTakesThePlaceOfTheLocalFileSystem() throws IOException {
    assertThat(theirs.getClass()).isEqualTo(LocalFileSystem.class);
    assertThat(ours).isInstanceOf(LocalFileSystem.class).isInstanceOf(LocalFiles.class);
    assertThat(ours.getUri()).isEqualTo(theirs.getUri());
  }

  @Test
  void filesAndFoldersHaveTheModesThatHadoopGivesThem() throws IOException {
    for (FileSystem each : new FileSystem[] {ours, theirs}) {
      String name = each.getClass().getSimpleName();
      Path in = folder.resolve(name + "/a/b");
      each.mkdirs(path(in));
      each.create(path(in.resolve("rows"))).close();
      Files.createDirectory(in.resolve("shared"));
      Files.setAttribute(in.resolve("shared"), "unix:mode", 02700);
      each.setPermission(path(in.resolve("shared")), new FsPermission("1755"));
      assertThat(mode(in.getParent())).as(name).isEqualTo(0750);
      assertThat(mode(in)).as(name).isEqualTo(0750);
      assertThat(mode(in.resolve("rows"))).as(name).isEqualTo(0640);
      // Sums of the content, which a read checks.
      assertThat(mode(in.resolve(".rows.crc"))).as(name).isEqualTo(0640);
      // Whoever makes files in a folder of a group gives them to the group, before and after.
      assertThat(mode(in.resolve("shared"))).as(name).isEqualTo(03755);
    }
  }

  @Test
  void aFileThatIsNotThereIsSaidSo() {
    assertThatThrownBy(
            () -> ours.setPermission(path(folder.resolve("none")), new FsPermission("644")))
        .isInstanceOfAny(FileNotFoundException.class, NoSuchFileException.class)
        .hasMessageContaining("none");
  }

  private static org.apache.hadoop.fs.Path path(Path place) {
    return new org.apache.hadoop.fs.Path(place.toUri());
  }

  private static int mode(Path place) throws IOException {
    return (int) Files.getAttribute(place, "unix:mode") & 07777;
  }
}
