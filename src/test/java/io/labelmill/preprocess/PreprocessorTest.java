package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.labelmill.decode.RgbImage;
import java.lang.management.ManagementFactory;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the reference cases leave out: sizes of all kinds, one after the other. */
class PreprocessorTest {
  private static final int CHANNELS = RgbImage.CHANNELS;

  /** Sizes around those of vectors, groups and blocks. */
  private static final int[] SIDES = {
    1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 100, 383, 384, 385, 777
  };

  static Stream<Arguments> filters() {
    return Arrays.stream(ResizeBackend.values())
        .filter(backend -> backend != ResizeBackend.AUTO)
        .flatMap(
            backend ->
                Arrays.stream(Resampling.values())
                    .filter(filter -> filter != Resampling.NEAREST && backend.has(filter))
                    .map(filter -> Arguments.of(backend, filter)));
  }

  @ParameterizedTest
  @MethodSource("filters")
  void equalsPlainLoops(ResizeBackend backend, Resampling filter) {
    Random random = new Random(filter.name().hashCode());
    // One for all pictures of a target: nothing of the last one may show.
    for (int target = 0; target < 12; target++) {
      Size size = new Size(side(random), side(random));
      Preprocessor preprocessor =
          new Preprocessor(bare(backend, new Resize.Exact(size), filter, null));
      for (int i = 0; i < 6; i++) {
        RgbImage image = picture(side(random), side(random), random);
        assertThat(pixelValues(preprocessor, image, size))
            .as("%dx%d to %s", image.width(), image.height(), size)
            .isEqualTo(planes(plainly(image, size, filter, backend), size));
      }
    }
  }

  static Stream<Arguments> crops() {
    return Arrays.stream(Resampling.values())
        .flatMap(
            filter ->
                Stream.of(ResizeBackend.PILLOW, ResizeBackend.TORCHVISION)
                    .filter(backend -> backend.has(filter))
                    .map(backend -> Arguments.of(backend, filter)));
  }

  @ParameterizedTest
  @MethodSource("crops")
  void cropsAndPadsWithBlack(ResizeBackend backend, Resampling filter) {
    Random random = new Random(1);
    // The second is resized rows first by Pillow.
    for (RgbImage image : List.of(picture(61, 45, random), picture(45, 161, random))) {
      Size size = new Size(40, 30);
      float[] whole =
          pixelValues(
              new Preprocessor(bare(backend, new Resize.Exact(size), filter, null)), image, size);
      for (Size crop : new Size[] {new Size(22, 18), new Size(50, 18), new Size(51, 37)}) {
        float[] cropped =
            pixelValues(
                new Preprocessor(bare(backend, new Resize.Exact(size), filter, crop)), image, crop);
        // Of an odd rest, Pillow's crop pads the more in front, torchvision's behind.
        int more = backend == ResizeBackend.TORCHVISION ? 0 : 1;
        int left = Math.floorDiv(size.width() - crop.width() + 1 - more, 2);
        int top = Math.floorDiv(size.height() - crop.height() + 1 - more, 2);
        for (int i = 0; i < cropped.length; i++) {
          int x = left + i % crop.width();
          int y = top + i / crop.width() % crop.height();
          int channel = i / crop.width() / crop.height();
          boolean inside = x >= 0 && x < size.width() && y >= 0 && y < size.height();
          assertThat(cropped[i])
              .as("%s, column %d, row %d, channel %d", crop, x, y, channel)
              .isEqualTo(inside ? whole[(channel * size.height() + y) * size.width() + x] : 0);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("filters")
  void unclippedSamplesFitTheirBits(ResizeBackend backend, Resampling filter) {
    for (int source : SIDES) {
      for (int target : SIDES) {
        AxisWeights weights = AxisWeights.of(filter, backend, source, target);
        for (int i = 0; i < target; i++) {
          long least = 0;
          long most = 1 << (AxisWeights.PRECISION_BITS - 1);
          for (int tap = 0; tap < weights.count()[i]; tap++) {
            least += Math.min(255L * weights.weight(i, tap), 0);
            most += Math.max(255L * weights.weight(i, tap), 0);
          }
          assertThat(least >> AxisWeights.PRECISION_BITS)
              .isGreaterThanOrEqualTo(-AxisPass.ZERO_LEVEL);
          assertThat(most >> AxisWeights.PRECISION_BITS)
              .isLessThan(AxisPass.LEVELS - AxisPass.ZERO_LEVEL);
        }
      }
    }
  }

  @Test
  void takesLessThanAMegabyte() {
    assertThat(bytesFor(picture(4000, 3000, new Random(1)))).isLessThan(1 << 20);
  }

  @Test
  void takesLittleMoreForTallPictures() {
    assertThat(bytesFor(picture(1500, 6000, new Random(1)))).isLessThan(3 << 19);
  }

  /** What a preprocessor allocates for its first picture; for the next it takes nothing. */
  private static long bytesFor(RgbImage image) {
    Size size = new Size(384, 384);
    ProcessorConfig config =
        bare(ResizeBackend.PILLOW, new Resize.Exact(size), Resampling.BICUBIC, null);
    FloatBuffer nchw = FloatBuffer.allocate(CHANNELS * 384 * 384);
    // Classes are loaded once.
    new Preprocessor(config).pixelValues(image, nchw.clear());
    long before = allocated();
    Preprocessor fresh = new Preprocessor(config);
    fresh.pixelValues(image, nchw.clear());
    long first = allocated() - before;

    long again = allocated();
    fresh.pixelValues(image, nchw.clear());
    assertThat(allocated() - again).isLessThan(1 << 10);
    return first;
  }

  @Test
  void refusesABufferThatIsTooShort() {
    Preprocessor preprocessor =
        new Preprocessor(
            bare(
                ResizeBackend.PILLOW, new Resize.Exact(new Size(5, 4)), Resampling.BILINEAR, null));
    FloatBuffer nchw = FloatBuffer.allocate(60).position(1);
    RgbImage image = picture(3, 2, new Random(1));
    assertThatThrownBy(() -> preprocessor.pixelValues(image, nchw))
        .isInstanceOf(BufferOverflowException.class);
    assertThat(nchw.position()).isEqualTo(1);
    ByteBuffer samples = ByteBuffer.allocate(60).position(1);
    assertThatThrownBy(() -> preprocessor.samples(image, samples))
        .isInstanceOf(BufferOverflowException.class);
    assertThat(samples.position()).isEqualTo(1);
  }

  private static int side(Random random) {
    return SIDES[random.nextInt(SIDES.length)];
  }

  /** Its array ends with its last pixel. */
  private static RgbImage picture(int width, int height, Random random) {
    byte[] rgb = new byte[width * height * CHANNELS];
    random.nextBytes(rgb);
    // Full contrast makes filters with negative lobes leave 0 to 255.
    for (int i = 0; i < rgb.length; i++) {
      if (random.nextInt(3) > 0) {
        rgb[i] = (byte) (rgb[i] >> 7);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static ProcessorConfig bare(
      ResizeBackend backend, Resize resize, Resampling filter, Size crop) {
    return new ProcessorConfig(
        ProcessorClass.VIT, backend, resize, filter, crop, 1, null, null, "bare", List.of());
  }

  private static float[] pixelValues(Preprocessor preprocessor, RgbImage image, Size size) {
    FloatBuffer nchw = FloatBuffer.allocate(CHANNELS * size.width() * size.height());
    Arrays.fill(nchw.array(), Float.NaN);
    preprocessor.pixelValues(image, nchw);
    assertThat(nchw.remaining()).isZero();
    assertThat(samples(preprocessor, image, size)).isEqualTo(nchw.array());
    return nchw.array();
  }

  /** What bare pixel values are too. */
  private static float[] samples(Preprocessor preprocessor, RgbImage image, Size size) {
    ByteBuffer nchw = ByteBuffer.allocate(CHANNELS * size.width() * size.height());
    Arrays.fill(nchw.array(), (byte) 99);
    preprocessor.samples(image, nchw);
    assertThat(nchw.remaining()).isZero();
    float[] samples = new float[nchw.capacity()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = nchw.get(i) & 0xFF;
    }
    return samples;
  }

  private static float[] planes(int[] rgb, Size size) {
    int pixels = size.width() * size.height();
    float[] planes = new float[CHANNELS * pixels];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = rgb[i % pixels * CHANNELS + i / pixels];
    }
    return planes;
  }

  /** One axis, then the other, sample by sample. */
  private static int[] plainly(
      RgbImage image, Size size, Resampling filter, ResizeBackend backend) {
    int[] samples = new int[image.width() * image.height() * CHANNELS];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = image.rgb()[i] & 0xFF;
    }
    AxisWeights across = AxisWeights.of(filter, backend, image.width(), size.width());
    AxisWeights down = AxisWeights.of(filter, backend, image.height(), size.height());
    if (backend.verticalFirst(image.width(), image.height(), size)) {
      return across(down(samples, image.width(), down), image.width(), across);
    }
    return down(across(samples, image.width(), across), size.width(), down);
  }

  private static int[] across(int[] samples, int width, AxisWeights weights) {
    int newWidth = weights.targetSize() * CHANNELS;
    int[] resized = new int[samples.length / width * weights.targetSize()];
    for (int i = 0; i < resized.length; i++) {
      int start = i / newWidth * width * CHANNELS + i % CHANNELS;
      resized[i] = plainly(samples, start, CHANNELS, weights, i % newWidth / CHANNELS);
    }
    return resized;
  }

  private static int[] down(int[] samples, int width, AxisWeights weights) {
    int step = width * CHANNELS;
    int[] resized = new int[step * weights.targetSize()];
    for (int i = 0; i < resized.length; i++) {
      resized[i] = plainly(samples, i % step, step, weights, i / step);
    }
    return resized;
  }

  private static int plainly(int[] samples, int start, int step, AxisWeights weights, int target) {
    long sum = 1 << (AxisWeights.PRECISION_BITS - 1);
    for (int tap = 0; tap < weights.count()[target]; tap++) {
      int at = start + (weights.first()[target] + tap) * step;
      sum += (long) samples[at] * weights.weight(target, tap);
    }
    return (int) Math.min(Math.max(sum >> AxisWeights.PRECISION_BITS, 0), 255);
  }

  /** Bytes that this thread has allocated so far. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
