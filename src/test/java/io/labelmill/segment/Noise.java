package io.labelmill.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.checkpoint.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The formula of {@code src/test/references/segmentation.py}, and what that wrote. */
public final class Noise {
  public static final Path FOLDER = Path.of("src/test/resources/golden/segmentation");

  private Noise() {}

  /** The reference figures of one part. */
  public static JsonNode index(String part) {
    try {
      return new ObjectMapper()
          .readTree(Files.readString(FOLDER.resolve("index.json"), UTF_8))
          .path(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The finalizer of MurmurHash3 over a count. */
  public static int at(int seed, int i) {
    int x = i + seed * 0x9E3779B1;
    x ^= x >>> 16;
    x *= 0x85EBCA6B;
    x ^= x >>> 13;
    x *= 0xC2B2AE35;
    return x ^ (x >>> 16);
  }

  public static Logits logits(int seed, int labels, int height, int width) {
    float[] values = new float[labels * height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (at(seed, i) >>> 8) * (float) (20.0 / (1 << 24)) - 10f;
    }
    return new Logits(values, labels, height, width);
  }

  /** A map of squares, each of one label. */
  public static LabelMap blocks(int seed, int height, int width, int labels, int side) {
    byte[] indices = new byte[height * width];
    for (int i = 0; i < indices.length; i++) {
      int block = (i / width / side * 61 + i % width / side) % 4096;
      indices[i] = (byte) Integer.remainderUnsigned(at(seed, block), labels);
    }
    return new LabelMap(width, height, indices);
  }

  /** One pixel of nine without a label. */
  public static LabelMap withNone(LabelMap map, int seed) {
    byte[] indices = map.indices().clone();
    for (int i = 0; i < indices.length; i++) {
      if (Integer.remainderUnsigned(at(seed, i), 9) == 0) {
        indices[i] = (byte) LabelMap.NONE;
      }
    }
    return new LabelMap(map.width(), map.height(), indices);
  }

  static String sha256(LabelMap map) {
    return Sha256.of(map.indices());
  }
}
