package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.labelmill.error.ImageException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a decoder, and so a thread, needs at most: what the README promises. */
class DecodingMemoryTest {
  /** Of everything that is allocated, kept or not. */
  private static final int BYTES_PER_PIXEL = 12;

  private static final int TIMES_THE_FILE = 3;
  private static final int WIDTH = 1600;
  private static final int HEIGHT = 1000;
  private static final long ANYWAY = 512 << 10;
  private static final int RUNS = 10;

  static Stream<Named<byte[]>> files() {
    return Stream.concat(
        GoldenImages.entries(GoldenImages.index("preprocessing").get("images"))
            .map(entry -> entry.get("file").asText())
            .filter(file -> !GoldenDecodingTest.refused(file))
            .map(file -> Named.of(file, GoldenImages.bytes("preprocessing", file))),
        large());
  }

  /** Of so many pixels that what is needed anyway does not matter. */
  static Stream<Named<byte[]>> large() {
    return Stream.of(
        Named.of("PNG, 16 bits, alpha", png(16, 6, 8)),
        Named.of("PNG, 1 bit", png(1, 0, 1)),
        Named.of("BMP", Crafted.bmp(WIDTH, HEIGHT, 24, 0, 54).zeros(WIDTH * HEIGHT * 3).done()),
        Named.of("JPEG, to be turned", turned()),
        Named.of("JPEG, lossless", lossless()),
        Named.of("JPEG, CMYK", Crafted.flatJpeg(WIDTH, HEIGHT, 4)),
        Named.of("JPEG, CMYK, to be turned", Crafted.turned(Crafted.flatJpeg(WIDTH, HEIGHT, 4))),
        Named.of("WebP", GoldenImages.bytes("../pictures", "lossy.webp")),
        Named.of("WebP, lossless", GoldenImages.bytes("../pictures", "lossless.webp")),
        Named.of("TIFF, floating point", floats()));
  }

  private static byte[] png(int bits, int colourType, int bytesPerPixel) {
    int row = bits < 8 ? WIDTH / 8 : WIDTH * bytesPerPixel;
    return Crafted.png(WIDTH, HEIGHT, bits, colourType)
        .chunk("IDAT", Crafted.deflated(new byte[(row + 1) * HEIGHT]))
        .done();
  }

  /** Each pixel as the one on its left, in a code of one bit. */
  private static byte[] lossless() {
    return Crafted.jpeg(0xC3, WIDTH, HEIGHT, 1)
        .bytes(0xFF, 0xC4, 0, 20, 0, 1)
        .zeros(16)
        .bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0)
        .zeros(WIDTH * HEIGHT / 8)
        .bytes(0xFF, 0xD9)
        .done();
  }

  private static byte[] floats() {
    int data = Crafted.tiffData(8);
    int bytes = WIDTH * HEIGHT * Float.BYTES;
    long[][] tags = {
      {256, 4, 1, WIDTH},
      {257, 4, 1, HEIGHT},
      {258, 3, 1, 32},
      {259, 3, 1, 1},
      {262, 3, 1, 1},
      {273, 4, 1, data},
      {279, 4, 1, bytes},
      {339, 3, 1, 3}
    };
    return Crafted.tiff(new byte[bytes], Stream.of(tags).flatMapToLong(LongStream::of).toArray());
  }

  /** The large reference picture behind the first segments of one that is turned. */
  private static byte[] turned() {
    byte[] picture = GoldenImages.bytes("preprocessing", "images/large.jpg");
    byte[] small = GoldenImages.bytes("preprocessing", "images/jpeg-exif-6.jpg");
    int exif = new String(small, StandardCharsets.ISO_8859_1).indexOf("Exif") - 4;
    int length = 2 + (((small[exif + 2] & 0xFF) << 8) | (small[exif + 3] & 0xFF));
    byte[] turned = new byte[picture.length + length];
    System.arraycopy(picture, 0, turned, 0, 2);
    System.arraycopy(small, exif, turned, 2, length);
    System.arraycopy(picture, 2, turned, 2 + length, picture.length - 2);
    return turned;
  }

  @ParameterizedTest
  @MethodSource("files")
  void isBounded(byte[] encoded) throws Exception {
    RgbImage image = decoder().decode(encoded, encoded.length);
    long bytes = least(encoded);
    long pixels = (long) image.width() * image.height();
    assertThat(bytes)
        .isLessThan(BYTES_PER_PIXEL * pixels + (long) TIMES_THE_FILE * encoded.length + ANYWAY);
  }

  /** What is allocated is what the gate was asked for: no less, and not much more. */
  @ParameterizedTest
  @MethodSource("large")
  void isWhatTheGateIsAskedFor(byte[] encoded) throws Exception {
    long bytes = least(encoded);

    assertThatThrownBy(() -> within(bytes - ANYWAY).decode(encoded, encoded.length))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("MB to be decoded, and decoding may take");
    assertThatCode(
            () -> within(bytes + bytes / 3 + 2L * encoded.length).decode(encoded, encoded.length))
        .doesNotThrowAnyException();
  }

  /**
   * The least that new decoders allocate for a picture: at first classes and registries are loaded,
   * and code that is not compiled yet makes short-lived objects for each pixel.
   */
  private static long least(byte[] encoded) throws ImageException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < RUNS; i++) {
      ImageDecoder fresh = decoder();
      long before = allocated();
      fresh.decode(encoded, encoded.length);
      least = Math.min(least, allocated() - before);
    }
    return least;
  }

  /** A decoder that may take so many bytes. */
  private static ImageDecoder within(long bytes) {
    return new ImageDecoder(
        GoldenImages.MAX_PIXELS,
        Orientation.UPRIGHT,
        Duration.ofSeconds(20),
        MemoryGate.of((long) (bytes / 0.4)));
  }

  private static ImageDecoder decoder() {
    return new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(20));
  }

  /** Bytes that this thread has allocated so far. */
  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }
}
