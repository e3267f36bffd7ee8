package io.labelmill.source;

import io.labelmill.table.Location;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * An image as Spark's data source {@code image} gives one: {@code struct<origin, height, width,
 * nChannels, mode, data>} with the rows of its pixels from the top, samples of 8 bits, blue first.
 * It goes on its way as a BMP, which holds the same pixels. Layout: Spark's {@code ImageSchema};
 * modes: OpenCV's {@code CV_8UC1}, {@code CV_8UC3} and {@code CV_8UC4}.
 */
final class SparkImage {
  static final String ORIGIN = "origin";
  static final Set<String> FIELDS = Set.of(ORIGIN, "height", "width", "nChannels", "mode", "data");

  /** Samples of a pixel by mode. */
  private static final Map<Integer, Integer> CHANNELS = Map.of(0, 1, 16, 3, 24, 4);

  /** File header and bitmap header. */
  private static final int HEADER_BYTES = 54;

  private SparkImage() {}

  /** The sentence of a row that has no picture; empty where it has one. */
  private static Optional<String> problem(Row image) {
    int mode = number(image, "mode");
    Integer channels = CHANNELS.get(mode);
    String of = Location.redacted(String.valueOf(image.<String>getAs(ORIGIN)));
    if (channels == null) {
      return Optional.of(
          mode == -1
              ? "Spark's image source could not decode " + of
              : "The pixels of %s have the mode %s, of samples that are not 8 bits"
                  .formatted(of, mode));
    }
    long width = number(image, "width");
    long height = number(image, "height");
    byte[] data = image.getAs("data");
    return data == null || width < 1 || height < 1 || data.length != width * height * channels
        ? Optional.of(
            "The pixels of %s have %s bytes, which is not %sx%s of %s samples"
                .formatted(of, data == null ? 0 : data.length, width, height, channels))
        : Optional.empty();
  }

  /** Negative for null, which Spark gives none of these. */
  private static int number(Row image, String field) {
    Integer value = image.getAs(field);
    return value == null ? -1 : value;
  }

  /** A BMP of 24 bits a pixel; transparency goes, as where a picture with it is read as RGB. */
  static byte[] bmp(int width, int height, int channels, byte[] data) {
    int stride = (3 * width + 3) / 4 * 4;
    byte[] file = new byte[Math.addExact(HEADER_BYTES, Math.multiplyExact(stride, height))];
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    header.put((byte) 'B').put((byte) 'M').putInt(file.length).putInt(0).putInt(HEADER_BYTES);
    header.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
    for (int y = 0; y < height; y++) {
      // The last row comes first.
      int to = HEADER_BYTES + stride * (height - 1 - y);
      int from = y * width * channels;
      for (int x = 0; x < width; x++) {
        for (int sample = 0; sample < 3; sample++) {
          file[to + 3 * x + sample] = data[from + x * channels + (channels == 1 ? 0 : sample)];
        }
      }
    }
    return file;
  }

  /** SQL function: an encoded image, or null where {@link Problem} has a sentence. */
  static final class Encoded implements UDF1<Row, byte[]> {
    @Override
    public byte[] call(Row image) {
      if (image == null || problem(image).isPresent()) {
        return null;
      }
      return bmp(
          number(image, "width"),
          number(image, "height"),
          CHANNELS.get(number(image, "mode")),
          image.getAs("data"));
    }
  }

  /** SQL function: why there is no picture, or null. */
  static final class Problem implements UDF1<Row, String> {
    @Override
    public String call(Row image) {
      return image == null ? null : problem(image).orElse(null);
    }
  }
}
