package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.decode.Bands;
import io.labelmill.decode.GoldenDecodingTest;
import io.labelmill.decode.GoldenImages;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every reference case has the resized bytes and pixel values that Transformers computes, with
 * Pillow ({@code preprocessing}) and with torchvision ({@code preprocessing-torchvision}).
 */
class GoldenPixelValuesTest {
  private static final String PILLOW = "preprocessing";
  private static final String TORCHVISION = "preprocessing-torchvision";

  private static final JsonNode PILLOW_INDEX = GoldenImages.index(PILLOW);
  private static final JsonNode TORCHVISION_INDEX = GoldenImages.index(TORCHVISION);

  /**
   * By version of Pillow, cases in which it differs from the one that the others were made with.
   */
  private static final JsonNode NEWER = GoldenImages.json(PILLOW, "newer.json");

  static Stream<Named<JsonNode>> pillowCases() {
    return cases(PILLOW_INDEX);
  }

  static Stream<Named<JsonNode>> torchvisionCases() {
    return cases(TORCHVISION_INDEX);
  }

  private static Stream<Named<JsonNode>> cases(JsonNode index) {
    return GoldenImages.entries(index.get("cases"))
        .map(entry -> Named.of(entry.get("id").asText(), entry));
  }

  @Test
  void casesAreAsManyAsThereWere() {
    assertThat(pillowCases()).hasSize(375);
    assertThat(torchvisionCases()).hasSize(68);
  }

  @ParameterizedTest
  @MethodSource("pillowCases")
  void equalsPillow(JsonNode entry) throws Exception {
    equalsPillow(ResizeBackend.PILLOW, "pillow", entry);
  }

  @ParameterizedTest
  @MethodSource("pillowCases")
  void equalsPillow12(JsonNode entry) throws Exception {
    equalsPillow(ResizeBackend.PILLOW_12, "pillow-12", entry);
  }

  /** The cases are of Pillow 9.4; where a newer version computes otherwise, it is right. */
  private static void equalsPillow(ResizeBackend backend, String version, JsonNode entry)
      throws Exception {
    if (GoldenDecodingTest.refused(entry.get("image").asText())) {
      assertThatThrownBy(() -> decoded(PILLOW, entry))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("libjpeg 6b");
      return;
    }
    JsonNode newer = NEWER.get(version).path(entry.get("id").asText());
    assertEqual(
        config(PILLOW_INDEX, entry, backend),
        decoded(PILLOW, entry),
        newer.isMissingNode() ? entry : newer);
  }

  @Test
  void newerPillowDiffersInTheseCasesOnly() {
    // Those that are padded by an odd number of pixels, which Transformers 4.41 made one too small.
    assertThat(fields(NEWER.get("pillow-12")))
        .hasSize(19)
        .allMatch(id -> id.endsWith("-pad"))
        .allMatch(fields(NEWER.get("pillow"))::contains);
    // And those that Pillow 13.0 resizes rows first.
    assertThat(fields(NEWER.get("pillow"))).hasSize(67);
  }

  private static List<String> fields(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  @ParameterizedTest
  @MethodSource("torchvisionCases")
  void equalsTorchvision(JsonNode entry) throws Exception {
    RgbImage image = decoded(TORCHVISION, entry);
    ProcessorConfig config = config(TORCHVISION_INDEX, entry, ResizeBackend.TORCHVISION);
    assertEqual(config, image, entry);
  }

  private static RgbImage decoded(String folder, JsonNode entry) throws ImageException {
    byte[] encoded = GoldenImages.bytes(folder, entry.get("image").asText());
    Orientation orientation =
        entry.get("orientation").asText().equals("upright")
            ? Orientation.UPRIGHT
            : Orientation.AS_STORED;
    return new ImageDecoder(GoldenImages.MAX_PIXELS, orientation, GoldenImages.TIME_LIMIT)
        .decode(encoded, encoded.length);
  }

  private static ProcessorConfig config(JsonNode index, JsonNode entry, ResizeBackend backend) {
    return ProcessorConfig.parse(
        index.get("configs").get(entry.get("config").asText()).toString(),
        entry.get("id").asText(),
        new ProcessorOrigin("vit", Optional.empty()),
        backend);
  }

  private static void assertEqual(ProcessorConfig config, RgbImage image, JsonNode expected) {
    Size size = config.outputSize(image.width(), image.height());
    assertThat(size)
        .isEqualTo(
            new Size(
                expected.get("resized_width").asInt(), expected.get("resized_height").asInt()));
    assertThat(sha256(resized(config, image, size)))
        .isEqualTo(expected.get("resized_sha256").asText());
    assertThat(sha256(pixelValues(config, image, size)))
        .isEqualTo(expected.get("pixel_values_sha256").asText());
  }

  /** The bytes before rescaling: a configuration that stops there writes them as floats. */
  private static byte[] resized(ProcessorConfig config, RgbImage image, Size size) {
    ProcessorConfig bare =
        new ProcessorConfig(
            config.processor(),
            config.backend(),
            config.resize(),
            config.resampling(),
            config.crop(),
            1,
            null,
            null,
            "bare",
            List.of());
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
    assertThatBandsMake(nchw.flip(), config, image);
    return nchw;
  }

  /** Whatever the bands' height, they make the same values. */
  private static void assertThatBandsMake(
      FloatBuffer whole, ProcessorConfig config, RgbImage image) {
    Preprocessor preprocessor = new Preprocessor(config);
    for (int rows : new int[] {7, 500}) {
      FloatBuffer nchw = FloatBuffer.allocate(whole.remaining());
      Optional<Bands> bands = preprocessor.pixelValues(image.width(), image.height(), nchw);
      assertThat(bands.isPresent()).isEqualTo(comesInBands(config, image));
      if (bands.isPresent()) {
        int row = image.width() * RgbImage.CHANNELS;
        for (int top = 0; top < image.height(); top += rows) {
          int height = Math.min(rows, image.height() - top);
          byte[] band = Arrays.copyOfRange(image.rgb(), top * row, (top + height) * row);
          bands.get().band(new RgbImage(image.width(), height, band), top);
        }
        assertThat(nchw).isEqualTo(whole);
      }
    }
  }

  /** Where columns are summed up before rows. */
  private static boolean comesInBands(ProcessorConfig config, RgbImage image) {
    Size resized = config.resize().target(image.width(), image.height());
    return config.resampling() != Resampling.NEAREST
        && !config.backend().verticalFirst(image.width(), image.height(), resized);
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
