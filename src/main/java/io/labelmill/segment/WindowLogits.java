package io.labelmill.segment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The mean of the logits that windows give of a picture, a point for each of its pixels: each
 * window's logits brought to its pixels, summed in the order of the windows, and divided by how
 * many see a pixel, as {@code slide_inference} of mmsegmentation does. Only the row that is asked
 * for is made.
 *
 * <p>A window goes through the model when the first point that it sees is asked for, and its logits
 * are let go of behind the last. Windows of one row are asked in bands from left to right, others
 * row by row; so of windows that lie in one row or one column, at most {@code side / stride + 3}
 * have their logits kept at once, however many there are. Used by one thread, for one mask.
 */
public final class WindowLogits {
  private final SlidingWindows windows;
  private final Passes passes;
  private final int labels;
  private final List<SlidingWindows.Place> places;

  /** By window; null before its pass and behind its last point. */
  private final Part[] parts;

  /** What lets windows through the model. */
  @FunctionalInterface
  public interface Passes {
    /**
     * The logits of a window, all of one shape. Asked for once each, in order.
     *
     * @param window its place in {@link SlidingWindows#places()}
     */
    Logits of(int window);
  }

  /** A window's logits, with the two of their rows that were asked for last in pixels. */
  private static final class Part {
    private final Logits logits;
    private final BilinearAxis down;
    private final BilinearAxis across;
    private final float[][] wide = new float[2][];
    private final int[] rows = {-1, -1};
    private int from = -1;
    private int to = -1;

    Part(Logits logits, int side) {
      this.logits = logits;
      down = BilinearAxis.of(logits.height(), side);
      across = BilinearAxis.of(logits.width(), side);
    }

    /** Says which of the window's columns are asked for. */
    void begin(int first, int end) {
      if (first != from || end != to) {
        from = first;
        to = end;
        Arrays.fill(wide, null);
        Arrays.fill(rows, -1);
      }
    }

    /** Adds a row of pixels, [labels, points], from a place of each label's on. */
    void add(int row, float[] sums, int at, int points) {
      float[] above = wide(down.first()[row]);
      float[] below = wide(down.second()[row]);
      int columns = to - from;
      for (int label = 0; label < logits.labels(); label++) {
        int target = label * points + at;
        int source = label * columns;
        for (int x = 0; x < columns; x++) {
          sums[target + x] += down.between(row, above[source + x], below[source + x]);
        }
      }
    }

    /**
     * A row of points, [labels, columns]. Rows that are neighbours keep out of each other's way.
     */
    private float[] wide(int row) {
      int kept = row % 2;
      if (rows[kept] == row) {
        return wide[kept];
      }
      int columns = to - from;
      if (wide[kept] == null) {
        wide[kept] = new float[logits.labels() * columns];
      }
      for (int label = 0; label < logits.labels(); label++) {
        int source = (label * logits.height() + row) * logits.width();
        int target = label * columns;
        for (int x = from; x < to; x++) {
          wide[kept][target + x - from] =
              across.between(
                  x,
                  logits.values()[source + across.first()[x]],
                  logits.values()[source + across.second()[x]]);
        }
      }
      rows[kept] = row;
      return wide[kept];
    }
  }

  /** Columns of points that lie beside each other, and the one behind them. */
  final class Band implements LogitGrid {
    private final int from;
    private final int end;
    private final int points;
    private final int[] seen;

    Band(int from, int end) {
      this.from = from;
      this.end = end;
      this.points = Math.min(end + 1, windows.width()) - from;
      this.seen = new int[points];
    }

    /** The first column. */
    int from() {
      return from;
    }

    /** The first column of the next band. */
    int end() {
      return end;
    }

    @Override
    public int labels() {
      return labels;
    }

    @Override
    public int height() {
      return windows.height();
    }

    @Override
    public int width() {
      return points;
    }

    @Override
    public void row(int y, float[] logits) {
      Arrays.fill(logits, 0);
      Arrays.fill(seen, 0);
      int side = windows.side();
      for (int i = 0; i < parts.length; i++) {
        SlidingWindows.Place place = places.get(i);
        int row = y - place.top();
        if (row >= side || place.left() + side <= from) {
          parts[i] = null;
          continue;
        }
        int first = Math.max(from, place.left());
        int last = Math.min(from + points, place.left() + side);
        if (row < 0 || first >= last) {
          continue;
        }
        if (parts[i] == null) {
          parts[i] = new Part(passes.of(i), side);
        }
        parts[i].begin(first - place.left(), last - place.left());
        parts[i].add(row, logits, first - from, points);
        for (int x = first; x < last; x++) {
          seen[x - from]++;
        }
      }
      for (int label = 0; label < labels; label++) {
        for (int x = 0; x < points; x++) {
          logits[label * points + x] /= seen[x];
        }
      }
    }
  }

  /**
   * @param labels that each window has logits of
   */
  public WindowLogits(SlidingWindows windows, int labels, Passes passes) {
    this.windows = windows;
    this.labels = labels;
    this.passes = passes;
    this.places = windows.places();
    this.parts = new Part[places.size()];
  }

  int height() {
    return windows.height();
  }

  int width() {
    return windows.width();
  }

  /** Of how many windows logits are kept. */
  int kept() {
    return (int) Arrays.stream(parts).filter(part -> part != null).count();
  }

  /** All columns, to be gone through in this order. */
  List<Band> bands() {
    List<Band> bands = new ArrayList<>();
    if (windows.height() == windows.side()) {
      for (int i = 1; i < places.size(); i++) {
        bands.add(new Band(places.get(i - 1).left(), places.get(i).left()));
      }
      bands.add(new Band(places.get(places.size() - 1).left(), windows.width()));
    } else {
      bands.add(new Band(0, windows.width()));
    }
    return bands;
  }
}
