package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every reference picture cut off at every one of its first bytes, where all structures begin, and
 * at many later ones: a failure, or, where only metadata is missing, the whole picture.
 */
class TruncatedFilesTest {
  private static final int EACH = 100;
  private static final int LATER = 80;

  static Stream<String> images() {
    return GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
        .filter(entry -> entry.get("bytes").asInt() < 50_000)
        .map(entry -> entry.get("file").asText());
  }

  @ParameterizedTest
  @MethodSource("images")
  void isNeverHalfAPicture(String file) {
    JsonNode entry =
        GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
            .filter(image -> image.get("file").asText().equals(file))
            .findFirst()
            .orElseThrow();
    byte[] whole = GoldenImages.bytes("preprocessing", file);
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.AS_STORED, Duration.ofSeconds(20));
    IntStream.concat(
            IntStream.range(0, Math.min(EACH, whole.length)),
            IntStream.range(0, LATER)
                .map(i -> EACH + (int) ((whole.length - EACH - 1L) * i / (LATER - 1)))
                .filter(length -> length >= EACH && length < whole.length))
        .forEach(
            length -> {
              try {
                RgbImage image = decoder.decode(whole, length);
                assertThat(GoldenImages.sha256(image))
                    .as("first %s of %s bytes", length, whole.length)
                    .isEqualTo(entry.get("decoded_sha256").asText());
              } catch (ImageException e) {
                assertThat(e.status())
                    .as(e.getMessage())
                    .isIn(Status.UNDECODABLE, Status.NOT_AN_IMAGE);
              }
            });
  }

  @ParameterizedTest
  @MethodSource("images")
  void isGivenUpWhenTimeIsOver(String file) {
    byte[] whole = GoldenImages.bytes("preprocessing", file);
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ZERO);
    ImageException failure =
        catchThrowableOfType(ImageException.class, () -> decoder.decode(whole, whole.length));
    assertThat(failure).isNotNull();
    if (failure.status() != Status.UNDECODABLE || JpegLibrary.ofThisJdk() == JpegLibrary.TURBO) {
      assertThat(failure.status()).isEqualTo(Status.TIMED_OUT);
      assertThat(failure).hasMessage("Decoding took longer than 0 ms and was given up.");
    }
  }
}
