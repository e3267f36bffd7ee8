package io.labelmill.decode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The reference pictures, broken and whole, and what Pillow makes of them. */
public final class GoldenImages {
  /** Pillow's own limit for an error. */
  public static final long MAX_PIXELS = 178_956_970;

  public static final Duration TIME_LIMIT = Duration.ofSeconds(60);

  private GoldenImages() {}

  /** The index of a folder of the golden data. */
  public static JsonNode index(String folder) {
    return json(folder, "index.json");
  }

  /** A file of JSON in a folder of the golden data. */
  public static JsonNode json(String folder, String file) {
    try {
      return new ObjectMapper().readTree(path(folder, file).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Stream<JsonNode> entries(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  public static byte[] bytes(String folder, String file) {
    try {
      return Files.readAllBytes(path(folder, file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path path(String folder, String file) {
    return Reference.golden().resolve(folder).resolve(file);
  }

  static String sha256(RgbImage image) {
    return sha256(image.rgb(), image.width() * image.height() * RgbImage.CHANNELS);
  }

  public static String sha256(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
