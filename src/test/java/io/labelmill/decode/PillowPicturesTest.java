package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kinds of files and of orientations that common programs write, usual and rare, beside Pillow 13.
 * The scripts in {@code src/test/references} made them.
 */
class PillowPicturesTest {
  private static final Archive ORIENTATION = Archive.of("orientation.zip");
  private static final Archive KINDS = Archive.of("kinds.zip");

  private static final String NOT_READ = " file is of a kind that is not read: ";

  /** What Pillow reads and Labelmill does not: why. */
  private static final Map<String, String> NOT_READ_HERE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("tiff-packed-zstd.tif", "its compression is 50000, Zstandard."),
              Map.entry("tiff-packed-lzma.tif", "its compression is 34925, LZMA."),
              Map.entry("tiff-pillow-1-tiff_raw_16.tif", "its compression is 32771."),
              Map.entry("tiff-pillow-LAB-plain.tif", "its colours are Lab."),
              Map.entry("tiff-pillow-LAB-tiff_lzw.tif", "its colours are Lab."),
              Map.entry(
                  "tiff-pillow-YCbCr-plain.tif", "its colours are YCbCr without JPEG compression."),
              Map.entry(
                  "tiff-pillow-YCbCr-tiff_lzw.tif",
                  "its colours are YCbCr without JPEG compression."),
              Map.entry("tiff-pillow-LA-jpeg.tif", "it has 2 components, and 1, 3 and 4 are read."),
              Map.entry("jpeg-lossless-cmyk-scans.jpg", "it is lossless CMYK in several scans.")));

  /** What Pillow mixes up: the file with the same picture that it reads right. */
  private static final Map<String, String> RIGHT_AS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("tiff-rgb16-planes-le-plain.tif", "tiff-rgb16-planes-le-lzw.tif"),
              Map.entry("tiff-rgb16-planes-be-plain.tif", "tiff-rgb16-planes-be-lzw.tif"),
              Map.entry("tiff-int16-black-be-lzw.tif", "tiff-int16-black-be-plain.tif"),
              Map.entry("tiff-int32-black-be-lzw.tif", "tiff-int32-black-be-plain.tif"),
              Map.entry("tiff-float32-black-be-lzw.tif", "tiff-float32-black-be-plain.tif"),
              Map.entry("tiff-float32-white-be-lzw.tif", "tiff-float32-white-be-plain.tif"),
              Map.entry("tiff-int16-be-predictor.tif", "tiff-int16-le-predictor.tif"),
              Map.entry("tiff-int32-be-predictor.tif", "tiff-int32-le-predictor.tif"),
              Map.entry("tiff-float32-be-predictor-3.tif", "tiff-float32-le-predictor-3.tif"),
              Map.entry("bmp-4-bits-black-and-white.bmp", "bmp-4-bits-black-white-and-another.bmp"),
              Map.entry(
                  "bmp-8-bits-black-and-white.bmp", "bmp-8-bits-black-white-and-another.bmp")));

  /** Those that are no longer whole. */
  private static final Map<String, String> BROKEN =
      Map.of(
          "bmp-runs8-cut.bmp", "The BMP file is broken: it ends after",
          "bmp-runs4-cut.bmp", "The BMP file is broken: it ends after",
          "jpeg-lossless-cut.jpg",
              "The JPEG file is broken: its packed data ends before its last row, at byte",
          "jpeg-lossless-no-end.jpg", "The JPEG file is broken: it ends after");

  /** Some of those that Pillow does not read either. */
  private static final Map<String, String> SENTENCES =
      Map.ofEntries(
          Map.entry(
              "tiff-rgb-float32.tif",
              "its pixels have 3 samples of 32 bits (RGB, floating point, little-endian)."),
          Map.entry(
              "tiff-cmyk-unassalpha.tif",
              "its pixels have 5 samples of 8 bits (CMYK and others of kind [2], unsigned)."),
          Map.entry(
              "tiff-int8-white-le-plain.tif",
              "its pixels have 1 sample of 8 bits (gray, white is zero, signed)."),
          Map.entry("tiff-packed-jpeg2000.tif", "its compression is 34712, JPEG 2000."),
          Map.entry("tiff-packed-jpegxl.tif", "its compression is 50002, JPEG XL."),
          Map.entry("tiff-packed-webp.tif", "its compression is 50001, WebP."),
          Map.entry("jpeg-12-bits.jpg", "it has 12 bits a sample, and 8 are read."),
          Map.entry("jpeg-lossless-12-bits.jpg", "it has 12 bits a sample, and 8 are read."),
          Map.entry("jpeg-2-components.jpg", "it has 2 components, and 1, 3 and 4 are read."),
          Map.entry("jpeg-ls.jpg", "it is coded as JPEG-LS."),
          Map.entry(
              "jpeg-hierarchical.jpg", "its coding process is FFC5, lossless or hierarchical."),
          Map.entry(
              "jpeg-lossless-ycck.jpg",
              "it is lossless JPEG of other colours than gray, RGB and CMYK."),
          Map.entry("bmp-2-bits-header-40.bmp", "it has 2 bits a pixel."),
          Map.entry("bmp-1-bits-header-16.bmp", "its header is 16 bytes long."),
          Map.entry("bmp-jpeg.bmp", "its compression is 4."),
          Map.entry(
              "bmp-16-bits-4444-124.bmp",
              "it has 16 bits a pixel with the masks f00, f0, f, f000."),
          Map.entry("bmp-runs8-early-end.bmp", "its runs leave out all but 39 pixels."));

  /** What Pillow refuses for something beside the samples, and what it is turned by here. */
  private static final Map<String, Integer> ODD_METADATA =
      Map.of(
          "exif-no-tiff.png", 1,
          "exif-no-tiff.webp", 1,
          "raw-not-hex.png", 1,
          "raw-odd-digits.png", 1,
          "ztext-exif.png", 1,
          "xmp-ascii.tif", 6);

  /** Every file. */
  static Stream<byte[]> pictures() {
    return Stream.of(ORIENTATION, KINDS).flatMap(archive -> archive.pictures.values().stream());
  }

  static Set<String> orientation() {
    return ORIENTATION.cases.keySet();
  }

  static Set<String> kinds() {
    return KINDS.cases.keySet();
  }

  @ParameterizedTest
  @MethodSource("orientation")
  void isUpright(String file) throws Exception {
    JsonNode seen = ORIENTATION.cases.get(file);
    RgbImage image = ORIENTATION.decode(file);
    if (seen.has("error")) {
      assertThat(ODD_METADATA).containsKey(file);
      JsonNode same = ORIENTATION.cases.get("orientation-" + ODD_METADATA.get(file) + ".tif");
      assertThat(GoldenImages.sha256(image)).isEqualTo(same.get("sha256").asText());
      return;
    }
    assertPixels(image, seen);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isReadAsPillowDoesOrSaysWhy(String file) throws Exception {
    JsonNode seen = KINDS.cases.get(file);
    if (file.equals("tiff-big.tif")) {
      assertThat(KINDS.failure(file)).hasMessage("The content is a BigTIFF picture.");
    } else if (RIGHT_AS.containsKey(file)) {
      JsonNode twin = KINDS.cases.get(RIGHT_AS.get(file));
      assertThat(seen.get("sha256")).isNotEqualTo(twin.get("sha256"));
      assertPixels(KINDS.decode(file), twin);
    } else if (NOT_READ_HERE.containsKey(file)) {
      assertNotRead(file, NOT_READ_HERE.get(file));
    } else if (!seen.has("error")) {
      assertPixels(KINDS.decode(file), seen);
    } else if (file.startsWith("png-short-")) {
      // A chunk that says nothing about the samples.
      assertPixels(KINDS.decode(file), KINDS.cases.get("png-plain.png"));
    } else if (BROKEN.containsKey(file)) {
      assertThat(KINDS.failure(file).status()).isEqualTo(Status.UNDECODABLE);
      assertThat(KINDS.failure(file)).hasMessageStartingWith(BROKEN.get(file));
    } else {
      assertNotRead(file, SENTENCES.getOrDefault(file, "i"));
    }
  }

  /** The reference's own small inputs, where they are at hand: 90x60 pixels, or upright 60x90. */
  @Test
  void readsTheReferencesCases() throws Exception {
    Optional<Path> cases = Reference.folder().map(folder -> folder.resolve("cases"));
    if (cases.isEmpty() || !Files.isDirectory(cases.get())) {
      return;
    }
    for (String turned :
        List.of(
            "orientation/xmp-orient6.jpg",
            "orientation/xmp-orient6.tif",
            "orientation/xmp-orient6-with-exif-without-orientation.jpg",
            "orientation/rawprofile-exif6-ztxt.png")) {
      assertThat(decode(Files.readAllBytes(cases.get().resolve(turned))))
          .as(turned)
          .extracting(RgbImage::width, RgbImage::height)
          .containsExactly(60, 90);
    }
    for (String stored : List.of("orientation/exif-type1.jpg", "images/float32.tif")) {
      assertThat(decode(Files.readAllBytes(cases.get().resolve(stored))))
          .as(stored)
          .extracting(RgbImage::width, RgbImage::height)
          .containsExactly(90, 60);
    }
    assertThat(failure(Files.readAllBytes(cases.get().resolve("images/zstd.tif"))))
        .hasMessage("The TIFF" + NOT_READ + "its compression is 50000, Zstandard.");
    assertThat(failure(Files.readAllBytes(cases.get().resolve("images/other.tga"))))
        .hasMessage("The content is a TGA picture.");
  }

  @Test
  void everyCaseNamedIsThere() {
    assertThat(KINDS.cases)
        .containsKeys(NOT_READ_HERE.keySet().toArray(String[]::new))
        .containsKeys(RIGHT_AS.keySet().toArray(String[]::new))
        .containsKeys(BROKEN.keySet().toArray(String[]::new))
        .containsKeys(SENTENCES.keySet().toArray(String[]::new));
    assertThat(ORIENTATION.cases).containsKeys(ODD_METADATA.keySet().toArray(String[]::new));
    assertThat(KINDS.pillow).isEqualTo("13.0.0");
    assertThat(ORIENTATION.pillow).isEqualTo("13.0.0");
  }

  /** What is whole is never called broken. */
  private static void assertNotRead(String file, String clause) {
    ImageException failure = KINDS.failure(file);
    assertThat(failure.status()).isEqualTo(Status.UNDECODABLE);
    assertThat(failure.getMessage())
        .matches("The (TIFF|JPEG|BMP)" + NOT_READ + ".*\\.")
        .doesNotContain("broken")
        .contains(NOT_READ + clause);
  }

  private static void assertPixels(RgbImage image, JsonNode seen) {
    assertThat(image.width()).isEqualTo(seen.get("width").asInt());
    assertThat(image.height()).isEqualTo(seen.get("height").asInt());
    assertThat(GoldenImages.sha256(image)).isEqualTo(seen.get("sha256").asText());
  }

  private static RgbImage decode(byte[] encoded) throws ImageException {
    return new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, GoldenImages.TIME_LIMIT)
        .decode(encoded, encoded.length);
  }

  private static ImageException failure(byte[] encoded) {
    ImageException failure = catchThrowableOfType(ImageException.class, () -> decode(encoded));
    assertThat(failure).isNotNull();
    return failure;
  }

  /**
   * Pictures, and what Pillow saw of each.
   *
   * @param pillow the version
   */
  private record Archive(String pillow, Map<String, JsonNode> cases, Map<String, byte[]> pictures) {
    static Archive of(String name) {
      Map<String, byte[]> files = new TreeMap<>();
      try (InputStream in = PillowPicturesTest.class.getResourceAsStream("/pictures/" + name);
          ZipInputStream zip = new ZipInputStream(in)) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          files.put(entry.getName(), zip.readAllBytes());
        }
        JsonNode index = new ObjectMapper().readTree(files.remove("index.json"));
        Map<String, JsonNode> cases = new LinkedHashMap<>();
        index.get("cases").forEach(seen -> cases.put(seen.get("file").asText(), seen));
        return new Archive(index.get("pillow").asText(), cases, files);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    RgbImage decode(String file) throws ImageException {
      return PillowPicturesTest.decode(pictures.get(file));
    }

    ImageException failure(String file) {
      return PillowPicturesTest.failure(pictures.get(file));
    }
  }
}
