package io.labelmill.djl;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.labelmill.Reference;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.graph.GraphSession;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How far a picture that DJL's own factory decodes is from the one that the model's processor sees,
 * by kind of colour.
 *
 * @param kind as the README calls it
 * @param files of the golden images
 */
public record DjlPictures(String kind, List<String> files) {
  private static final Path IMAGES = Reference.golden().resolve("preprocessing/images");

  public static final List<DjlPictures> KINDS =
      List.of(
          new DjlPictures(
              "8-bit RGB and palette",
              List.of(
                  "jpeg-420.jpg",
                  "jpeg-422.jpg",
                  "jpeg-444.jpg",
                  "jpeg-progressive.jpg",
                  "png-rgb.png",
                  "png-palette.png",
                  "bmp-24.bmp",
                  "gif-static.gif",
                  "tiff-raw.tif")),
          new DjlPictures("RGB with alpha", List.of("png-rgba.png", "png-rgba-interlaced.png")),
          new DjlPictures("gray JPEG", List.of("jpeg-gray.jpg", "jpeg-progressive-gray.jpg")),
          new DjlPictures(
              "gray PNG, BMP, TIFF",
              List.of("png-gray.png", "bmp-8-gray.bmp", "tiff-deflate-gray.tif")),
          new DjlPictures("gray with alpha", List.of("png-gray-alpha.png")),
          new DjlPictures("16-bit RGB", List.of("png-rgb16.png")),
          new DjlPictures("16-bit gray", List.of("png-gray16.png", "tiff-gray16.tif")),
          new DjlPictures("CMYK", List.of("jpeg-cmyk-adobe.jpg", "tiff-cmyk.tif")),
          new DjlPictures(
              "a colour profile other than sRGB", List.of("jpeg-icc-swapped-primaries.jpg")),
          new DjlPictures("EXIF orientation", List.of("jpeg-exif-6.jpg")),
          new DjlPictures("WebP", List.of("webp-lossy.webp", "webp-lossless.webp")));

  /**
   * The largest difference of any sample, in levels of 0 to 255, or why there is none to be
   * measured.
   */
  public String result() {
    GraphSession.environment();
    int largest = 0;
    ImageDecoder decoder =
        new ImageDecoder(Long.MAX_VALUE, Orientation.UPRIGHT, Duration.ofMinutes(1));
    for (String file : files) {
      try (NDManager manager = NDManager.newBaseManager("OnnxRuntime")) {
        byte[] encoded = Files.readAllBytes(IMAGES.resolve(file));
        RgbImage expected = decoder.decode(encoded, encoded.length);
        Image image;
        try {
          image = ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(encoded));
        } catch (IOException | RuntimeException e) {
          return "not read";
        }
        if (image.getWidth() != expected.width() || image.getHeight() != expected.height()) {
          return "lies on its side";
        }
        NDArray samples = image.toNDArray(manager, Image.Flag.COLOR);
        byte[] found = samples.toByteArray();
        for (int i = 0; i < found.length; i++) {
          largest = Math.max(largest, Math.abs((found[i] & 255) - (expected.rgb()[i] & 255)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (ImageException e) {
        throw new IllegalStateException(file, e);
      }
    }
    return Integer.toString(largest);
  }
}
