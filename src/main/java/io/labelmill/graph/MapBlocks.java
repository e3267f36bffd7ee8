package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.attribute;

import java.util.List;

/**
 * What is done with maps besides products of channels: [batch, rows times columns, width] in and
 * out, where nothing else is said. All of it is standard operators.
 */
class MapBlocks {
  /** Taps of a convolution along a side. */
  private static final int SIDE = 3;

  private final Blocks blocks;
  private final OnnxWriter onnx;

  MapBlocks(Blocks blocks) {
    this.blocks = blocks;
    this.onnx = blocks.onnx;
  }

  /** [batch, 4 points, width] of [batch, points, 4 width]: each point's four, one after another. */
  Value quarters(Value value, int width) {
    return reshaped(value, value.name() + ".quarters", 0, -1, width);
  }

  /**
   * A map of points that were divided into four, once or twice, in the order of the map.
   *
   * @param value [batch, points, 4 width], or [batch, 4 points, 4 width] where {@code times} is 2
   */
  Value arranged(Value value, MapGrid grid, int times, int width, String name) {
    int rows = grid.rows();
    int columns = grid.columns();
    MapGrid finer = grid.times(1 << times);
    Value ordered =
        times == 1
            ? transposed(
                reshaped(value, name + ".split", -1, rows, columns, 2, 2, width),
                name + ".ordered",
                0,
                1,
                3,
                2,
                4,
                5)
            : transposed(
                reshaped(value, name + ".split", -1, rows, columns, 2, 2, 2, 2, width),
                name + ".ordered",
                0,
                1,
                3,
                5,
                2,
                4,
                6,
                7);
    return reshaped(ordered, name, -1, finer.points(), width);
  }

  /** The largest of every two by two points. */
  Value halved(Value map, MapGrid grid, int width) {
    MapGrid half = grid.halved();
    Value whole = reshaped(map, "halved.map", -1, grid.rows(), grid.columns(), width);
    Value even =
        blocks.node(
            "Slice",
            "halved.even",
            List.of(
                whole,
                onnx.longs(0, 0),
                onnx.longs(2L * half.rows(), 2L * half.columns()),
                onnx.longs(1, 2)));
    Value split = reshaped(even, "halved.split", -1, half.rows(), 2, half.columns(), 2, width);
    Value largest =
        blocks.node(
            "ReduceMax",
            "halved.largest",
            List.of(split),
            attribute("axes", List.of(2L, 4L)),
            attribute("keepdims", 0));
    return reshaped(largest, "halved", -1, half.points(), width);
  }

  /** A map on another grid, between its points by distance. */
  Value resized(Value map, MapGrid from, MapGrid to, int width, String name) {
    return resampled(
        map,
        from,
        to,
        width,
        name,
        Interpolation.bilinear(from.rows(), to.rows()),
        Interpolation.bilinear(from.columns(), to.columns()));
  }

  /** The means of a map's parts. */
  Value pooled(Value map, MapGrid from, MapGrid to, int width, String name) {
    return resampled(
        map,
        from,
        to,
        width,
        name,
        Interpolation.means(from.rows(), to.rows()),
        Interpolation.means(from.columns(), to.columns()));
  }

  private Value resampled(
      Value map,
      MapGrid from,
      MapGrid to,
      int width,
      String name,
      float[] alongRows,
      float[] alongColumns) {
    Value lines = reshaped(map, name + ".lines", -1, from.rows(), (long) from.columns() * width);
    Value down =
        blocks.node(
            "MatMul",
            name + ".down",
            List.of(blocks.numbers(name + ".rows", alongRows, to.rows(), from.rows()), lines));
    Value points = reshaped(down, name + ".points", -1, to.rows(), from.columns(), width);
    Value across =
        blocks.node(
            "MatMul",
            name + ".across",
            List.of(
                blocks.numbers(name + ".columns", alongColumns, to.columns(), from.columns()),
                points));
    return reshaped(across, name, -1, to.points(), width);
  }

  /**
   * A convolution of three by three over all maps, each enlarged to the first's grid, then ReLU.
   *
   * @param fusion takes the channels of the first map, then those of the second, and so on
   */
  Value fused(List<Value> maps, List<MapGrid> grids, Linear fusion) {
    int taps = SIDE * SIDE;
    int width = fusion.in() / taps / maps.size();
    int out = fusion.out();
    MapGrid finest = grids.get(0);
    Value sum =
        blocks.convolution(
            maps.get(0), finest, fusion.ofChannels(0, width, taps, true), Nonlinearity.IDENTITY);
    for (int i = 1; i < maps.size(); i++) {
      MapGrid grid = grids.get(i);
      MapGrid all = grid.times(SIDE);
      Linear part = fusion.ofChannels(i * width, width, taps, false).byTaps(taps);
      Value products = blocks.linear(maps.get(i), part);
      String name = "fused." + i;
      Value split =
          reshaped(products, name + ".split", -1, grid.rows(), grid.columns(), SIDE, SIDE, out);
      Value ordered = transposed(split, name + ".ordered", 0, 3, 1, 4, 2, 5);
      Value enlarged =
          resampled(
              ordered,
              all,
              finest,
              out,
              name,
              Interpolation.shifted(grid.rows(), finest.rows()),
              Interpolation.shifted(grid.columns(), finest.columns()));
      sum = blocks.node("Add", name + ".sum", List.of(sum, enlarged));
    }
    return blocks.node("Relu", "fused", List.of(sum));
  }

  /** [batch, width, rows, columns]. */
  Value channelsFirst(Value map, MapGrid grid, int width, String name) {
    Value channels = transposed(map, name + ".channels", 0, 2, 1);
    return reshaped(channels, name, -1, width, grid.rows(), grid.columns());
  }

  private Value reshaped(Value value, String name, long... shape) {
    return blocks.node("Reshape", name, List.of(value, onnx.longs(shape)));
  }

  private Value transposed(Value value, String name, long... perm) {
    return blocks.node("Transpose", name, List.of(value), Blocks.perm(perm));
  }
}
