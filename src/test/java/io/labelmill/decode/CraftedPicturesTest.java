package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.ImageException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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

  @Test
  void ycckIsReadAsWhatItsMarkerSays() throws Exception {
    byte[] cmyk = GoldenImages.bytes("preprocessing", "images/jpeg-cmyk-adobe.jpg");
    byte[] ycck = cmyk.clone();
    int transform = new String(ycck, StandardCharsets.ISO_8859_1).indexOf("Adobe") + 11;
    assertThat(ycck[transform]).isZero();
    ycck[transform] = 2;
    // The same samples, of which the first three now are luma and chroma.
    byte[] samples = samples(cmyk);
    byte[] expected = new byte[samples.length / 4 * 3];
    for (int i = 0; i < samples.length / 4; i++) {
      double y = samples[4 * i] & 0xFF;
      double cb = (samples[4 * i + 1] & 0xFF) - 128;
      double cr = (samples[4 * i + 2] & 0xFF) - 128;
      double light = (samples[4 * i + 3] & 0xFF) / 255.0;
      double[] rgb = {y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb};
      for (int j = 0; j < 3; j++) {
        double ink = Math.max(0, Math.min(255, rgb[j]));
        expected[3 * i + j] = (byte) Math.round((255 - ink) * light);
      }
    }
    byte[] decoded = decode(ycck).rgb();
    for (int i = 0; i < expected.length; i++) {
      assertThat(decoded[i] & 0xFF)
          .as("sample %s", i)
          .isBetween(near(expected[i], -1), near(expected[i], 1));
    }
  }

  private static int near(byte sample, int by) {
    return (sample & 0xFF) + by;
  }

  private static byte[] samples(byte[] jpeg) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.setInput(in);
      return ((DataBufferByte) reader.readRaster(0, null).getDataBuffer()).getData();
    } finally {
      reader.dispose();
    }
  }

  static Stream<Arguments> profiles() {
    return Stream.of(
        Arguments.of("images/jpeg-gray.jpg", ColorSpace.CS_GRAY),
        Arguments.of("images/jpeg-gray.jpg", ColorSpace.CS_sRGB),
        Arguments.of("images/jpeg-420.jpg", ColorSpace.CS_sRGB),
        Arguments.of("images/jpeg-420.jpg", ColorSpace.CS_LINEAR_RGB),
        Arguments.of("images/jpeg-420.jpg", ColorSpace.CS_GRAY),
        Arguments.of("images/jpeg-cmyk-adobe.jpg", ColorSpace.CS_CIEXYZ));
  }

  /** Fitting, of another colour space, or of another number of components: pixels stay. */
  @ParameterizedTest
  @MethodSource("profiles")
  void aProfileChangesNothing(String file, int colourSpace) throws Exception {
    byte[] jpeg = GoldenImages.bytes("preprocessing", file);
    byte[] profile = ICC_Profile.getInstance(colourSpace).getData();
    Crafted with =
        new Crafted()
            .bytes(0xFF, 0xD8, 0xFF, 0xE2)
            .be16(2 + 14 + profile.length)
            .text("ICC_PROFILE\0\1\1");
    byte[] head = with.done();
    byte[] whole = Arrays.copyOf(head, head.length + profile.length + jpeg.length - 2);
    System.arraycopy(profile, 0, whole, head.length, profile.length);
    System.arraycopy(jpeg, 2, whole, head.length + profile.length, jpeg.length - 2);
    assertThat(GoldenImages.sha256(decode(whole))).isEqualTo(GoldenImages.sha256(decode(jpeg)));
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
