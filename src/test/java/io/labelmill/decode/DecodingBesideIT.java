package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What becomes of a picture does not depend on what is decoded beside it: four threads in a heap
 * that is small for them, in a process that the first {@code OutOfMemoryError} ends.
 */
class DecodingBesideIT {
  /** A CMYK picture of so many pixels a side takes all that decoding may of the heap. */
  private static final int SIDE = 4070;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void theSamePicturesHaveTheSameRowsInEachOrder() throws Exception {
    decode(8);
  }

  @Test
  @Tag("stress")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void soTheyDoInManyOrders() throws Exception {
    decode(40);
  }

  private static void decode(int repetitions) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx160m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                DecodingBeside.class.getName(),
                String.valueOf(repetitions),
                String.valueOf(SIDE))
            .redirectErrorStream(true)
            .start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();

    Map<String, Integer> counts = new TreeMap<>();
    lines.forEach(line -> counts.merge(line, 1, Integer::sum));
    assertThat(counts).hasSize(DecodingBeside.PICTURES);
    assertThat(counts.values()).containsOnly(repetitions);
    assertThat(counts.keySet())
        .filteredOn(line -> !line.contains(": OK "))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("broken: UNDECODABLE "))
        .anyMatch(
            line ->
                line.startsWith(
                    "CMYK that never fits: OUT_OF_MEMORY The picture's 4477x4477 pixels need 77 MB"
                        + " to be decoded, and decoding may take 64 MB of a heap of 160 MB:"));
  }
}
