package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that are used while they are decoded. */
class BandsTest {
  private static final int MEBIBYTE = 1 << 20;

  /** What a picture is put together from. */
  private static class Collecting implements ImageDecoder.Use<String> {
    private final int rows;
    private final List<Integer> heights = new ArrayList<>();
    private byte[] rgb = {};

    Collecting(int rows) {
      this.rows = rows;
    }

    @Override
    public String of(RgbImage picture) {
      rgb = Arrays.copyOf(picture.rgb(), picture.width() * picture.height() * RgbImage.CHANNELS);
      return "whole, " + picture.width() + "x" + picture.height();
    }

    @Override
    public Optional<Bands> bands(int width, int height) {
      rgb = new byte[width * height * RgbImage.CHANNELS];
      heights.clear();
      return Optional.of(
          new Bands() {
            @Override
            public int rows() {
              return rows;
            }

            @Override
            public void band(RgbImage band, int top) {
              assertThat(band.width()).isEqualTo(width);
              heights.add(band.height());
              int row = width * RgbImage.CHANNELS;
              System.arraycopy(band.rgb(), 0, rgb, top * row, band.height() * row);
            }
          });
    }

    @Override
    public String ofBands(int width, int height) throws ImageException {
      return "bands, " + width + "x" + height;
    }
  }

  static Stream<String> images() {
    return GoldenDecodingTest.images().filter(file -> !GoldenDecodingTest.refused(file));
  }

  @ParameterizedTest
  @MethodSource("images")
  void makeTheWholePicture(String file) throws Exception {
    byte[] encoded = GoldenImages.bytes("preprocessing", file);
    for (Orientation orientation : Orientation.values()) {
      RgbImage whole = decoder(orientation).decode(encoded, encoded.length);
      for (int rows : new int[] {1, 16, 100_000}) {
        Collecting collecting = new Collecting(rows);
        String made = decoder(orientation).decode(encoded, encoded.length, collecting);
        assertThat(made).endsWith(", " + whole.width() + "x" + whole.height());
        assertThat(GoldenImages.sha256(collecting.rgb, collecting.rgb.length))
            .isEqualTo(GoldenImages.sha256(whole));
      }
    }
  }

  /** JPEGs of three components in one scan that stay as they are stored; all else is whole. */
  @Test
  void areOfMostJpegs() {
    Set<String> whole =
        images()
            .filter(file -> file.endsWith(".jpg") || file.endsWith("named-as.png"))
            .filter(file -> made(file, Orientation.UPRIGHT).startsWith("whole"))
            .map(file -> file.substring("images/".length()))
            .collect(Collectors.toSet());
    assertThat(whole)
        .containsExactlyInAnyOrder(
            "jpeg-cmyk-adobe.jpg",
            "jpeg-exif-2.jpg",
            "jpeg-exif-3.jpg",
            "jpeg-exif-4.jpg",
            "jpeg-exif-5.jpg",
            "jpeg-exif-6.jpg",
            "jpeg-exif-7.jpg",
            "jpeg-exif-8.jpg",
            "jpeg-gray.jpg",
            "jpeg-progressive-gray.jpg",
            "jpeg-progressive.jpg");
    assertThat(made("images/jpeg-exif-6.jpg", Orientation.AS_STORED)).startsWith("bands");
    assertThat(made("images/png-rgb.png", Orientation.UPRIGHT)).startsWith("whole");
  }

  private static String made(String file, Orientation orientation) {
    byte[] encoded = GoldenImages.bytes("preprocessing", file);
    try {
      return decoder(orientation).decode(encoded, encoded.length, new Collecting(8));
    } catch (ImageException e) {
      throw new IllegalStateException(file, e);
    }
  }

  @Test
  void haveTheRowsAskedForAndTheLastTheRest() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(30, 70, 3);
    Collecting collecting = new Collecting(32);

    decoder(Orientation.UPRIGHT).decode(jpeg, jpeg.length, collecting);

    assertThat(collecting.heights).containsExactly(32, 32, 6);
  }

  /** 17 MB as a whole, a third of a megabyte in bands: ten times what the file takes. */
  @Test
  void areAllThatTheGateIsAskedFor() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    assertThatThrownBy(() -> within(12 * MEBIBYTE).decode(jpeg, jpeg.length))
        .hasMessageContaining("3000x2000 pixels need 18 MB to be decoded");

    assertThat(within(12 * MEBIBYTE).decode(jpeg, jpeg.length, taking(32, top -> {})))
        .isEqualTo("bands, 3000x2000");

    // Long bands are counted too.
    assertThatThrownBy(
            () -> within(12 * MEBIBYTE).decode(jpeg, jpeg.length, taking(2000, top -> {})))
        .hasMessageContaining("3000x2000 pixels need 18 MB to be decoded");
  }

  /** Bands of so many rows, of which only the first row's number counts. */
  private static Collecting taking(int rows, IntConsumer tops) {
    return new Collecting(rows) {
      @Override
      public Optional<Bands> bands(int width, int height) {
        return Optional.of(
            new Bands() {
              @Override
              public int rows() {
                return rows;
              }

              @Override
              public void band(RgbImage band, int top) {
                tops.accept(top);
              }
            });
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"images/jpeg-420.jpg", "images/jpeg-444.jpg"})
  void ofBrokenFilesFailAsTheWholeDoes(String file) throws Exception {
    byte[] encoded = GoldenImages.bytes("preprocessing", file);
    int length = encoded.length * 2 / 3;
    ImageDecoder decoder = decoder(Orientation.UPRIGHT);
    String whole =
        catchThrowableOfType(ImageException.class, () -> decoder.decode(encoded, length))
            .getMessage();

    ImageException failure =
        catchThrowableOfType(
            ImageException.class, () -> decoder.decode(encoded, length, new Collecting(16)));

    assertThat(failure.status()).isEqualTo(Status.UNDECODABLE);
    assertThat(failure).hasMessage(whole);
    assertThat(decoder.decode(encoded, encoded.length, new Collecting(16))).startsWith("bands");
  }

  /** It is no fault of the file. */
  @Test
  void letWhatTheirUseThrowsThrough() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(300, 200, 3);
    ImageDecoder decoder = decoder(Orientation.UPRIGHT);
    Collecting failing =
        taking(
            16,
            top -> {
              throw new IllegalArgumentException("a fault of ours");
            });

    assertThatThrownBy(() -> decoder.decode(jpeg, jpeg.length, failing))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("a fault of ours");

    assertThat(decoder.decode(jpeg, jpeg.length, new Collecting(16))).startsWith("bands");
  }

  @Test
  void areBegunAgainWhereTheHeapDidNotDo() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    List<Integer> tops = new ArrayList<>();
    Collecting failingOnce =
        taking(
            1000,
            top -> {
              tops.add(top);
              if (tops.size() == 2) {
                throw new OutOfMemoryError("as if a neighbour had filled the heap");
              }
            });

    String made = within(40 * MEBIBYTE).decode(jpeg, jpeg.length, failingOnce);

    assertThat(made).isEqualTo("bands, 3000x2000");
    assertThat(tops).containsExactly(0, 1000, 0, 1000);
  }

  @Test
  void areOverWhenTimeIs() {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ZERO);
    assertThat(
            catchThrowableOfType(
                    ImageException.class,
                    () -> decoder.decode(jpeg, jpeg.length, new Collecting(16)))
                .status())
        .isEqualTo(Status.TIMED_OUT);
  }

  private static ImageDecoder decoder(Orientation orientation) {
    return new ImageDecoder(GoldenImages.MAX_PIXELS, orientation, GoldenImages.TIME_LIMIT);
  }

  /** A decoder that may take so many bytes. */
  private static ImageDecoder within(long bytes) {
    return new ImageDecoder(
        GoldenImages.MAX_PIXELS,
        Orientation.UPRIGHT,
        GoldenImages.TIME_LIMIT,
        MemoryGate.of((long) (bytes / 0.4)));
  }
}
