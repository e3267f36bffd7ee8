package io.labelmill.cluster;

import io.labelmill.source.Seam;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ends a driver after its first wave as the system ends a process that takes too much memory, the
 * first time: the file that the environment names is there afterwards, and later drivers live.
 */
public final class HaltOnce implements Seam.Listener {
  static final String MARK = "LABELMILL_TEST_HALTED";
  static final int KILLED = 137;

  @Override
  public void reached(Seam seam) {
    String mark = System.getenv(MARK);
    if (seam != Seam.BETWEEN_WAVES || mark == null) {
      return;
    }
    try {
      Files.createFile(Path.of(mark));
    } catch (FileAlreadyExistsException e) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().halt(KILLED);
  }
}
