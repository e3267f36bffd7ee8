package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Decodes encoded pictures into the RGB bytes that Pillow's {@code Image.open(f)}, {@code
 * ImageOps.exif_transpose} and {@code convert("RGB")} give: raster samples, no colour management,
 * alpha dropped.
 *
 * <p>One per thread: it keeps its readers and buffers. A picture of {@code p} pixels takes {@code
 * 3p} bytes, as much again where it is turned by 90 degrees, up to {@code 4p} more for CMYK JPEG
 * and {@code 5p} for WebP, and a few rows; of that, no more than 128 MiB are kept for the next.
 *
 * <p>Whatever a file holds ends in a picture or an {@link ImageException}:
 *
 * <ul>
 *   <li>{@link Status#NOT_AN_IMAGE}: the content begins like none of {@link ImageFormat};
 *   <li>{@link Status#TOO_LARGE}: more pixels declared than allowed, seen before they are
 *       allocated, or more than the heap has free;
 *   <li>{@link Status#TIMED_OUT}: decoding took longer than its limit, which is looked at between
 *       rows and blocks of input;
 *   <li>{@link Status#UNDECODABLE}: everything else.
 * </ul>
 */
public final class ImageDecoder {
  private final Orientation orientation;
  private final Duration timeLimit;
  private final Canvas canvas;
  private final Map<ImageFormat, FormatDecoder> decoders = new EnumMap<>(ImageFormat.class);

  /**
   * @param maxPixels a picture that declares more is {@link Status#TOO_LARGE}
   * @param orientation which way up pictures are wanted
   * @param timeLimit a decode that takes longer is {@link Status#TIMED_OUT}
   */
  public ImageDecoder(long maxPixels, Orientation orientation, Duration timeLimit) {
    this.orientation = orientation;
    this.timeLimit = timeLimit;
    this.canvas = new Canvas(maxPixels);
  }

  /**
   * Decodes the first picture of an encoded file.
   *
   * @param encoded the file's bytes
   * @param length how many of them count
   * @return a view into this decoder's buffer, valid until the next call
   * @throws ImageException saying what was seen; the decoder can be used on
   */
  public RgbImage decode(byte[] encoded, int length) throws ImageException {
    Encoded file = new Encoded(encoded, length);
    ImageFormat format =
        ImageFormat.of(file)
            .orElseThrow(
                () ->
                    new ImageException(
                        Status.NOT_AN_IMAGE, "The content is " + ForeignContent.named(file) + "."));
    canvas.begin(format, Deadline.after(timeLimit));
    try {
      decoders.computeIfAbsent(format, ImageDecoder::decoder).decode(file, canvas);
      canvas.deadline().check();
      return orientation == Orientation.UPRIGHT ? canvas.upright() : canvas.picture();
    } catch (BrokenImage e) {
      if (e.getCause() instanceof EncodedStream.DeadlinePassed) {
        throw canvas.deadline().exceeded();
      }
      throw canvas.broken(e.getMessage());
    } catch (RuntimeException e) {
      // A file that our own checks did not foresee: the loss is its row, not the executor.
      decoders.remove(format);
      throw canvas.broken("reading it failed with " + e);
    }
  }

  private static FormatDecoder decoder(ImageFormat format) {
    return switch (format) {
      case JPEG -> new JpegDecoder(JpegDecoder.Colours.MARKED);
      case PNG -> new PngDecoder();
      case GIF -> new GifDecoder();
      case BMP -> new BmpDecoder();
      case TIFF -> new TiffDecoder();
      case WEBP -> new WebpDecoder();
    };
  }
}
