package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Mutations of all reference files, the same ones each time: each decodes or fails as an image,
 * never otherwise, and in time.
 */
class MutatedFilesTest {
  private static final int TRIES = 20_000;
  private static final long MAX_PIXELS = 2_000_000;
  private static final int MAX_FILE_BYTES = 80_000;
  private static final Duration SLOWEST = Duration.ofSeconds(5);

  private static final List<byte[]> SEEDS = seeds();
  private static final Map<Status, Integer> COUNTS = new EnumMap<>(Status.class);
  private static long slowestNanos;

  /** One decoder for all: a failure must not spoil it for the next picture. */
  private final ImageDecoder decoder =
      new ImageDecoder(MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(2));

  @Property(tries = TRIES, seed = "20260101", shrinking = ShrinkingMode.OFF)
  void endsAsAPictureOrAnImageFailure(@ForAll long choice) {
    Random random = new Random(choice);
    byte[] file = mutated(SEEDS.get(random.nextInt(SEEDS.size())), random);
    long start = System.nanoTime();
    Status status = Status.OK;
    try {
      RgbImage image = decoder.decode(file, file.length);
      assertThat(image.width()).isPositive();
      assertThat(image.height()).isPositive();
      assertThat((long) image.width() * image.height()).isLessThanOrEqualTo(MAX_PIXELS);
      assertThat(image.rgb()).hasSizeGreaterThanOrEqualTo(image.width() * image.height() * 3);
    } catch (ImageException e) {
      status = e.status();
      // The last resort of the decoder would hide a check that is missing.
      assertThat(e.getMessage()).matches("(?s)[A-Z].*\\.").doesNotContain("reading it failed with");
    }
    long nanos = System.nanoTime() - start;
    slowestNanos = Math.max(slowestNanos, nanos);
    COUNTS.merge(status, 1, Integer::sum);
    assertThat(Duration.ofNanos(nanos)).isLessThan(SLOWEST);
  }

  @AfterContainer
  static void report() {
    System.out.println(
        "Mutated files: "
            + COUNTS
            + " of "
            + SEEDS.size()
            + " seeds; slowest "
            + Duration.ofNanos(slowestNanos).toMillis()
            + " ms");
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] file = seed.clone();
    if (file.length == 0) {
      return file;
    }
    // Heads hold the structure: half of the changes fall there.
    for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
      int span = random.nextBoolean() ? Math.min(file.length, 200) : file.length;
      int at = random.nextInt(span);
      switch (random.nextInt(8)) {
        case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> file[at] = (byte) random.nextInt(256);
        case 2 -> file[at] = (byte) (random.nextBoolean() ? 0 : 255);
        case 3 -> Arrays.fill(file, at, Math.min(file.length, at + 4), (byte) 0xFF);
        case 4 -> Arrays.fill(file, at, Math.min(file.length, at + 4), (byte) 0);
        case 5 -> file = Arrays.copyOf(file, Math.max(1, at));
        case 6 -> {
          int from = random.nextInt(file.length);
          int length = Math.min(random.nextInt(64), file.length - Math.max(at, from));
          System.arraycopy(file, from, file, at, length);
        }
        default -> {
          byte[] other = SEEDS.get(random.nextInt(SEEDS.size()));
          int length = Math.min(Math.min(file.length - at, other.length), random.nextInt(400));
          System.arraycopy(other, 0, file, at, length);
        }
      }
    }
    return file;
  }

  private static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (String folder : List.of("preprocessing/images", "bad-inputs/files")) {
      try (Stream<Path> files = Files.list(Reference.golden().resolve(folder))) {
        for (Path file : files.sorted().toList()) {
          if (Files.size(file) < MAX_FILE_BYTES) {
            seeds.add(Files.readAllBytes(file));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    PillowPicturesTest.pictures().filter(file -> file.length < MAX_FILE_BYTES).forEach(seeds::add);
    return seeds;
  }
}
