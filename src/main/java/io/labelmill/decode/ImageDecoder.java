package io.labelmill.decode;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Decodes encoded pictures into the RGB bytes that Pillow's {@code Image.open(f)}, {@code
 * ImageOps.exif_transpose} and {@code convert("RGB")} give: raster samples, no colour management,
 * alpha dropped.
 *
 * <p>One per thread: it keeps its readers and buffers, of which the collector may take the larger
 * ones between pictures. A picture of {@code p} pixels takes {@code 3p} bytes, as much again where
 * it is turned by 90 degrees, and what its format needs besides: {@code p} for CMYK JPEG, {@code
 * 2p} for lossy and {@code 4p} for lossless WebP, a strip or tile of TIFF, and a copy of a JPEG or
 * lossless WebP file. A JPEG that is neither CMYK nor turned takes but some rows where it is used
 * in bands. All decoders of a JVM share 0.4 of its heap, with masks that are made meanwhile: a
 * picture waits until what it needs is free, and one that needs more than that is not decoded.
 *
 * <p>Whatever a file holds ends in a picture or an {@link ImageException}:
 *
 * <ul>
 *   <li>{@link Status#NOT_AN_IMAGE}: the content begins like none of {@link ImageFormat};
 *   <li>{@link Status#TOO_LARGE}: more pixels declared than allowed, seen before they are
 *       allocated;
 *   <li>{@link Status#OUT_OF_MEMORY}: it needs more than all of that share, seen likewise, or the
 *       heap did not do although no other large picture was decoded meanwhile;
 *   <li>{@link Status#TIMED_OUT}: decoding took longer than its limit, which is looked at between
 *       rows and blocks of input; waiting for memory is not decoding;
 *   <li>{@link Status#UNDECODABLE}: everything else.
 * </ul>
 */
public final class ImageDecoder {
  private final Duration timeLimit;
  private final MemoryGate gate;
  private final Canvas canvas;
  private final Map<ImageFormat, FormatDecoder> decoders = new EnumMap<>(ImageFormat.class);

  /**
   * What is made of a picture, while its memory is counted as in use.
   *
   * @param <T> that; not the picture itself
   */
  @FunctionalInterface
  public interface Use<T> {
    /**
     * May be called again with the same picture, where there was too little memory the first time.
     */
    T of(RgbImage picture) throws ImageException;

    /**
     * How the picture is used while it is decoded, where it can be. Empty, as here, where it is
     * wanted as a whole. What was done with bands of a picture that turns out to be broken is done
     * for nothing; it may be begun again, as {@link #of}.
     *
     * @param width of the picture as {@link #of} would get it
     * @param height likewise
     */
    default Optional<Bands> bands(int width, int height) {
      return Optional.empty();
    }

    /** What is made of the picture, once its bands were taken. */
    default T ofBands(int width, int height) throws ImageException {
      throw new IllegalStateException("no bands were asked for");
    }
  }

  /** Gets what the use of bands throws through readers that take all for a broken file. */
  static final class UseFailed extends RuntimeException {
    UseFailed(RuntimeException cause) {
      super(cause);
    }

    @Override
    public synchronized RuntimeException getCause() {
      return (RuntimeException) super.getCause();
    }
  }

  /**
   * @param maxPixels a picture that declares more is {@link Status#TOO_LARGE}
   * @param orientation which way up pictures are wanted
   * @param timeLimit a decode that takes longer is {@link Status#TIMED_OUT}
   */
  public ImageDecoder(long maxPixels, Orientation orientation, Duration timeLimit) {
    this(maxPixels, orientation, timeLimit, MemoryGate.ofThisJvm());
  }

  ImageDecoder(long maxPixels, Orientation orientation, Duration timeLimit, MemoryGate gate) {
    this.timeLimit = timeLimit;
    this.gate = gate;
    this.canvas = new Canvas(maxPixels, orientation, gate);
  }

  /**
   * Decodes the first picture of an encoded file, where no others are decoded beside it: its memory
   * is not counted once this returns.
   *
   * @param encoded the file's bytes
   * @param length how many of them count
   * @return a view into this decoder's buffer, valid until the next call
   * @throws ImageException saying what was seen; the decoder can be used on
   */
  public RgbImage decode(byte[] encoded, int length) throws ImageException {
    return decode(encoded, length, picture -> picture);
  }

  /**
   * Decodes the first picture of an encoded file, and uses it. Waits where other threads decode
   * large pictures.
   *
   * @param encoded the file's bytes
   * @param length how many of them count
   * @param use gets a view into this decoder's buffer, valid during the call
   * @throws ImageException saying what was seen; the decoder can be used on
   * @throws CancellationException if the thread is interrupted while it waits; it stays so
   */
  public <T> T decode(byte[] encoded, int length, Use<T> use) throws ImageException {
    try {
      return decodeOnce(encoded, length, use);
    } catch (OutOfMemoryError e) {
      forget();
    } finally {
      canvas.leave();
    }
    // Whatever else filled the heap: once more, without other large pictures.
    gate.enterAlone();
    canvas.alone(true);
    try {
      return decodeOnce(encoded, length, use);
    } catch (OutOfMemoryError e) {
      forget();
      throw gate.exhausted(canvas.width(), canvas.height());
    } finally {
      canvas.alone(false);
      gate.leaveAlone();
    }
  }

  private void forget() {
    decoders.clear();
    canvas.forget();
  }

  private <T> T decodeOnce(byte[] encoded, int length, Use<T> use) throws ImageException {
    Encoded file = new Encoded(encoded, length);
    ImageFormat format =
        ImageFormat.of(file)
            .orElseThrow(
                () ->
                    new ImageException(
                        Status.NOT_AN_IMAGE, "The content is " + ForeignContent.named(file) + "."));
    canvas.begin(format, Deadline.after(timeLimit), use);
    try {
      RgbImage picture = picture(file, format);
      return canvas.isInBands() ? use.ofBands(canvas.width(), canvas.height()) : use.of(picture);
    } finally {
      canvas.end();
    }
  }

  private RgbImage picture(Encoded file, ImageFormat format) throws ImageException {
    FormatDecoder decoder = decoders.computeIfAbsent(format, ImageDecoder::decoder);
    try {
      decoder.decode(file, canvas);
      canvas.deadline().check();
      return canvas.finished();
    } catch (UseFailed e) {
      throw e.getCause();
    } catch (BrokenImage e) {
      if (e.getCause() instanceof EncodedStream.DeadlinePassed) {
        throw canvas.deadline().exceeded();
      }
      throw canvas.broken(e.getMessage());
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      // A file that our own checks did not foresee: the loss is its row, not the executor.
      decoders.remove(format);
      throw canvas.broken("reading it failed with " + e);
    } finally {
      decoder.rest();
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
