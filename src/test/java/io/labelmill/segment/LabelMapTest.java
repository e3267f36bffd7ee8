package io.labelmill.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Label maps against those that Pillow writes and resizes and that Transformers reduces. */
class LabelMapTest {
  private static final long MANY = 1 << 20;

  @Test
  void mapsOfAllKindsAreReadAsIndices() throws Exception {
    int read = 0;
    for (JsonNode expected : Noise.index("maps")) {
      String file = expected.get("file").asText();
      LabelMap map = MaskPng.read(Files.readAllBytes(Noise.FOLDER.resolve(file)), MANY);
      assertThat(map.width()).as(file).isEqualTo(expected.get("width").asInt());
      assertThat(map.height()).as(file).isEqualTo(expected.get("height").asInt());
      assertThat(Noise.sha256(map)).as(file).isEqualTo(expected.get("sha256").asText());
      read++;
    }
    assertThat(read).isEqualTo(8);
  }

  @Test
  void labelsAreReducedAsByTransformers() throws Exception {
    LabelMap map = MaskPng.read(Files.readAllBytes(Noise.FOLDER.resolve("ade.png")), MANY);
    LabelMap reduced = Noise.withNone(map, Noise.index("reduced").get("seed").asInt()).reduced();
    assertThat(Noise.sha256(reduced)).isEqualTo(Noise.index("reduced").get("sha256").asText());
    assertThat(reduced.counts()[254]).isZero();
  }

  @Test
  void mapsAreResizedByTheNearestPixel() {
    for (JsonNode expected : Noise.index("resized")) {
      LabelMap map =
          Noise.blocks(
              expected.get("seed").asInt(),
              expected.get("size").get(0).asInt(),
              expected.get("size").get(1).asInt(),
              200,
              1);
      LabelMap resized =
          map.resized(expected.get("to").get(1).asInt(), expected.get("to").get(0).asInt());
      assertThat(Noise.sha256(resized)).isEqualTo(expected.get("sha256").asText());
    }
  }

  @Test
  void masksAreWrittenAsPalettePictures() throws Exception {
    LabelMap map = Noise.withNone(Noise.blocks(5, 23, 31, 150, 3), 6);
    byte[] png = MaskPng.write(map);
    // Behind the mark and the length and name of the header: its size, 8 bits, palette.
    assertThat(Arrays.copyOfRange(png, 16, 26)).containsExactly(0, 0, 0, 31, 0, 0, 0, 23, 8, 3);
    LabelMap read = MaskPng.read(png, MANY);
    assertThat(read.width()).isEqualTo(31);
    assertThat(read.indices()).isEqualTo(map.indices());
    BufferedImage seen = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(seen.getRGB(7, 9) & 0xFFFFFF).isEqualTo(MaskPalette.rgb(map.at(7, 9)));
    assertThat(MaskPng.write(map)).isEqualTo(png);
  }

  @Test
  void coloursDiffer() {
    Set<Integer> colours = new HashSet<>();
    for (int index = 0; index <= LabelMap.NONE; index++) {
      colours.add(MaskPalette.rgb(index));
    }
    assertThat(colours).hasSize(256);
    assertThat(MaskPalette.rgb(LabelMap.NONE)).isZero();
  }

  @Test
  void whatIsNoLabelMapIsToldByWhatItHas() throws IOException {
    assertThatThrownBy(
            () -> MaskPng.read(picture(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB)), MANY))
        .isInstanceOf(MaskPng.NotAMap.class)
        .hasMessage(
            "has 3 channels, and a label map has one, gray or palette, that holds indices of labels");
    byte[] png = Files.readAllBytes(Noise.FOLDER.resolve("voc.png"));
    assertThatThrownBy(() -> MaskPng.read(png, 20))
        .isInstanceOf(MaskPng.NotAMap.class)
        .hasMessage("has 26 x 19 pixels, more than 20");
    assertThatThrownBy(() -> MaskPng.read(Arrays.copyOf(png, png.length / 2), MANY))
        .isInstanceOf(MaskPng.NotAMap.class)
        .hasMessageStartingWith("can't be decoded as PNG (");
    assertThatThrownBy(() -> MaskPng.read(new byte[] {1, 2, 3}, MANY))
        .isInstanceOf(MaskPng.NotAMap.class)
        .hasMessageStartingWith("can't be decoded as PNG (");
    BufferedImage wide = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
    wide.getRaster().setSample(1, 1, 0, 256);
    assertThatThrownBy(() -> MaskPng.read(picture(wide), MANY))
        .isInstanceOf(MaskPng.NotAMap.class)
        .hasMessage("holds 256 at x=1, y=1, and a label map holds 0 to 255");
  }

  @Test
  void pixelsThatAreNotSoManyAreRefused() {
    assertThatThrownBy(() -> new LabelMap(3, 2, new byte[5]))
        .hasMessage("5 pixels are not [h=2,w=3]");
    assertThatThrownBy(() -> new Logits(new float[5], 1, 2, 3))
        .hasMessage("5 logits are not [1, 2, 3]");
  }

  private static byte[] picture(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
