package io.labelmill.segment;

import java.util.Arrays;

/**
 * Logits to a mask of any size: for each pixel the label whose logit is largest, the first of equal
 * ones, where logits between the points are those of PyTorch's bilinear interpolation. Masks are
 * those of Transformers' {@code post_process_semantic_segmentation}.
 *
 * <p>What lies between four points is never above the largest of their logits nor below the
 * smallest: a label whose largest is less than another's smallest can't win there. Of the others,
 * mostly one to three, the logits are computed at each pixel; the tensor of all labels in the
 * picture's size is never made. Memory: eight rows of points with all labels, of the grid or of a
 * band of it.
 *
 * <p>Used by one thread, for one grid.
 */
public final class MaskMaker {
  /** Far above what rounding adds to a logit, of the largest one. */
  private static final float ROUNDING = 1e-6f;

  private final LogitGrid grid;

  /** The grid's first point among those of {@link #across}. */
  private final int from;

  private final int points;
  private final BilinearAxis across;
  private final BilinearAxis down;
  private final float[] largest;
  private final float[] smallest;

  /** By point: how many labels may win right of it, which, and their logits at four points. */
  private final int[] rivals;

  private final int[] rivalLabels;
  private final float[] rivalLogits;
  private float[] upper;
  private float[] lower;
  private int upperRow = -1;
  private int lowerRow = -1;

  private MaskMaker(LogitGrid grid, int from, BilinearAxis across, BilinearAxis down) {
    this.grid = grid;
    this.from = from;
    this.across = across;
    this.down = down;
    points = grid.width();
    largest = new float[points];
    smallest = new float[points];
    rivals = new int[points];
    rivalLabels = new int[grid.labels() * points];
    rivalLogits = new float[4 * grid.labels() * points];
    upper = new float[grid.labels() * points];
    lower = new float[grid.labels() * points];
  }

  /**
   * Makes a mask.
   *
   * @param grid at most {@value LabelMap#MOST_LABELS} labels, all logits finite
   * @param width of the mask, pixels
   * @param height of the mask, pixels
   */
  public static LabelMap mask(LogitGrid grid, int width, int height) {
    byte[] mask = new byte[Math.multiplyExact(width, height)];
    BilinearAxis across = BilinearAxis.of(grid.width(), width);
    BilinearAxis down = BilinearAxis.of(grid.height(), height);
    of(grid, 0, across, down).fill(mask, 0, width);
    return new LabelMap(width, height, mask);
  }

  /** As {@link #mask(LogitGrid, int, int)}, of windows, one band after the other. */
  public static LabelMap mask(WindowLogits windows, int width, int height) {
    byte[] mask = new byte[Math.multiplyExact(width, height)];
    BilinearAxis across = BilinearAxis.of(windows.width(), width);
    BilinearAxis down = BilinearAxis.of(windows.height(), height);
    int x = 0;
    for (WindowLogits.Band band : windows.bands()) {
      int left = x;
      while (x < width && across.first()[x] < band.end()) {
        x++;
      }
      of(band, band.from(), across, down).fill(mask, left, x);
    }
    return new LabelMap(width, height, mask);
  }

  private static MaskMaker of(LogitGrid grid, int from, BilinearAxis across, BilinearAxis down) {
    if (grid.labels() > LabelMap.MOST_LABELS) {
      throw new IllegalArgumentException(
          grid.labels() + " labels are more than the " + LabelMap.MOST_LABELS + " of a mask");
    }
    return new MaskMaker(grid, from, across, down);
  }

  /** Fills the columns {@code left} to {@code right - 1}. */
  private void fill(byte[] mask, int left, int right) {
    int width = across.first().length;
    for (int y = 0; y < down.first().length; y++) {
      take(down.first()[y], down.second()[y]);
      for (int x = left; x < right; x++) {
        mask[y * width + x] = (byte) winner(x, y);
      }
    }
  }

  private int winner(int x, int y) {
    int point = across.first()[x] - from;
    int start = point * grid.labels();
    int winner = rivalLabels[start];
    int count = rivals[point];
    if (count == 1) {
      return winner;
    }
    float best = Float.NEGATIVE_INFINITY;
    for (int i = start; i < start + count; i++) {
      float above = across.between(x, rivalLogits[4 * i], rivalLogits[4 * i + 1]);
      float below = across.between(x, rivalLogits[4 * i + 2], rivalLogits[4 * i + 3]);
      float logit = down.between(y, above, below);
      if (logit > best) {
        best = logit;
        winner = rivalLabels[i];
      }
    }
    return winner;
  }

  /** Makes the two rows those that pixels lie between, and finds who may win between them. */
  private void take(int first, int second) {
    if (first == upperRow && second == lowerRow) {
      return;
    }
    if (first == lowerRow) {
      float[] free = upper;
      upper = lower;
      lower = free;
    } else {
      grid.row(first, upper);
    }
    if (second == first) {
      System.arraycopy(upper, 0, lower, 0, upper.length);
    } else {
      grid.row(second, lower);
    }
    upperRow = first;
    lowerRow = second;
    findRivals();
  }

  private void findRivals() {
    int last = points - 1;
    Arrays.fill(largest, 0);
    Arrays.fill(smallest, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < upper.length; row += points) {
      for (int x = 0; x < points; x++) {
        int right = row + Math.min(x + 1, last);
        float least =
            Math.min(
                Math.min(upper[row + x], upper[right]), Math.min(lower[row + x], lower[right]));
        smallest[x] = Math.max(smallest[x], least);
        largest[x] =
            Math.max(largest[x], Math.max(Math.abs(upper[row + x]), Math.abs(lower[row + x])));
      }
    }
    Arrays.fill(rivals, 0);
    for (int label = 0; label < grid.labels(); label++) {
      int row = label * points;
      for (int x = 0; x < points; x++) {
        int right = row + Math.min(x + 1, last);
        float most =
            Math.max(
                Math.max(upper[row + x], upper[right]), Math.max(lower[row + x], lower[right]));
        float size = Math.max(largest[x], largest[Math.min(x + 1, last)]);
        if (most >= smallest[x] - ROUNDING * size) {
          int i = x * grid.labels() + rivals[x]++;
          rivalLabels[i] = label;
          rivalLogits[4 * i] = upper[row + x];
          rivalLogits[4 * i + 1] = upper[right];
          rivalLogits[4 * i + 2] = lower[row + x];
          rivalLogits[4 * i + 3] = lower[right];
        }
      }
    }
  }
}
