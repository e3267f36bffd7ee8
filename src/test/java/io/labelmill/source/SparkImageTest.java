package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SparkImageTest {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "origin string, height int, width int, nChannels int, mode int, data binary");

  private static Row image(Integer height, Integer width, Integer mode, byte[] data) {
    return new GenericRowWithSchema(
        new Object[] {"s3a://key:secret@shelf/a.png", height, width, 3, mode, data}, SCHEMA);
  }

  private static String problem(Row image) {
    return new SparkImage.Problem().call(image);
  }

  @Test
  void pixelsAreBlueFirstAndFromTheTop() throws IOException {
    byte[] data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, (byte) 200};
    assertThat(pixels(image(2, 3, 16, data)))
        .isEqualTo(new int[][] {{0x030201, 0x060504, 0x090807}, {0x0c0b0a, 0x0f0e0d, 0xc81110}});
    byte[] grey = {1, 2, 3, (byte) 255};
    assertThat(pixels(image(4, 1, 0, grey)))
        .isEqualTo(new int[][] {{0x010101}, {0x020202}, {0x030303}, {0xffffff}});
    byte[] transparent = {1, 2, 3, 0, 4, 5, 6, 127};
    assertThat(pixels(image(1, 2, 24, transparent))).isEqualTo(new int[][] {{0x030201, 0x060504}});
  }

  private static int[][] pixels(Row image) throws IOException {
    assertThat(problem(image)).isNull();
    byte[] bmp = new SparkImage.Encoded().call(image);
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(bmp));
    int[][] pixels = new int[read.getHeight()][read.getWidth()];
    for (int y = 0; y < pixels.length; y++) {
      for (int x = 0; x < pixels[y].length; x++) {
        pixels[y][x] = read.getRGB(x, y) & 0xffffff;
      }
    }
    return pixels;
  }

  @Test
  void whatHasNoPixelsIsTold() {
    assertThat(problem(image(-1, -1, -1, new byte[0])))
        .isEqualTo("Spark's image source could not decode s3a://shelf/a.png");
    assertThat(problem(image(1, 1, 21, new byte[12])))
        .isEqualTo(
            "The pixels of s3a://shelf/a.png have the mode 21, of samples that are not 8 bits");
    assertThat(problem(image(2, 3, 16, new byte[17])))
        .isEqualTo("The pixels of s3a://shelf/a.png have 17 bytes, which is not 3x2 of 3 samples");
    assertThat(problem(image(1, 1, 16, null)))
        .isEqualTo("The pixels of s3a://shelf/a.png have 0 bytes, which is not 1x1 of 3 samples");
    assertThat(problem(image(null, 1, 16, new byte[3]))).contains("which is not 1x-1");
    assertThat(new SparkImage.Encoded().call(image(1, 1, 16, null))).isNull();
    assertThat(new SparkImage.Encoded().call(null)).isNull();
    assertThat(problem(null)).isNull();
  }
}
