package io.labelmill.graph.backward;

import static io.labelmill.graph.OnnxWriter.attribute;

import io.labelmill.graph.OnnxWriter;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.TunableNetwork.Part;
import io.labelmill.graph.TunableNetwork.Relative;
import io.labelmill.graph.TunableNetwork.Shape;
import io.labelmill.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * One block: a norm, attention, a sum; a norm, two products with an activation between, a sum. For
 * its gradients a training keeps what its products and its softmax gave, so that no product is
 * computed twice; norms and the activation are.
 */
public final class BlockGraph {
  /** [batch, tokens, hidden]. */
  public static final String INPUT = "input";

  /** [batch, tokens, hidden]. */
  public static final String OUTPUT = "output";

  /**
   * [batch, 1, 1]: what the attention's branch of each image is multiplied by; 0 where drop path
   * leaves it out, else 1 / (1 - its rate), and 1 where nothing is dropped.
   */
  public static final String KEEP_ATTENTION = "keep_attention";

  /** The same for the perceptron's branch. */
  public static final String KEEP_PERCEPTRON = "keep_perceptron";

  private static final String QUERIES = "queries";
  private static final String KEYS = "keys";
  private static final String VALUES = "values";
  private static final String ATTENTION = "attention";
  private static final String MIXED = "mixed";
  private static final String PROJECTED = "projected";
  private static final String EXPANDED = "expanded";
  private static final String CONTRACTED = "contracted";

  private final Nodes nodes = new Nodes();
  private final Shape shape;
  private final Part part;
  private final Optional<Relative> relative;
  private final Value input;
  private final Value keepAttention;
  private final Value keepPerceptron;
  private final Map<String, Value> weights;

  private final Map<String, Value> kept = new HashMap<>();

  /**
   * What a block's gradients need of a pass forward.
   *
   * @param rows of one image, of the first axis
   * @param others sizes of the other axes
   */
  public record Kept(String name, int rows, List<Long> others) {
    /** Of so many images. */
    public long[] sizes(int images) {
      return LongStream.concat(
              LongStream.of((long) images * rows), others.stream().mapToLong(Long::longValue))
          .toArray();
    }
  }

  private BlockGraph(TunableNetwork network) {
    shape = network.shape();
    part = network.blocks().get(0);
    relative = network.relative();
    input = nodes.batched(INPUT, shape.tokens(), shape.hidden());
    keepAttention = nodes.batched(KEEP_ATTENTION, 1, 1);
    keepPerceptron = nodes.batched(KEEP_PERCEPTRON, 1, 1);
    weights = new HashMap<>(nodes.weights(part));
  }

  /** {@value #INPUT}, factors of drop path and weights in, {@value #OUTPUT} out. */
  public static byte[] forward(TunableNetwork network) {
    return new BlockGraph(network).output().bytes();
  }

  /** The same with all of {@link #kept} out, too. */
  public static byte[] keeping(TunableNetwork network) {
    BlockGraph graph = new BlockGraph(network);
    OnnxWriter onnx = graph.output();
    for (Kept each : kept(network)) {
      graph.nodes.output(graph.kept.get(each.name()), each.name(), each.rows(), each.others());
    }
    return onnx.bytes();
  }

  /** What a block's gradients need of a pass forward. */
  public static List<Kept> kept(TunableNetwork network) {
    Shape shape = network.shape();
    Part part = network.blocks().get(0);
    long width = shape.hidden();
    int tokens = shape.tokens();
    List<Long> heads = List.of((long) shape.heads(), (long) tokens, width / shape.heads());
    List<Kept> kept = new ArrayList<>();
    for (String name : List.of(QUERIES, KEYS, VALUES)) {
      kept.add(new Kept(name, 1, heads));
    }
    kept.add(new Kept(ATTENTION, 1, List.of((long) shape.heads(), (long) tokens, (long) tokens)));
    kept.add(new Kept(MIXED, tokens, List.of(width)));
    kept.add(new Kept(PROJECTED, tokens, List.of(width)));
    kept.add(new Kept(EXPANDED, tokens, List.of((long) shape.intermediate())));
    if (part.has("contraction.scale")) {
      kept.add(new Kept(CONTRACTED, tokens, List.of(width)));
    }
    return kept;
  }

  /**
   * {@value #INPUT}, factors of drop path, weights, {@link #kept} and the gradient of {@value
   * #OUTPUT} in, gradients of the weights and of {@value #INPUT} out.
   */
  public static byte[] backward(TunableNetwork network) {
    BlockGraph graph = new BlockGraph(network);
    for (Kept each : kept(network)) {
      graph.kept.put(each.name(), graph.nodes.input(each.name(), each.rows(), each.others()));
    }
    graph.differentiate();
    return graph.nodes.onnx().bytes();
  }

  private OnnxWriter output() {
    Value firstRows = norm(input, "before_attention").normed();
    Value queries = keep(QUERIES, heads(nodes.linear(firstRows, "query", weights)));
    Value keys = keep(KEYS, heads(nodes.linear(firstRows, "key", weights)));
    Value values = keep(VALUES, heads(nodes.linear(firstRows, "value", weights)));
    Value scores = nodes.products(queries, false, keys, true, scale());
    if (relative.isPresent()) {
      scores = nodes.add(scores, bias(relative.get()));
    }
    Value attention = keep(ATTENTION, nodes.op("Softmax", List.of(scores), attribute("axis", -1)));
    Value mixed = keep(MIXED, joined(nodes.products(attention, false, values, false, 1)));
    Value projected = keep(PROJECTED, nodes.linear(mixed, "projection", weights));
    Value between = between(projected);
    Value secondRows = norm(between, "before_perceptron").normed();
    Value expanded = keep(EXPANDED, nodes.linear(secondRows, "expansion", weights));
    Value activation = nodes.activation(shape.activation(), expanded);
    Value contracted = keep(CONTRACTED, nodes.linear(activation, "contraction", weights));
    Value branch = scaled(contracted, keepPerceptron, "contraction");
    nodes.output(nodes.add(between, branch), OUTPUT, shape.tokens(), shape.hidden());
    return nodes.onnx();
  }

  /** What the perceptron's norm takes. */
  private Value between(Value projected) {
    return nodes.add(input, scaled(projected, keepAttention, "projection"));
  }

  private Value keep(String name, Value value) {
    kept.put(name, value);
    return value;
  }

  private Nodes.Norm norm(Value tokens, String role) {
    return nodes.norm(rows(tokens), role, shape.epsilon(), weights);
  }

  private void differentiate() {
    Value dz = nodes.batched(Gradients.OF_OUTPUT, shape.tokens(), shape.hidden());
    Nodes.Norm first = norm(input, "before_attention");
    Nodes.Norm second = norm(between(kept.get(PROJECTED)), "before_perceptron");
    Value dBetween = nodes.add(dz, tokens(perceptron(dz, second)));
    Value dFirst = attention(dBetween, first.normed());
    Value dx = nodes.normGradient(first, dFirst, "before_attention", part, weights);
    nodes.output(
        nodes.add(dBetween, tokens(dx)), Gradients.OF_INPUT, shape.tokens(), shape.hidden());
  }

  /** The gradient of what the norm in front of the perceptron took, as rows. */
  private Value perceptron(Value dz, Nodes.Norm norm) {
    Nodes.Activated activated = nodes.activated(shape.activation(), kept.get(EXPANDED));
    Value dActivated =
        branch(dz, keepPerceptron, "contraction", activated.value(), kept.get(CONTRACTED));
    Value dExpanded = nodes.multiply(dActivated, activated.derivative().get());
    nodes.linearGradients(dExpanded, norm.normed(), "expansion", part);
    Value dNormed = nodes.product(dExpanded, weights.get("expansion.weight"));
    return nodes.normGradient(norm, dNormed, "before_perceptron", part, weights);
  }

  /** The gradient of what the norm in front of the attention gave, as rows. */
  private Value attention(Value dSum, Value taken) {
    Value attention = kept.get(ATTENTION);
    Value mixed = kept.get(MIXED);
    Value dMixedRows = branch(dSum, keepAttention, "projection", mixed, kept.get(PROJECTED));
    Value dMixed = heads(dMixedRows);
    Value dAttention = nodes.products(dMixed, false, kept.get(VALUES), true, 1);
    // Of a softmax: dS = P (dP - sum(dP P)), and that sum is the one of dO O, with O = P V.
    Value sums = nodes.sumOfLast(split(nodes.multiply(dMixedRows, mixed)));
    Value dScores =
        nodes.multiply(
            attention, nodes.subtract(dAttention, nodes.transpose(sums, 0L, 2L, 1L, 3L)));
    relative.ifPresent(positions -> tables(dScores, positions));
    Value dQueries = joined(nodes.products(dScores, false, kept.get(KEYS), false, scale()));
    Value dKeys = joined(nodes.products(dScores, true, kept.get(QUERIES), false, scale()));
    Value dValues = joined(nodes.products(attention, true, dMixed, false, 1));
    nodes.linearGradients(dQueries, taken, "query", part);
    nodes.linearGradients(dKeys, taken, "key", part);
    nodes.linearGradients(dValues, taken, "value", part);
    Value dTaken = nodes.product(dQueries, weights.get("query.weight"));
    dTaken = nodes.product(dKeys, weights.get("key.weight"), dTaken);
    return nodes.product(dValues, weights.get("value.weight"), dTaken);
  }

  /**
   * The gradient of what a branch's last product took.
   *
   * @param dSum gradient of the sum that the branch goes into
   * @param given what that product gave; null where the branch has no scale
   */
  private Value branch(Value dSum, Value keep, String role, Value taken, Value given) {
    Value dBranch = rows(nodes.multiply(dSum, keep));
    Value scale = weights.get(role + ".scale");
    if (scale != null) {
      nodes.gradient(nodes.sum(nodes.multiply(dBranch, given)), part, role + ".scale");
      dBranch = nodes.multiply(dBranch, scale);
    }
    nodes.linearGradients(dBranch, taken, role, part);
    return nodes.product(dBranch, weights.get(role + ".weight"));
  }

  /** [1, heads, tokens, tokens] of the tables. */
  private Value bias(Relative positions) {
    Value table = weights.get("table");
    Value shared = weights.get("shared_table");
    Value sum = table == null ? shared : shared == null ? table : nodes.add(table, shared);
    Value read = exchange(positions).map(matrix -> nodes.product(matrix, sum)).orElse(sum);
    Value pairs = nodes.op("Gather", List.of(read, index(positions)), attribute("axis", 0));
    return nodes.reshape(
        nodes.transpose(pairs, 1L, 0L), 1, shape.heads(), shape.tokens(), shape.tokens());
  }

  private Value index(Relative positions) {
    return nodes.onnx().longs(Arrays.stream(positions.index()).asLongStream().toArray());
  }

  private Optional<Value> exchange(Relative positions) {
    int entries = positions.entries();
    return positions
        .exchange()
        .map(matrix -> nodes.onnx().constant("exchange", matrix, entries, entries));
  }

  private void tables(Value dScores, Relative positions) {
    long pairs = (long) shape.tokens() * shape.tokens();
    // A product with ones: the runtime's sum over the first axis takes eight times as long.
    Value ones =
        nodes.add(
            nodes.multiply(nodes.reshape(keepAttention, 1, -1), nodes.scalar(0)), nodes.scalar(1));
    Value sum = nodes.product(ones, nodes.reshape(dScores, -1, shape.heads() * pairs));
    Value ofPairs = nodes.transpose(nodes.reshape(sum, shape.heads(), pairs), 1L, 0L);
    Value zeros =
        nodes
            .onnx()
            .constant(
                "zeros",
                new float[positions.entries() * shape.heads()],
                positions.entries(),
                shape.heads());
    Value ofRead =
        nodes.op(
            "ScatterND",
            List.of(zeros, nodes.reshape(index(positions), pairs, 1), ofPairs),
            attribute("reduction", "add"));
    Value ofTable = exchange(positions).map(matrix -> nodes.outer(matrix, ofRead)).orElse(ofRead);
    nodes.gradient(ofTable, part, "table");
    // Each output has a value of its own.
    nodes.reshapedGradient(ofTable, part, "shared_table");
  }

  /** Rows of a branch as tokens, times its scale and what drop path leaves of it. */
  private Value scaled(Value branch, Value keep, String role) {
    Value scale = weights.get(role + ".scale");
    return nodes.multiply(tokens(branch), scale == null ? keep : nodes.multiply(keep, scale));
  }

  private float scale() {
    return (float) (1 / Math.sqrt((double) shape.hidden() / shape.heads()));
  }

  private Value rows(Value tokens) {
    return nodes.reshape(tokens, -1, shape.hidden());
  }

  private Value tokens(Value rows) {
    return nodes.reshape(rows, -1, shape.tokens(), shape.hidden());
  }

  /** [batch, tokens, heads, head size] of rows. */
  private Value split(Value rows) {
    return nodes.reshape(rows, -1, shape.tokens(), shape.heads(), shape.hidden() / shape.heads());
  }

  /** [batch, heads, tokens, head size] of rows. */
  private Value heads(Value rows) {
    return nodes.transpose(split(rows), 0L, 2L, 1L, 3L);
  }

  /** The reverse of {@link #heads}. */
  private Value joined(Value heads) {
    return nodes.reshape(nodes.transpose(heads, 0L, 2L, 1L, 3L), -1, shape.hidden());
  }
}
