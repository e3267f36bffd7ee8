package io.labelmill.evaluate.write;

import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.score.ScoreOptions;
import io.labelmill.source.AllowedPlaces;
import io.labelmill.source.ImageUri;
import io.labelmill.table.Location;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Base64;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Small pictures for the report, as {@code data:} URIs. Used by one thread. */
public final class Thumbnails {
  /** Longest side, in pixels. */
  public static final int SIDE = 224;

  private static final int MAX_BYTES = 64 << 20;
  private static final float QUALITY = 0.82f;

  private final Configuration configuration;
  private final ImageDecoder decoder =
      new ImageDecoder(
          ScoreOptions.Scoring.DEFAULT_MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(10));

  public Thumbnails(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * A picture, or why there is none.
   *
   * @param uri {@code data:image/jpeg;base64,…}, or null
   * @param problem a few words, or null
   */
  record Thumbnail(String uri, String problem) {}

  /** Why a picture is not shown, in a few words. */
  public static final class NotShown extends Exception {
    NotShown(String reason, Exception cause) {
      super(reason, cause);
    }
  }

  Thumbnail of(String path) {
    try {
      return new Thumbnail(uri(picture(path)), null);
    } catch (NotShown e) {
      return new Thumbnail(null, e.getMessage());
    } catch (IOException e) {
      return new Thumbnail(null, "cannot be read");
    }
  }

  /** A picture, at most {@link #SIDE} pixels long. */
  public BufferedImage picture(String path) throws NotShown {
    try {
      byte[] encoded = read(path);
      return decoder.decode(encoded, encoded.length, Thumbnails::shrunk);
    } catch (FileNotFoundException e) {
      throw new NotShown("not found", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new NotShown("cannot be read", e);
    } catch (ImageException e) {
      throw new NotShown("cannot be decoded", e);
    }
  }

  /** {@code data:image/jpeg;base64,…} of a small picture. */
  public static String uri(BufferedImage small) throws IOException {
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg(small));
  }

  private byte[] read(String path) throws IOException {
    if (ImageUri.problem(path, AllowedPlaces.STORES).isPresent()) {
      throw new IOException("not a place of images");
    }
    Path file = Location.of(path).hadoop();
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new IOException("longer than " + MAX_BYTES + " bytes");
      }
      return content;
    }
  }

  /** The mean of the pixels under each pixel. */
  private static BufferedImage shrunk(RgbImage image) {
    double scale = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
    int width = Math.max(1, (int) Math.round(image.width() * scale));
    int height = Math.max(1, (int) Math.round(image.height() * scale));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      int top = (int) ((long) y * image.height() / height);
      int bottom = Math.max(top + 1, (int) ((long) (y + 1) * image.height() / height));
      for (int x = 0; x < width; x++) {
        int left = (int) ((long) x * image.width() / width);
        int right = Math.max(left + 1, (int) ((long) (x + 1) * image.width() / width));
        small.setRGB(x, y, mean(image, left, top, right, bottom));
      }
    }
    return small;
  }

  private static int mean(RgbImage image, int left, int top, int right, int bottom) {
    long red = 0;
    long green = 0;
    long blue = 0;
    for (int y = top; y < bottom; y++) {
      int at = (y * image.width() + left) * RgbImage.CHANNELS;
      for (int x = left; x < right; x++) {
        red += image.rgb()[at++] & 0xFF;
        green += image.rgb()[at++] & 0xFF;
        blue += image.rgb()[at++] & 0xFF;
      }
    }
    long pixels = (long) (right - left) * (bottom - top);
    return (int) (((red / pixels) << 16) | ((green / pixels) << 8) | (blue / pixels));
  }

  private static byte[] jpeg(BufferedImage image) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
