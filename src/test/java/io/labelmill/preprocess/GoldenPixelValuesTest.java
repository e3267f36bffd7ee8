package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.decode.GoldenDecodingTest;
import io.labelmill.decode.GoldenImages;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference case has the resized bytes and pixel values that Transformers computes. */
class GoldenPixelValuesTest {
  private static final Map<String, JsonNode> CASES = new HashMap<>();
  private static final Map<String, String> CONFIGS = new HashMap<>();

  @BeforeAll
  static void read() {
    JsonNode index = GoldenImages.index("preprocessing");
    GoldenImages.entries(index.get("cases"))
        .forEach(entry -> CASES.put(entry.get("id").asText(), entry));
    index
        .get("configs")
        .properties()
        .forEach(config -> CONFIGS.put(config.getKey(), config.getValue().toString()));
  }

  static Stream<String> cases() {
    return GoldenImages.entries(GoldenImages.index("preprocessing").get("cases"))
        .map(entry -> entry.get("id").asText());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTransformers(String id) throws Exception {
    JsonNode entry = CASES.get(id);
    Orientation orientation =
        entry.get("orientation").asText().equals("upright")
            ? Orientation.UPRIGHT
            : Orientation.AS_STORED;
    String file = entry.get("image").asText();
    byte[] encoded = GoldenImages.bytes("preprocessing", file);
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, orientation, GoldenImages.TIME_LIMIT);
    if (GoldenDecodingTest.refused(file)) {
      assertThatThrownBy(() -> decoder.decode(encoded, encoded.length))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("libjpeg 6b");
      return;
    }
    RgbImage image = decoder.decode(encoded, encoded.length);
    ProcessorConfig config = ProcessorConfig.parse(CONFIGS.get(entry.get("config").asText()), id);
    Size size = config.outputSize(image.width(), image.height());
    assertThat(size)
        .isEqualTo(
            new Size(entry.get("resized_width").asInt(), entry.get("resized_height").asInt()));

    assertThat(sha256(resized(config, image, size)))
        .isEqualTo(entry.get("resized_sha256").asText());
    assertThat(sha256(pixelValues(config, image, size)))
        .isEqualTo(entry.get("pixel_values_sha256").asText());
  }

  /** The bytes before rescaling: a configuration that stops there writes them as floats. */
  private static byte[] resized(ProcessorConfig config, RgbImage image, Size size) {
    ProcessorConfig bare =
        new ProcessorConfig(
            config.processor(),
            config.resize(),
            config.resampling(),
            config.crop(),
            1,
            PerChannel.all(0),
            PerChannel.all(1),
            "bare");
    FloatBuffer nchw = pixelValues(bare, image, size);
    int pixels = size.width() * size.height();
    byte[] rgb = new byte[pixels * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) nchw.get(i % 3 * pixels + i / 3);
    }
    return rgb;
  }

  private static FloatBuffer pixelValues(ProcessorConfig config, RgbImage image, Size size) {
    FloatBuffer nchw = FloatBuffer.allocate(3 * size.width() * size.height());
    new Preprocessor(config).pixelValues(image, nchw);
    assertThat(nchw.remaining()).isZero();
    return nchw.flip();
  }

  private static String sha256(byte[] bytes) {
    return GoldenImages.sha256(bytes, bytes.length);
  }

  private static String sha256(FloatBuffer nchw) {
    ByteBuffer bytes =
        ByteBuffer.allocate(nchw.remaining() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(nchw);
    return sha256(bytes.array());
  }
}
