package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** One hash for several files, computed when first asked for. */
final class FileHashes {
  private static final int READ_BYTES = 1 << 20;

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
      sha256 =
          HexFormat.of()
              .formatHex(digest().digest(String.join("", lines).getBytes(StandardCharsets.UTF_8)));
    }
    return sha256;
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String sha256(Path file) {
    MessageDigest digest = digest();
    byte[] buffer = new byte[READ_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    } catch (IOException e) {
      throw new InputException("%s can not be read: %s.".formatted(file, Channels.reason(e)), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
