package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.mapreduce.MRJobConfig;
import org.apache.hadoop.security.AccessControlException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What deleting a run's uncommitted files leaves, and says. */
class FencedFileCommitterTest {
  private static final String RUN = "run-1";

  @TempDir private Path table;

  private Path pending;

  @BeforeEach
  void leave() throws IOException {
    pending = table.resolve("_temporary");
    String own = FencedFileCommitter.settings(RUN).get(MRJobConfig.APPLICATION_ATTEMPT_ID);
    Files.createDirectories(pending.resolve(own));
    Files.writeString(pending.resolve(own).resolve("part-0"), "rows");
  }

  @Test
  void theFolderGoesWithTheLastOfItsFiles() throws IOException {
    delete(new RawLocalFileSystem());
    assertThat(table).isEmptyDirectory();
  }

  @Test
  void filesOfAnotherJobStay() throws IOException {
    Path other = Files.writeString(pending.resolve("other"), "rows");
    delete(new RawLocalFileSystem());
    assertThat(pending).isDirectoryContaining(other::equals);
    assertThat(pending).isDirectoryNotContaining(path -> !path.equals(other));
  }

  @Test
  void aStoreThatRefusesIsAnErrorAndNoOtherJob() {
    assertThatThrownBy(() -> delete(new Refusing(Integer.MAX_VALUE)))
        .isInstanceOf(AccessControlException.class)
        .hasMessage("refused: _temporary");
  }

  @Test
  void whatAnotherJobTookAwayMeanwhileIsDeleted() throws IOException {
    delete(new Refusing(1));
    assertThat(table).isEmptyDirectory();
  }

  private void delete(FileSystem fileSystem) throws IOException {
    try (fileSystem) {
      fileSystem.initialize(URI.create("file:///"), new Configuration(false));
      FencedFileCommitter.delete(RUN, new org.apache.hadoop.fs.Path(table.toUri()), fileSystem);
    }
  }

  /** Refuses to delete the folder of pending files some times. */
  private static final class Refusing extends RawLocalFileSystem {
    private int left;

    Refusing(int times) {
      left = times;
    }

    @Override
    public boolean delete(org.apache.hadoop.fs.Path path, boolean recursive) throws IOException {
      if (!recursive && left-- > 0) {
        throw new AccessControlException("refused: " + path.getName());
      }
      return super.delete(path, recursive);
    }
  }
}
