package io.labelmill.bench;

import io.labelmill.demo.JpegFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * JPEGs that cost as much to read and decode as photographs do: smooth shapes with grain on them,
 * quality 0.9.
 *
 * @param width pixels
 * @param height pixels
 */
public record Photographs(int width, int height) {
  /** Different pictures; more files than that are copies of them. */
  private static final int DIFFERENT = 50;

  /**
   * Writes {@code count} files into an existing folder.
   *
   * @throws IOException if that fails; what is there by then stays
   */
  public void write(Path folder, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve("%06d.jpg".formatted(i));
      if (i < DIFFERENT) {
        JpegFile.write(picture(i), file);
      } else {
        Files.copy(folder.resolve("%06d.jpg".formatted(i % DIFFERENT)), file);
      }
    }
  }

  private BufferedImage picture(long seed) {
    Random random = new Random(seed);
    double[] waves = random.doubles(12, 0.005, 0.05).toArray();
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          int at = channel * 4;
          double shape =
              Math.sin(x * waves[at] + channel)
                  * Math.cos(y * waves[at + 1])
                  * Math.sin((x + y) * waves[at + 2])
                  * Math.cos((x - y) * waves[at + 3]);
          double sample = 128 + 100 * shape + 6 * random.nextGaussian();
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, sample));
        }
        picture.setRGB(x, y, rgb);
      }
    }
    return picture;
  }
}
