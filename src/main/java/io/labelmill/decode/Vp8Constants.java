package io.labelmill.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** The long tables of RFC 6386, kept as text beside this class. */
final class Vp8Constants {
  private static final Map<String, int[]> TABLES = read();

  static final int[] DC_QUANTIZERS = table("dc_quantizers", 128);
  static final int[] AC_QUANTIZERS = table("ac_quantizers", 128);

  /** {@code [mode above][mode on the left][9]}, flat. */
  static final int[] BLOCK_MODES = table("block_mode_probabilities", 10 * 10 * 9);

  /** {@code [block type][band][context][11]}, flat. */
  static final int[] COEFFICIENT_UPDATES =
      table("coefficient_update_probabilities", 4 * 8 * 3 * 11);

  /** {@code [block type][band][context][11]}, flat. */
  static final int[] COEFFICIENTS = table("coefficient_probabilities", 4 * 8 * 3 * 11);

  private Vp8Constants() {}

  private static int[] table(String name, int length) {
    int[] table = TABLES.get(name);
    if (table == null || table.length != length) {
      throw new IllegalStateException("vp8-constants.txt has no " + length + " numbers " + name);
    }
    return table;
  }

  private static Map<String, int[]> read() {
    Queue<String> words = new ArrayDeque<>();
    try (InputStream in = Vp8Constants.class.getResourceAsStream("vp8-constants.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          words.addAll(List.of(line.split(" ")));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, int[]> tables = new HashMap<>();
    while (!words.isEmpty()) {
      String name = words.remove();
      int[] numbers = new int[Integer.parseInt(words.remove())];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Integer.parseInt(words.remove());
      }
      tables.put(name, numbers);
    }
    return tables;
  }

  /** From 0 to that. */
  static int clip(int value, int max) {
    return value < 0 ? 0 : Math.min(value, max);
  }
}
