package io.labelmill.preprocess;

import io.labelmill.decode.Bands;
import io.labelmill.decode.RgbImage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Resizes RGB pictures as a {@link ResizeBackend} does, bit for bit, and hands out the rows.
 *
 * <p>Two passes of fixed-point sums, one along each axis, each rounded and clipped to 8 bits. Only
 * the rows and columns of the window asked for are made. The picture goes through both passes in
 * blocks of {@value #BLOCK} rows, column by column in the first; or, where the vertical pass comes
 * first, of so many columns, row by row. So all arithmetic runs along lines, and the second pass
 * takes what the first has turned.
 *
 * <p>Not thread-safe: it keeps a block, the source lines that one target line takes, and the last
 * weights.
 */
final class Resampler {
  /** Longer blocks make longer lines, until a block leaves the second-level cache. */
  private static final int BLOCK = 384;

  /**
   * Rows that a picture in bands brings at a time. Fewer make lines too short for the first pass,
   * more gain nothing.
   */
  private static final int BAND = 128;

  /** Lines of the first pass that are written together, as they lie together in the second's. */
  private static final int TOGETHER = 4;

  private static final int CHANNELS = RgbImage.CHANNELS;

  private static final VarHandle INT_OF_BYTES =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final Resampling filter;
  private final ResizeBackend backend;
  private final AxisPass acrossPass = new AxisPass();
  private final AxisPass downPass = new AxisPass();
  private final ByColumns byColumns = new ByColumns();
  private AxisWeights across;
  private AxisWeights down;
  private final int[][] made = new int[TOGETHER][BLOCK];
  private final int[][] block = new int[BLOCK][];
  private int[][] columns = new int[0][0];
  private int[][] levels = new int[CHANNELS][0];

  Resampler(Resampling filter, ResizeBackend backend) {
    this.filter = filter;
    this.backend = backend;
  }

  /** A part of the resized picture, in its pixels; inside it. */
  record Window(int left, int top, int width, int height) {}

  /** Takes rows of the resized picture. */
  interface Rows {
    /**
     * @param y counted from the window's top
     * @param levels by channel, as {@link AxisPass} describes them; valid during the call
     */
    void row(int y, int[][] levels);
  }

  /** Resamples to {@code size} and hands out the rows of {@code window}, from the top. */
  void resize(RgbImage image, Size size, Window window, Rows rows) {
    if (filter == Resampling.NEAREST) {
      nearest(image, size, window, rows);
    } else if (backend.verticalFirst(image.width(), image.height(), size)) {
      down = weights(down, image.height(), size.height());
      across = weights(across, image.width(), size.width());
      verticalFirst(image, window, rows);
    } else {
      bands(image.width(), image.height(), size, window, rows).band(image, 0);
    }
  }

  /** Whether a picture of this size can come in bands: where its columns are summed up first. */
  boolean takesBands(int width, int height, Size size) {
    return filter != Resampling.NEAREST && !backend.verticalFirst(width, height, size);
  }

  /**
   * As {@link #resize} of a picture that comes in bands: they make the same rows, whatever their
   * height. Valid until another picture is begun here.
   *
   * @param height of the picture, which {@link #takesBands}
   */
  Bands bands(int width, int height, Size size, Window window, Rows rows) {
    byColumns.begin(width, height, size, window, rows);
    return byColumns;
  }

  /** The horizontal pass first, over rows as they come. */
  private final class ByColumns implements Bands {
    private boolean wide;
    private Window window;
    private Rows rows;

    /** The next row of the window. */
    private int y;

    private void begin(int width, int height, Size size, Window part, Rows taking) {
      down = weights(down, height, size.height());
      wide = size.width() != width;
      if (wide) {
        across = weights(across, width, size.width());
      }
      downPass.begin(down, part.top(), part.height(), part.width(), BLOCK);
      window = part;
      rows = taking;
      y = 0;
    }

    @Override
    public int rows() {
      return BAND;
    }

    @Override
    public void band(RgbImage band, int top) {
      int end = Math.min(downPass.endSource(), top + band.height());
      for (int row = Math.max(downPass.firstSource(), top); row < end; row += BLOCK) {
        int count = Math.min(BLOCK, end - row);
        for (int i = 0; i < count; i++) {
          block[i] = downPass.source(row + i);
        }
        if (wide) {
          horizontalPass(band, row - top, count, window);
        } else {
          copy(band, row - top, count, window);
        }
        while (y < window.height() && down.end(window.top() + y) <= row + count) {
          rows.row(y, downPass.levels(window.top() + y));
          y++;
        }
      }
    }
  }

  /** Makes {@code count} rows of the window's columns into the block. */
  private void horizontalPass(RgbImage image, int row, int count, Window window) {
    acrossPass.begin(across, window.left(), window.width(), count, TOGETHER - 1);
    int read = acrossPass.firstSource();
    for (int x = 0; x < window.width(); x++) {
      int target = window.left() + x;
      for (; read < across.end(target); read += TOGETHER) {
        readColumns(image, row, count, read);
      }
      acrossPass.levels(target);
      acrossPass.clip(made[x % TOGETHER]);
      if (x % TOGETHER == TOGETHER - 1 || x == window.width() - 1) {
        turn(count, x - x % TOGETHER);
      }
    }
  }

  /** As {@link ByColumns} with the axes exchanged; the target's columns wait to be rows. */
  private void verticalFirst(RgbImage image, Window window, Rows rows) {
    acrossPass.begin(across, window.left(), window.width(), window.height(), BLOCK);
    makeRoom(window);
    int x = 0;
    int end = acrossPass.endSource();
    for (int column = acrossPass.firstSource(); column < end; column += BLOCK) {
      int count = Math.min(BLOCK, end - column);
      for (int i = 0; i < count; i++) {
        block[i] = acrossPass.source(column + i);
      }
      verticalPass(image, column, count, window);
      while (x < window.width() && across.end(window.left() + x) <= column + count) {
        acrossPass.levels(window.left() + x);
        acrossPass.clip(columns[x]);
        x++;
      }
    }
    for (int y = 0; y < window.height(); y++) {
      for (int i = 0; i < window.width(); i++) {
        int pixel = columns[i][y];
        for (int channel = 0; channel < CHANNELS; channel++) {
          levels[channel][i] = AxisPass.ZERO_LEVEL + (pixel >>> (Byte.SIZE * channel) & 0xFF);
        }
      }
      rows.row(y, levels);
    }
  }

  private void makeRoom(Window window) {
    int room = AxisPass.room(window.height());
    if (columns.length < window.width() || columns[0].length < room) {
      columns = new int[window.width()][room];
    }
    makeRoomForLevels(window);
  }

  private void makeRoomForLevels(Window window) {
    if (levels[0].length < window.width()) {
      levels = new int[CHANNELS][window.width()];
    }
  }

  /** Makes {@code count} columns of the window's rows into the block. */
  private void verticalPass(RgbImage image, int column, int count, Window window) {
    downPass.begin(down, window.top(), window.height(), count, 0);
    int read = downPass.firstSource();
    for (int y = 0; y < window.height(); y++) {
      int target = window.top() + y;
      for (; read < down.end(target); read++) {
        readRow(image, read, column, count);
      }
      downPass.levels(target);
      downPass.clip(made[y % TOGETHER]);
      if (y % TOGETHER == TOGETHER - 1 || y == window.height() - 1) {
        turn(count, y - y % TOGETHER);
      }
    }
  }

  private void readRow(RgbImage image, int y, int column, int count) {
    int[] row = downPass.source(y);
    byte[] rgb = image.rgb();
    int from = (y * image.width() + column) * CHANNELS;
    for (int x = 0; x < count - 1; x++, from += CHANNELS) {
      row[x] = (int) INT_OF_BYTES.get(rgb, from);
    }
    // Behind the picture's last pixel the array may end.
    row[count - 1] = pixel(image, column + count - 1, y);
  }

  private void readColumns(RgbImage image, int row, int count, int x) {
    if (x + TOGETHER > image.width()) {
      for (int last = x; last < image.width(); last++) {
        int[] column = acrossPass.source(last);
        for (int y = 0; y < count; y++) {
          column[y] = pixel(image, last, row + y);
        }
      }
      return;
    }
    byte[] rgb = image.rgb();
    int[] a = acrossPass.source(x);
    int[] b = acrossPass.source(x + 1);
    int[] c = acrossPass.source(x + 2);
    int[] d = acrossPass.source(x + 3);
    int rowBytes = image.width() * CHANNELS;
    int from = row * rowBytes + x * CHANNELS;
    for (int y = 0; y < count; y++, from += rowBytes) {
      a[y] = (int) INT_OF_BYTES.get(rgb, from);
      b[y] = (int) INT_OF_BYTES.get(rgb, from + 3);
      c[y] = (int) INT_OF_BYTES.get(rgb, from + 6);
      // From one byte earlier: behind the picture's last pixel the array may end.
      d[y] = (int) INT_OF_BYTES.get(rgb, from + 8) >>> Byte.SIZE;
    }
  }

  /** Writes lines of the first pass across the block's; those behind the last don't matter. */
  private void turn(int count, int at) {
    int[] a = made[0];
    int[] b = made[1];
    int[] c = made[2];
    int[] d = made[3];
    for (int i = 0; i < count; i++) {
      int[] line = block[i];
      line[at] = a[i];
      line[at + 1] = b[i];
      line[at + 2] = c[i];
      line[at + 3] = d[i];
    }
  }

  private void copy(RgbImage image, int row, int count, Window window) {
    for (int y = 0; y < count; y++) {
      int[] pixels = block[y];
      for (int x = 0; x < window.width(); x++) {
        pixels[x] = pixel(image, window.left() + x, row + y);
      }
    }
  }

  private static int pixel(RgbImage image, int x, int y) {
    byte[] rgb = image.rgb();
    int at = (y * image.width() + x) * CHANNELS;
    return (rgb[at] & 0xFF) | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF) << 16;
  }

  private void nearest(RgbImage image, Size size, Window window, Rows rows) {
    int[] pixels = nearest(image.width(), size.width(), size);
    int[] lines = nearest(image.height(), size.height(), size);
    makeRoomForLevels(window);
    for (int y = 0; y < window.height(); y++) {
      int row = lines[window.top() + y] * image.width();
      for (int x = 0; x < window.width(); x++) {
        int from = (row + pixels[window.left() + x]) * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
          levels[channel][x] = AxisPass.ZERO_LEVEL + (image.rgb()[from + channel] & 0xFF);
        }
      }
      rows.row(y, levels);
    }
  }

  private int[] nearest(int source, int target, Size size) {
    return backend == ResizeBackend.TORCHVISION
        ? NearestPixels.ofTorchvision(source, target, size)
        : NearestPixels.ofPillow(source, target);
  }

  private AxisWeights weights(AxisWeights last, int source, int target) {
    return last != null && last.sourceSize() == source && last.targetSize() == target
        ? last
        : AxisWeights.of(filter, backend, source, target);
  }
}
