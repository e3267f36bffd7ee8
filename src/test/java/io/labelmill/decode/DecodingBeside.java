package io.labelmill.decode;

import io.labelmill.error.ImageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Decodes the same pictures again and again, in other orders, with several threads, and prints what
 * became of each. For a JVM of its own, whose heap is the point.
 */
final class DecodingBeside {
  /** How many there are. */
  static final int PICTURES = 35;

  private static final int THREADS = 4;
  private static final int SMALL = 20;
  private static final int OF_EACH_LARGE_KIND = 4;

  private DecodingBeside() {}

  /**
   * @param args how often; side of the largest picture that fits alone
   */
  public static void main(String[] args) throws Exception {
    int side = Integer.parseInt(args[1]);
    Map<String, byte[]> pictures = new TreeMap<>();
    pictures.put("CMYK that fits alone", Crafted.flatJpeg(side, side, 4));
    pictures.put("CMYK that never fits", Crafted.flatJpeg(side * 11 / 10, side * 11 / 10, 4));
    for (int i = 0; i < OF_EACH_LARGE_KIND; i++) {
      pictures.put("RGB of three quarters " + i, Crafted.flatJpeg(side, side - i, 3));
      pictures.put("gray of a quarter " + i, png(side / 2 + i, side));
      pictures.put(
          "gray, turned, of half " + i, Crafted.turned(Crafted.flatJpeg(side / 2, side + i, 1)));
    }
    for (int i = 0; i < SMALL; i++) {
      pictures.put("small " + i, Crafted.flatJpeg(500 + i, 375, 3));
    }
    pictures.put("broken", Crafted.png(5000, 5000, 8, 2).chunk("IDAT", new byte[9]).done());
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    Random random = new Random(1);
    for (int repetition = 0; repetition < Integer.parseInt(args[0]); repetition++) {
      List<String> order = new ArrayList<>(pictures.keySet());
      Collections.shuffle(order, random);
      Map<String, Future<String>> rows = new TreeMap<>();
      for (String name : order) {
        rows.put(name, threads.submit(() -> row(pictures.get(name))));
      }
      for (Map.Entry<String, Future<String>> row : rows.entrySet()) {
        System.out.println(row.getKey() + ": " + row.getValue().get());
      }
    }
    threads.shutdown();
  }

  private static final ThreadLocal<ImageDecoder> DECODER =
      ThreadLocal.withInitial(
          () ->
              new ImageDecoder(
                  GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(60)));

  private static String row(byte[] encoded) {
    try {
      return DECODER
          .get()
          .decode(
              encoded,
              encoded.length,
              picture ->
                  "OK " + picture.width() + "x" + picture.height() + " " + checkSum(picture));
    } catch (ImageException e) {
      return e.status() + " " + e.getMessage();
    }
  }

  private static int checkSum(RgbImage picture) {
    int sum = 0;
    for (int i = 0; i < picture.width() * picture.height() * RgbImage.CHANNELS; i++) {
      sum = 31 * sum + picture.rgb()[i];
    }
    return sum;
  }

  private static byte[] png(int width, int height) {
    return Crafted.png(width, height, 8, 0)
        .chunk("IDAT", Crafted.deflated(new byte[(width + 1) * height]))
        .done();
  }
}
