package io.labelmill.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The two hashes by which the hub names contents: SHA-256 for files in large-file storage, and for
 * others the name of git's blob, which is the SHA-1 of {@code "blob LENGTH\0"} and the content.
 */
final class ContentHash {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern GIT_SHA_1 = Pattern.compile("[0-9a-f]{40}");

  private ContentHash() {}

  /** Whether a text is one of the two; it is a safe file name then. */
  static boolean isHash(String text) {
    return SHA_256.matcher(text).matches() || GIT_SHA_1.matcher(text).matches();
  }

  /** Which of the two a hash is, for messages. */
  static String kind(String hash) {
    return SHA_256.matcher(hash).matches() ? "SHA-256" : "git SHA-1";
  }

  /** The hash of a file's content, of the same kind as another. */
  static String of(Path file, String sameKind) throws IOException {
    MessageDigest digest;
    try {
      if (SHA_256.matcher(sameKind).matches()) {
        digest = MessageDigest.getInstance("SHA-256");
      } else {
        digest = MessageDigest.getInstance("SHA-1");
        digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256 and SHA-1", e);
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream content = Files.newInputStream(file)) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
