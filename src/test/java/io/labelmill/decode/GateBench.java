package io.labelmill.decode;

import io.labelmill.bench.Photographs;
import io.labelmill.model.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * What decoding within a share of the heap costs: threads that decode through one gate, as in an
 * executor, and the same threads each with a gate of its own at which nobody ever waits; in turns.
 *
 * <pre>GateBench [threads=2] [rounds=5]</pre>
 */
public final class GateBench {
  private static final int PICTURES = 8;
  private static final long PLENTY = 1L << 42;

  private GateBench() {}

  public static void main(String[] args) throws Exception {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    System.out.printf(
        Locale.ROOT,
        "%d threads, heap of %d MB, median of %d; pictures/s%n",
        threads,
        Runtime.getRuntime().maxMemory() >> 20,
        rounds);
    measure("500x375", pictures(500, 375), 300, threads, rounds);
    measure("4000x3000", pictures(4000, 3000), 8, threads, rounds);
    ns();
  }

  private static List<byte[]> pictures(int width, int height) throws IOException {
    Path folder = Files.createTempDirectory("gate");
    try {
      new Photographs(width, height).write(folder, PICTURES);
      List<byte[]> pictures = new ArrayList<>();
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          pictures.add(Files.readAllBytes(file));
        }
      }
      return pictures;
    } finally {
      Folders.delete(folder);
    }
  }

  private static void measure(String what, List<byte[]> pictures, int each, int threads, int rounds)
      throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      double[] shared = new double[rounds];
      double[] own = new double[rounds];
      MemoryGate gate = MemoryGate.of(Runtime.getRuntime().maxMemory());
      // Compiled code and buffers.
      perSecond(pool, pictures, each, threads, gate);
      perSecond(pool, pictures, each, threads, null);
      for (int round = 0; round < rounds; round++) {
        shared[round] = perSecond(pool, pictures, each, threads, gate);
        own[round] = perSecond(pool, pictures, each, threads, null);
      }
      System.out.printf(
          Locale.ROOT,
          "%-10s one gate %8.1f, none waits %8.1f: %.3f%n",
          what,
          median(shared),
          median(own),
          median(shared) / median(own));
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * @param gate of all threads; null: each has one of its own
   */
  private static double perSecond(
      ExecutorService pool, List<byte[]> pictures, int each, int threads, MemoryGate gate)
      throws Exception {
    List<Callable<Void>> work = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      work.add(
          () -> {
            ImageDecoder decoder =
                new ImageDecoder(
                    1L << 30,
                    Orientation.UPRIGHT,
                    Duration.ofMinutes(1),
                    gate == null ? MemoryGate.of(PLENTY) : gate);
            for (int i = 0; i < each; i++) {
              byte[] picture = pictures.get(i % pictures.size());
              decoder.decode(picture, picture.length, RgbImage::width);
            }
            return null;
          });
    }
    long start = System.nanoTime();
    for (Future<Void> done : pool.invokeAll(work)) {
      done.get();
    }
    return threads * each / ((System.nanoTime() - start) / 1e9);
  }

  /** Entering and leaving where nobody else is. */
  private static void ns() throws Exception {
    MemoryGate gate = MemoryGate.of(1L << 32);
    for (long bytes : new long[] {1L << 20, 36L << 20}) {
      int times = 5_000_000;
      double best = Double.MAX_VALUE;
      for (int round = 0; round < 5; round++) {
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
          gate.leave(gate.enter(bytes, 1, 1));
        }
        best = Math.min(best, (System.nanoTime() - start) / (double) times);
      }
      System.out.printf(
          Locale.ROOT, "entering with %d MB and leaving: %.0f ns%n", bytes >> 20, best);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
