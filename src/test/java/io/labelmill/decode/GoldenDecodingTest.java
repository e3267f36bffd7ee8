package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.ImageException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference picture, decoded, has the bytes that Pillow decodes. */
public class GoldenDecodingTest {
  static Stream<String> images() {
    return GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
        .map(entry -> entry.get("file").asText());
  }

  /** What only libjpeg-turbo reads as Pillow does is refused elsewhere, never read differently. */
  private static final Set<String> NEEDS_TURBO =
      Set.of("images/jpeg-440.jpg", "images/jpeg-arithmetic.jpg");

  /** Whether this JDK's libjpeg does not read it as Pillow's does. */
  public static boolean refused(String file) {
    return JpegLibrary.ofThisJdk() != JpegLibrary.TURBO && NEEDS_TURBO.contains(file);
  }

  private static JsonNode entry(String file) {
    return GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
        .filter(entry -> entry.get("file").asText().equals(file))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("images")
  @DisplayName("as stored")
  void asStored(String file) throws Exception {
    if (refused(file)) {
      assertThatThrownBy(() -> decode(file, Orientation.UPRIGHT))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("libjpeg 6b");
      return;
    }
    JsonNode entry = entry(file);
    RgbImage image = decode(file, Orientation.AS_STORED);
    assertThat(image.width()).isEqualTo(entry.get("width").asInt());
    assertThat(image.height()).isEqualTo(entry.get("height").asInt());
    assertThat(GoldenImages.sha256(image)).isEqualTo(entry.get("decoded_sha256").asText());
  }

  @ParameterizedTest
  @MethodSource("images")
  @DisplayName("upright")
  void upright(String file) throws Exception {
    if (refused(file)) {
      assertThatThrownBy(() -> decode(file, Orientation.UPRIGHT))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("libjpeg 6b");
      return;
    }
    JsonNode entry = entry(file);
    RgbImage image = decode(file, Orientation.UPRIGHT);
    assertThat(image.width()).isEqualTo(entry.get("upright_width").asInt());
    assertThat(image.height()).isEqualTo(entry.get("upright_height").asInt());
    assertThat(GoldenImages.sha256(image)).isEqualTo(entry.get("decoded_upright_sha256").asText());
  }

  private static RgbImage decode(String file, Orientation orientation) throws Exception {
    byte[] encoded = GoldenImages.bytes("preprocessing", file);
    return new ImageDecoder(GoldenImages.MAX_PIXELS, orientation, GoldenImages.TIME_LIMIT)
        .decode(encoded, encoded.length);
  }
}
