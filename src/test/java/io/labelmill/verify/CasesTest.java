package io.labelmill.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.GoldenImages;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.model.Device;
import io.labelmill.model.ModelBundle;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.preprocess.Size;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each small case: what the original makes of it, beside what Labelmill does. Prints the table. */
class CasesTest {
  private static final Path CASES = Reference.golden().resolve("cases");
  private static final double LOGITS = 1e-5;

  /** What Pillow reads and Labelmill says that it does not, and what Pillow garbles. */
  private static final Map<String, String> OTHERWISE =
      new TreeMap<>(
          Map.of(
              "images/other.tga", "NOT_AN_IMAGE: TGA",
              "images/zstd.tif", "UNDECODABLE: Zstandard",
              "images/rgb16-planar.tif", "read as stored: Pillow mixes up its planes"));

  /** What Transformers needs other libraries or files for. */
  private static final Map<String, String> REFUSED =
      Map.of("peft", "an adapter of PEFT", "timm", "a checkpoint of timm");

  @TempDir Path folder;
  private final List<String> table = new ArrayList<>();

  private static JsonNode reference() {
    try {
      return new ObjectMapper().readTree(CASES.resolve("cases.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void row(String name, String original, String here) {
    table.add("%-64s | %-32s | %s".formatted(name, original, here));
  }

  private static RgbImage decode(String name) throws IOException, ImageException {
    byte[] encoded = Files.readAllBytes(CASES.resolve(name));
    return new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, GoldenImages.TIME_LIMIT)
        .decode(encoded, encoded.length);
  }

  private static String picture(RgbImage image) {
    byte[] rgb = image.rgb();
    return "%dx%d %.8s"
        .formatted(
            image.width(),
            image.height(),
            GoldenImages.sha256(rgb, image.width() * image.height() * RgbImage.CHANNELS));
  }

  @Test
  void picturesAreAsPillowHasThem() throws Exception {
    int equal = 0;
    for (Map.Entry<String, JsonNode> each : reference().path("pictures").properties()) {
      String name = each.getKey();
      JsonNode pillow = each.getValue();
      String original =
          "%dx%d %.8s"
              .formatted(
                  pillow.path("width").asInt(),
                  pillow.path("height").asInt(),
                  pillow.path("sha256").asText());
      String here;
      String otherwise = OTHERWISE.get(name);
      if (otherwise == null) {
        here = picture(decode(name));
        assertThat(here).as(name).isEqualTo(original);
        equal++;
      } else if (otherwise.startsWith("read")) {
        here = picture(decode(name));
        assertThat(here).as(name).isNotEqualTo(original);
        // The same picture of 8 bits, which Pillow reads right.
        String same = reference().path("pictures").path("images/zstd.tif").path("sha256").asText();
        assertThat(here).as(name).isEqualTo("90x60 %.8s".formatted(same));
      } else {
        ImageException refused = catchThrowableOfType(ImageException.class, () -> decode(name));
        here = refused.status() + ": " + refused.getMessage();
        String[] parts = otherwise.split(": ", -1);
        assertThat(here).as(name).startsWith(parts[0]).contains(parts[1]).doesNotContain("broken");
      }
      row(name, original, here);
    }
    table.forEach(System.out::println);
    assertThat(table).hasSize(9);
    assertThat(equal).isEqualTo(6);
  }

  @Test
  void checkpointsAreAsTransformersHasThem() throws Exception {
    byte[] picture = Files.readAllBytes(CASES.resolve(reference().path("picture").asText()));
    int equal = 0;
    for (Map.Entry<String, JsonNode> each : reference().path("checkpoints").properties()) {
      String name = each.getKey();
      Path model = Reference.golden().resolve("checkpoints").resolve(name);
      if (each.getValue().has("error")) {
        InputException refused =
            catchThrowableOfType(
                InputException.class,
                () -> Checkpoint.open(model, CheckpointOptions.none()).close());
        assertThat(refused.problems()).singleElement().asString().contains(REFUSED.get(name));
        row(
            name,
            each.getValue().path("error").asText().replaceFirst(":.*", ""),
            "refused: " + REFUSED.get(name));
        continue;
      }
      for (String backend : List.of("pil", "torchvision")) {
        JsonNode expected = each.getValue().path(backend);
        Originals originals =
            Originals.of(backend.equals("pil") ? ResizeBackend.PILLOW : ResizeBackend.TORCHVISION);
        try (Checkpoint checkpoint =
            Checkpoint.open(model, CheckpointOptions.none().withOriginals(originals))) {
          assertThat(pixelValues(checkpoint))
              .as(name + " " + backend)
              .isEqualTo(expected.path("pixel_values_sha256").asText());
          Path graph = Files.createDirectories(folder.resolve(name + backend));
          ModelBundle bundle =
              ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), graph);
          try (ImageLogits session = ImageLogits.open(bundle, Device.CPU)) {
            float[] logits = session.logits(picture).logits();
            assertThat(logits).hasSize(expected.path("logits").size());
            for (int i = 0; i < logits.length; i++) {
              assertThat(Math.abs(logits[i] - expected.path("logits").get(i).asDouble()))
                  .as(name + " " + backend)
                  .isLessThanOrEqualTo(LOGITS);
            }
            row(name + ", " + backend, numbers(expected.path("logits")), numbers(logits));
            equal++;
          }
        }
      }
    }
    table.forEach(System.out::println);
    assertThat(table).hasSize(18);
    assertThat(equal).isEqualTo(16);
  }

  private static String pixelValues(Checkpoint checkpoint) throws Exception {
    RgbImage image = decode(reference().path("picture").asText());
    Size size = checkpoint.processor().outputSize(image.width(), image.height());
    ByteBuffer bytes =
        ByteBuffer.allocate(3 * size.width() * size.height() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer nchw = bytes.asFloatBuffer();
    new Preprocessor(checkpoint.processor()).pixelValues(image, nchw);
    return GoldenImages.sha256(bytes.array(), bytes.capacity());
  }

  private static String numbers(JsonNode logits) {
    float[] values = new float[logits.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) logits.get(i).asDouble();
    }
    return numbers(values);
  }

  private static String numbers(float[] logits) {
    StringBuilder text = new StringBuilder();
    for (float logit : logits) {
      text.append("%9.5f".formatted(logit));
    }
    return text.toString();
  }
}
