package io.labelmill.checkpoint;

import io.labelmill.error.Cause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One hash for several files, computed when first asked for. */
final class FileHashes {
  private final List<Path> files;
  private String sha256;

  FileHashes(List<Path> files) {
    this.files = files.stream().sorted(Comparator.comparing(FileHashes::name)).toList();
  }

  List<String> names() {
    return files.stream().map(FileHashes::name).toList();
  }

  /** The hash of the lines {@code sha256 filename}, sorted by name. */
  synchronized String sha256() {
    if (sha256 == null) {
      List<String> lines = new ArrayList<>();
      for (Path file : files) {
        lines.add(sha256(file) + "  " + name(file) + "\n");
      }
      sha256 = Sha256.of(String.join("", lines));
    }
    return sha256;
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Sha256.of(in);
    } catch (IOException e) {
      throw Cause.failure("%s can not be read: %s.".formatted(file, Channels.reason(e)), e);
    }
  }
}
