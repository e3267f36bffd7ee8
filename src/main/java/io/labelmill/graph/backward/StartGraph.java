package io.labelmill.graph.backward;

import static io.labelmill.graph.OnnxWriter.attribute;

import io.labelmill.graph.PatchGrid;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is in front of the blocks: patches become tokens behind the leading ones. */
public final class StartGraph {
  /** [batch, channels, height, width], normalised. */
  public static final String PIXELS = "pixel_values";

  /** [batch, tokens, hidden], what the first block takes. */
  public static final String OUTPUT = "output";

  private StartGraph() {}

  /** {@value #PIXELS} and weights in, {@value #OUTPUT} out. */
  public static byte[] forward(TunableNetwork network) {
    TunableNetwork.Shape shape = network.shape();
    PatchGrid grid = shape.grid();
    Nodes nodes = new Nodes();
    Value patches = patches(nodes, grid);
    Map<String, Value> weights = nodes.weights(network.start());
    Value embedded =
        nodes.reshape(
            nodes.linear(patches, "projection", weights), -1, grid.patches(), shape.hidden());
    // Zeros make room for the leading tokens, which one addition brings.
    Value rows =
        nodes.op("Pad", List.of(embedded, nodes.onnx().longs(0, shape.leading(), 0, 0, 0, 0)));
    List<Value> leading = new ArrayList<>();
    for (int i = 0; i < shape.leading(); i++) {
      leading.add(weights.get("leading." + i));
    }
    Value tokens =
        nodes.op(
            "Pad",
            List.of(
                nodes.op("Concat", leading, attribute("axis", 1)),
                nodes.onnx().longs(0, 0, 0, 0, grid.patches(), 0)));
    if (weights.containsKey("positions")) {
      tokens = nodes.add(tokens, weights.get("positions"));
    }
    nodes.output(nodes.add(rows, tokens), OUTPUT, shape.tokens(), shape.hidden());
    return nodes.onnx().bytes();
  }

  /** {@value #PIXELS} and the gradient of {@value #OUTPUT} in, gradients of the weights out. */
  public static byte[] backward(TunableNetwork network) {
    TunableNetwork.Shape shape = network.shape();
    Nodes nodes = new Nodes();
    Value patches = patches(nodes, shape.grid());
    Value dz = nodes.batched(Gradients.OF_OUTPUT, shape.tokens(), shape.hidden());
    Value sums = nodes.sum(dz);
    for (int i = 0; i < shape.leading(); i++) {
      nodes.reshapedGradient(rows(nodes, sums, 0, i, i + 1), network.start(), "leading." + i);
    }
    nodes.reshapedGradient(sums, network.start(), "positions");
    Value embedded =
        nodes.reshape(rows(nodes, dz, 1, shape.leading(), shape.tokens()), -1, shape.hidden());
    nodes.linearGradients(embedded, patches, "projection", network.start());
    return nodes.onnx().bytes();
  }

  private static Value rows(Nodes nodes, Value value, int axis, int from, int to) {
    return nodes.op(
        "Slice",
        List.of(value, nodes.onnx().longs(from), nodes.onnx().longs(to), nodes.onnx().longs(axis)));
  }

  /** [batch * patches, numbers of a patch]. */
  private static Value patches(Nodes nodes, PatchGrid grid) {
    int height = grid.rows() * grid.patchHeight();
    int width = grid.columns() * grid.patchWidth();
    Value pixels = nodes.batched(PIXELS, grid.channels(), grid.height(), grid.width());
    // As a convolution does, rows and columns that fill no patch are left out.
    Value cut =
        height == grid.height() && width == grid.width()
            ? pixels
            : rows(nodes, rows(nodes, pixels, 2, 0, height), 3, 0, width);
    Value split =
        nodes.reshape(
            cut,
            -1,
            grid.channels(),
            grid.rows(),
            grid.patchHeight(),
            grid.columns(),
            grid.patchWidth());
    return nodes.reshape(nodes.transpose(split, 0L, 2L, 4L, 1L, 3L, 5L), -1, grid.patchSize());
  }
}
