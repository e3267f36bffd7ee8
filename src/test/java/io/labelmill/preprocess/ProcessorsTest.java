package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.decode.GoldenImages;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Configurations that leave things out, say null, or ask for what one kind of processor alone does:
 * each kind makes what the original makes, as {@code src/test/references/preprocess/processors.py}
 * recorded it, or is refused where that fails.
 */
class ProcessorsTest {
  private static final RgbImage PICTURE = Draws.picture(91, 70, 5);

  /** How each kind comes about: the version that wrote the model, and the backend asked for. */
  private static final Map<String, Kind> KINDS =
      Map.of(
          "slow", new Kind("4.57.6", ResizeBackend.PILLOW),
          "pillow", new Kind("5.23.0", ResizeBackend.PILLOW),
          "torchvision", new Kind("5.23.0", ResizeBackend.AUTO));

  private record Kind(String version, ResizeBackend backend) {}

  static Stream<Arguments> cases() {
    return GoldenImages.entries(GoldenImages.json("preprocessing", "processors.json"))
        .flatMap(
            entry ->
                KINDS.keySet().stream()
                    .sorted()
                    .map(
                        kind ->
                            Arguments.of(
                                kind, entry.get("class").asText(), entry.get("config"), entry)));
  }

  @Test
  void casesAreAsManyAsThereWere() {
    assertThat(cases()).hasSizeGreaterThan(140);
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cases")
  void makesWhatTheOriginalMakes(String kind, String processor, JsonNode config, JsonNode entry) {
    JsonNode expected = entry.get(kind);
    if (expected.has("error") && !hasOtherBackend(kind, config)) {
      assertThatThrownBy(() -> parsed(kind, processor, config)).isInstanceOf(InputException.class);
      return;
    }
    ProcessorConfig parsed = parsed(kind, processor, config);
    if (hasOtherBackend(kind, config)) {
      assertThat(parsed.backend()).isEqualTo(ResizeBackend.PILLOW);
      return;
    }
    Size size = parsed.outputSize(PICTURE.width(), PICTURE.height());
    assertThat(size)
        .isEqualTo(new Size(expected.get("width").asInt(), expected.get("height").asInt()));
    FloatBuffer nchw = FloatBuffer.allocate(RgbImage.CHANNELS * size.width() * size.height());
    new Preprocessor(parsed).pixelValues(PICTURE, nchw);
    byte[] bytes = new byte[nchw.capacity() * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(nchw.flip());
    assertThat(GoldenImages.sha256(bytes, bytes.length)).isEqualTo(expected.get("sha256").asText());
  }

  /** Filters that torchvision lacks are Pillow's where nobody says otherwise. */
  private static boolean hasOtherBackend(String kind, JsonNode config) {
    return kind.equals("torchvision") && config.path("resample").asInt() > 3;
  }

  private static ProcessorConfig parsed(String kind, String processor, JsonNode config) {
    String json =
        config
            .toString()
            .replaceFirst("\\{", "{\"image_processor_type\":\"" + processor + "ImageProcessor\",")
            .replace(",}", "}");
    return ProcessorConfig.parse(
        json,
        "x",
        new ProcessorOrigin("", Optional.of(KINDS.get(kind).version)),
        KINDS.get(kind).backend);
  }
}
