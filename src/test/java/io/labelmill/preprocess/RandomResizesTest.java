package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.decode.RgbImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums that {@code src/test/references/preprocess/resizes.py} got of Pillow and torchvision. */
class RandomResizesTest {
  private static final int[] FILTERS = {0, 1, 2, 2, 3, 3, 4, 5, 6, 7};
  private static final int[] SIDES = {10, 64, 300, 1000, 5000};

  /** Sides of 1 to 5,000 pixels, ratios up to 1:1000. */
  @Test
  void everyResizeIsThatOfPillowAndTorchvision() throws IOException {
    List<String> expected = lines("random.txt");
    assertThat(expected).hasSize(2000);
    Draws draws = new Draws(2);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      Resampling filter = Resampling.ofCode(FILTERS[draws.next(FILTERS.length)]).orElseThrow();
      Size from = size(draws, 300_000);
      Size to = size(draws, 100_000);
      RgbImage picture = Draws.picture(from.width(), from.height(), i);
      String made =
          sum(picture, to, filter, ResizeBackend.PILLOW)
              + " "
              + (ResizeBackend.TORCHVISION.has(filter)
                  ? sum(picture, to, filter, ResizeBackend.TORCHVISION)
                  : "-");
      if (!made.equals(expected.get(i))) {
        wrong.add(from + " to " + to + " by " + filter + ": " + made + ", not " + expected.get(i));
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** Sizes on both sides of each boundary between columns first and rows first. */
  @ParameterizedTest
  @CsvSource({"PILLOW,order-13.0.txt", "PILLOW_12,order-12.3.txt"})
  void passesComeInTheOrderOfTheVersion(ResizeBackend backend, String file) throws IOException {
    List<String> lines = lines(file);
    assertThat(lines).hasSize(33).anyMatch(line -> line.contains(" V "));
    for (int i = 0; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(" ", -1);
      RgbImage picture = Draws.picture(Integer.parseInt(fields[0]), Integer.parseInt(fields[1]), i);
      Size to = new Size(Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
      Resampling filter = Resampling.ofCode(Integer.parseInt(fields[4])).orElseThrow();
      if (!fields[5].equals("=")) {
        assertThat(backend.verticalFirst(picture.width(), picture.height(), to))
            .as(lines.get(i))
            .isEqualTo(fields[5].equals("V"));
      }
      assertThat(sum(picture, to, filter, backend)).as(lines.get(i)).isEqualTo(fields[6]);
    }
  }

  private static List<String> lines(String file) throws IOException {
    return Files.readAllLines(Reference.golden().resolve("resizes").resolve(file));
  }

  private static int side(Draws draws) {
    return 1 + draws.next(SIDES[draws.next(SIDES.length)]);
  }

  private static Size size(Draws draws, int pixels) {
    int width = side(draws);
    int height = side(draws);
    while (width * height > pixels) {
      width = height;
      height = side(draws);
    }
    return new Size(width, height);
  }

  /** CRC-32 of the picture's samples, row by row, three a pixel. */
  private static String sum(RgbImage picture, Size to, Resampling filter, ResizeBackend backend) {
    ProcessorConfig bare =
        new ProcessorConfig(
            ProcessorClass.VIT,
            backend,
            new Resize.Exact(to),
            filter,
            null,
            1,
            null,
            null,
            "bare",
            List.of());
    int pixels = to.width() * to.height();
    ByteBuffer nchw = ByteBuffer.allocate(RgbImage.CHANNELS * pixels);
    new Preprocessor(bare).samples(picture, nchw);
    byte[] rgb = new byte[nchw.capacity()];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = nchw.get(i % RgbImage.CHANNELS * pixels + i / RgbImage.CHANNELS);
    }
    CRC32 sum = new CRC32();
    sum.update(rgb);
    return "%08x".formatted(sum.getValue());
  }
}
