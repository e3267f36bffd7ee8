package io.labelmill.segment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The mean of the logits that windows give of a picture, a point for each of its pixels: each
 * window's logits brought to its pixels, summed in the order of the windows, and divided by how
 * many see a pixel, as {@code slide_inference} of mmsegmentation does. Only the row that is asked
 * for is made. Used by one thread.
 */
public final class WindowLogits implements LogitGrid {
  private final SlidingWindows windows;
  private final List<Part> parts = new ArrayList<>();
  private final BilinearAxis down;
  private final BilinearAxis across;
  private final int labels;

  /**
   * A window's logits, with the two of their rows that were asked for last in pixels of the window.
   */
  private static final class Part {
    private final SlidingWindows.Place place;
    private final Logits logits;
    private final float[][] wide = new float[2][];
    private final int[] rows = {-1, -1};

    Part(SlidingWindows.Place place, Logits logits) {
      this.place = place;
      this.logits = logits;
    }

    /** A row of points, [labels, side]. Rows that are neighbours keep out of each other's way. */
    float[] wide(int row, BilinearAxis across, int side) {
      int kept = row % 2;
      if (rows[kept] == row) {
        return wide[kept];
      }
      if (wide[kept] == null) {
        wide[kept] = new float[logits.labels() * side];
      }
      for (int label = 0; label < logits.labels(); label++) {
        int from = (label * logits.height() + row) * logits.width();
        int to = label * side;
        for (int x = 0; x < side; x++) {
          wide[kept][to + x] =
              across.between(
                  x,
                  logits.values()[from + across.first()[x]],
                  logits.values()[from + across.second()[x]]);
        }
      }
      rows[kept] = row;
      return wide[kept];
    }
  }

  /**
   * @param logits of each window, in the order of {@link SlidingWindows#places()}, all of one shape
   */
  public WindowLogits(SlidingWindows windows, List<Logits> logits) {
    List<SlidingWindows.Place> places = windows.places();
    if (places.size() != logits.size()) {
      throw new IllegalArgumentException(
          logits.size() + " logits of " + places.size() + " windows");
    }
    this.windows = windows;
    for (int i = 0; i < places.size(); i++) {
      parts.add(new Part(places.get(i), logits.get(i)));
    }
    Logits first = logits.get(0);
    labels = first.labels();
    down = BilinearAxis.of(first.height(), windows.side());
    across = BilinearAxis.of(first.width(), windows.side());
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
    return windows.width();
  }

  @Override
  public void row(int y, float[] logits) {
    Arrays.fill(logits, 0);
    int side = windows.side();
    int[] seen = new int[windows.width()];
    for (Part part : parts) {
      int row = y - part.place.top();
      if (row < 0 || row >= side) {
        continue;
      }
      float[] above = part.wide(down.first()[row], across, side);
      float[] below = part.wide(down.second()[row], across, side);
      for (int label = 0; label < labels; label++) {
        int to = label * windows.width() + part.place.left();
        for (int x = 0; x < side; x++) {
          logits[to + x] += down.between(row, above[label * side + x], below[label * side + x]);
        }
      }
      for (int x = 0; x < side; x++) {
        seen[part.place.left() + x]++;
      }
    }
    for (int label = 0; label < labels; label++) {
      for (int x = 0; x < windows.width(); x++) {
        logits[label * windows.width() + x] /= seen[x];
      }
    }
  }
}
