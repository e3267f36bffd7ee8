package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference file that is broken or hostile: Pillow's verdict, the right status, quickly. */
public class BadInputsTest {
  /**
   * Where Pillow and this reader disagree. Pillow accepts these; a picture of which most is made up
   * is not scored, nor one whose colours are.
   */
  private static final Map<String, String> REFUSED_ALTHOUGH_PILLOW_ACCEPTS =
      Map.of(
          "files/jpeg-bogus-9000x9000.jpg",
          "The JPEG file is broken: its 3419 bytes of scans cannot hold the declared 9000x9000"
              + " pixels.",
          "files/png-palette-without-plte.png",
          "The PNG file is broken: its pixels are palette indices, and it has no palette (PLTE).");

  private static final Set<String> NO_IMAGE =
      Set.of(
          "files/jpeg-soi-only.jpg",
          "files/zero-bytes.jpg",
          "files/zero-bytes.png",
          "files/text.jpg",
          "files/html-error-page.png",
          "files/svg.svg",
          "files/random.jpg");

  /**
   * Two damaged blocks of this file come out of libjpeg 6b up to 249 levels apart: its arithmetic
   * wraps where that of libjpeg-turbo saturates. Nothing else of it differs.
   */
  private static final String DAMAGED_BLOCKS = "files/jpeg-noise-in-scan.jpg";

  private static final String SHA256_WITH_BLACK_BLOCKS =
      "ca7a691e20539b27e475a0d953c6a689e7c3af62562483d0903a0b5eb3b278f2";

  static Stream<String> files() {
    return GoldenImages.entries(GoldenImages.index("bad-inputs").get("files"))
        .map(entry -> entry.get("file").asText());
  }

  /** The status of every file, by its name without folders. */
  public static Map<String, Status> statuses() {
    Map<String, Status> statuses = new TreeMap<>();
    files()
        .forEach(
            file -> {
              JsonNode entry = entry(file);
              boolean accepted =
                  entry.get("pil").asText().equals("ok")
                      && !REFUSED_ALTHOUGH_PILLOW_ACCEPTS.containsKey(file);
              statuses.put(
                  file.substring(file.lastIndexOf('/') + 1),
                  accepted ? Status.OK : expected(file, entry));
            });
    return statuses;
  }

  private static JsonNode entry(String file) {
    return GoldenImages.entries(GoldenImages.index("bad-inputs").get("files"))
        .filter(entry -> entry.get("file").asText().equals(file))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("files")
  void hasPillowsVerdict(String file) throws Exception {
    JsonNode entry = entry(file);
    byte[] encoded = GoldenImages.bytes("bad-inputs", file);
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(20));
    boolean accepted =
        entry.get("pil").asText().equals("ok")
            && !REFUSED_ALTHOUGH_PILLOW_ACCEPTS.containsKey(file);
    if (accepted) {
      RgbImage image = decoder.decode(encoded, encoded.length);
      boolean damaged = file.equals(DAMAGED_BLOCKS);
      if (!damaged || JpegLibrary.ofThisJdk() == JpegLibrary.TURBO) {
        assertThat(GoldenImages.sha256(image)).isEqualTo(entry.get("decoded_sha256").asText());
      }
      if (damaged) {
        blacken(image, 48, 40);
        blacken(image, 96, 40);
        assertThat(GoldenImages.sha256(image)).isEqualTo(SHA256_WITH_BLACK_BLOCKS);
      }
      return;
    }
    long start = System.nanoTime();
    ImageException failure =
        catchThrowableOfType(ImageException.class, () -> decoder.decode(encoded, encoded.length));
    assertThat(failure).isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(failure.status()).isEqualTo(expected(file, entry));
    assertThat(failure.getMessage())
        .matches("[A-Z].*\\.")
        .doesNotContain("\n")
        .hasSizeLessThan(200);
    if (REFUSED_ALTHOUGH_PILLOW_ACCEPTS.containsKey(file)) {
      assertThat(failure).hasMessage(REFUSED_ALTHOUGH_PILLOW_ACCEPTS.get(file));
    }
  }

  private static void blacken(RgbImage image, int left, int top) {
    for (int y = top; y < top + 8; y++) {
      int from = (y * image.width() + left) * RgbImage.CHANNELS;
      Arrays.fill(image.rgb(), from, from + 8 * RgbImage.CHANNELS, (byte) 0);
    }
  }

  private static Status expected(String file, JsonNode entry) {
    if (NO_IMAGE.contains(file)) {
      return Status.NOT_AN_IMAGE;
    }
    boolean bomb = entry.path("exception").asText().endsWith("DecompressionBombError");
    return bomb ? Status.TOO_LARGE : Status.UNDECODABLE;
  }

  @Test
  void aDeclaredSizeIsReportedWithItsFailure() {
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(20));
    byte[] bomb = GoldenImages.bytes("bad-inputs", "files/bomb-60000x60000-1bit.png");
    ImageException failure =
        catchThrowableOfType(ImageException.class, () -> decoder.decode(bomb, bomb.length));
    assertThat(failure)
        .hasMessage(
            "The picture declares 60000x60000 pixels; the limit is 178956970 pixels and 1000000 on"
                + " a side.");
    assertThat(failure.width()).hasValue(60_000);
    assertThat(failure.height()).hasValue(60_000);
  }
}
