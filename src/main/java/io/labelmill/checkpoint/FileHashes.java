package io.labelmill.checkpoint;

import io.labelmill.error.Cause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One hash for several files, computed once, beside other work or when first asked for.
 * Thread-safe.
 */
final class FileHashes {
  private final List<Path> files;
  private final FutureTask<String> sha256 = new FutureTask<>(this::computed);

  FileHashes(List<Path> files) {
    this.files = files.stream().sorted(Comparator.comparing(FileHashes::name)).toList();
  }

  List<String> names() {
    return files.stream().map(FileHashes::name).toList();
  }

  /** Has a thread compute the hash, so that it is there when somebody asks. */
  void begin() {
    Thread thread = new Thread(sha256, "checkpoint-hash");
    thread.setDaemon(true);
    thread.start();
  }

  /** The hash of the lines {@code sha256 filename}, sorted by name. */
  String sha256() {
    sha256.run();
    try {
      return sha256.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("hashing a checkpoint failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for a checkpoint's hash");
    }
  }

  private String computed() {
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      lines.add(sha256(file) + "  " + name(file) + "\n");
    }
    return Sha256.of(String.join("", lines));
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
