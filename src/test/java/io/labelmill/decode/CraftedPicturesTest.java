package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.ImageException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Kinds of files that the reference set lacks, put together from what is known of it. */
class CraftedPicturesTest {
  @Test
  void jpegInTiffIsTheJpeg() throws Exception {
    String file = "images/jpeg-420.jpg";
    byte[] jpeg = GoldenImages.bytes("preprocessing", file);
    JsonNode entry =
        GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
            .filter(image -> image.get("file").asText().equals(file))
            .findFirst()
            .orElseThrow();
    byte[] tiff =
        Crafted.tiff(
            jpeg,
            256,
            4,
            1,
            entry.get("width").asInt(),
            257,
            4,
            1,
            entry.get("height").asInt(),
            258,
            3,
            1,
            8,
            259,
            3,
            1,
            7,
            262,
            3,
            1,
            6,
            273,
            4,
            1,
            Crafted.tiffData(8),
            277,
            3,
            1,
            3,
            279,
            4,
            1,
            jpeg.length);
    assertThat(GoldenImages.sha256(decode(tiff))).isEqualTo(entry.get("decoded_sha256").asText());
  }

  @Test
  void tilesAreLaidOutRowByRow() throws Exception {
    // 3x2 pixels in tiles of 2x2: what lies outside is not shown.
    byte[] tiff =
        Crafted.tiff(
            new Crafted().le32(134).le32(138).le32(4).le32(4).bytes(1, 2, 4, 5, 3, 0, 6, 0).done(),
            256,
            4,
            1,
            3,
            257,
            4,
            1,
            2,
            258,
            3,
            1,
            8,
            259,
            3,
            1,
            1,
            262,
            3,
            1,
            1,
            322,
            4,
            1,
            2,
            323,
            4,
            1,
            2,
            324,
            4,
            2,
            Crafted.tiffData(9),
            325,
            4,
            2,
            Crafted.tiffData(9) + 8);
    int data = Crafted.tiffData(9) + 16;
    tiff[Crafted.tiffData(9)] = (byte) data;
    tiff[Crafted.tiffData(9) + 4] = (byte) (data + 4);
    assertThat(grays(decode(tiff))).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void whiteIsZeroIsInverted() throws Exception {
    byte[] tiff =
        Crafted.tiff(
            new byte[] {0, 1, (byte) 255},
            256,
            4,
            1,
            3,
            257,
            4,
            1,
            1,
            258,
            3,
            1,
            8,
            259,
            3,
            1,
            1,
            262,
            3,
            1,
            0,
            273,
            4,
            1,
            Crafted.tiffData(7),
            279,
            4,
            1,
            3);
    assertThat(grays(decode(tiff))).containsExactly(255, 254, 0);
  }

  @Test
  void packBitsRepeatsAndCopies() throws Exception {
    byte[] tiff =
        Crafted.tiff(
            new byte[] {-2, 7, 1, 8, 9},
            256,
            4,
            1,
            5,
            257,
            4,
            1,
            1,
            258,
            3,
            1,
            8,
            259,
            3,
            1,
            32_773,
            262,
            3,
            1,
            1,
            273,
            4,
            1,
            Crafted.tiffData(7),
            279,
            4,
            1,
            5);
    assertThat(grays(decode(tiff))).containsExactly(7, 7, 7, 8, 9);
  }

  @Test
  void tiffIsTurnedOnce() throws Exception {
    byte[] tiff =
        Crafted.tiff(
            new byte[] {1, 2, 3},
            256,
            4,
            1,
            3,
            257,
            4,
            1,
            1,
            258,
            3,
            1,
            8,
            259,
            3,
            1,
            1,
            262,
            3,
            1,
            1,
            273,
            4,
            1,
            Crafted.tiffData(8),
            274,
            3,
            1,
            6,
            279,
            4,
            1,
            3);
    RgbImage upright = decode(tiff);
    assertThat(upright.width()).isEqualTo(1);
    assertThat(upright.height()).isEqualTo(3);
    assertThat(grays(upright)).containsExactly(1, 2, 3);
  }

  @Test
  void bmpRunsOfBothKinds() throws Exception {
    // Two rows of four from the bottom: a run of 3, one more; then a literal stretch of 4.
    Crafted bmp = Crafted.bmp(4, 2, 8, 1, 54 + 1024);
    for (int i = 0; i < 256; i++) {
      bmp.bytes(i, i, i, 0);
    }
    byte[] file = bmp.bytes(3, 7, 1, 8, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 1).done();
    assertThat(grays(decode(file))).containsExactly(1, 2, 3, 4, 7, 7, 7, 8);
  }

  @Test
  void ycckIsInvertedByLibjpegsFormula() {
    // Luma 100 without chroma: all three inks are 155 before the inversion of Adobe.
    byte[] samples = {100, (byte) 128, (byte) 128, 30};
    Cmyk.fromYcck(samples, 1);
    assertThat(samples).containsExactly(155, 155, 155, 30);
  }

  private static RgbImage decode(byte[] file) throws ImageException {
    return new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, GoldenImages.TIME_LIMIT)
        .decode(file, file.length);
  }

  private static int[] grays(RgbImage image) {
    int[] grays = new int[image.width() * image.height()];
    Arrays.setAll(grays, i -> image.rgb()[3 * i] & 0xFF);
    return grays;
  }
}
