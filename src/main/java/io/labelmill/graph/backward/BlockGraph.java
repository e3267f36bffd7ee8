package io.labelmill.graph.backward;

import static io.labelmill.graph.OnnxWriter.attribute;

import io.labelmill.graph.OnnxWriter;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.TunableNetwork.Part;
import io.labelmill.graph.TunableNetwork.Relative;
import io.labelmill.graph.TunableNetwork.Shape;
import io.labelmill.graph.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

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
  private static final String BETWEEN = "between";
  private static final String EXPANDED = "expanded";

  private final Nodes nodes = new Nodes();
  private final Shape shape;
  private final Part part;
  private final Optional<Relative> relative;
  private final Value input;
  private final Value keepAttention;
  private final Value keepPerceptron;
  private final Map<String, Value> weights;

  private Nodes.Norm first;
  private Value expanded;
  private Value firstRows;
  private Value queries;
  private Value keys;
  private Value values;
  private Value attention;
  private Value mixed;
  private Value between;
  private Nodes.Norm second;
  private Value secondRows;
  private Nodes.Activated activated;

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
    Map<String, Value> values =
        Map.of(
            QUERIES, graph.queries,
            KEYS, graph.keys,
            VALUES, graph.values,
            ATTENTION, graph.attention,
            MIXED, graph.tokens(graph.mixed),
            BETWEEN, graph.between,
            EXPANDED,
                graph.nodes.reshape(
                    graph.expanded, -1, graph.shape.tokens(), graph.shape.intermediate()));
    kept(network).forEach((name, sizes) -> graph.nodes.output(values.get(name), name, sizes));
    return onnx.bytes();
  }

  /**
   * What a block's gradients need of a pass forward, by name: sizes behind the batch.
   *
   * @return in an order of its own
   */
  public static SortedMap<String, long[]> kept(TunableNetwork network) {
    Shape shape = network.shape();
    long[] heads = {shape.heads(), shape.tokens(), shape.hidden() / shape.heads()};
    long[] state = {shape.tokens(), shape.hidden()};
    return new TreeMap<>(
        Map.of(
            QUERIES, heads,
            KEYS, heads,
            VALUES, heads,
            ATTENTION, new long[] {shape.heads(), shape.tokens(), shape.tokens()},
            MIXED, state,
            BETWEEN, state,
            EXPANDED, new long[] {shape.tokens(), shape.intermediate()}));
  }

  /**
   * {@value #INPUT}, factors of drop path, weights, {@link #kept} and the gradient of {@value
   * #OUTPUT} in, gradients of the weights and of {@value #INPUT} out.
   */
  public static byte[] backward(TunableNetwork network) {
    BlockGraph graph = new BlockGraph(network);
    graph.read(network);
    graph.differentiate();
    return graph.nodes.onnx().bytes();
  }

  private OnnxWriter output() {
    first = nodes.norm(input, "before_attention", shape.epsilon(), weights);
    firstRows = rows(first.normed());
    queries = heads(nodes.linear(firstRows, "query", weights));
    keys = heads(nodes.linear(firstRows, "key", weights));
    values = heads(nodes.linear(firstRows, "value", weights));
    Value scores = nodes.products(queries, false, keys, true, scale());
    if (relative.isPresent()) {
      scores = nodes.add(scores, bias(relative.get()));
    }
    attention = nodes.op("Softmax", List.of(scores), attribute("axis", -1));
    mixed = joined(nodes.op("MatMul", List.of(attention, values)));
    Value projected = tokens(nodes.linear(mixed, "projection", weights));
    between = nodes.add(input, scaled(projected, keepAttention, "projection"));
    second = nodes.norm(between, "before_perceptron", shape.epsilon(), weights);
    secondRows = rows(second.normed());
    expanded = nodes.linear(secondRows, "expansion", weights);
    Value activation = nodes.activation(shape.activation(), expanded);
    Value branch =
        scaled(
            tokens(nodes.linear(activation, "contraction", weights)),
            keepPerceptron,
            "contraction");
    nodes.output(nodes.add(between, branch), OUTPUT, shape.tokens(), shape.hidden());
    return nodes.onnx();
  }

  private void read(TunableNetwork network) {
    Map<String, Value> kept = new HashMap<>();
    kept(network).forEach((name, sizes) -> kept.put(name, nodes.batched(name, sizes)));
    queries = kept.get(QUERIES);
    keys = kept.get(KEYS);
    values = kept.get(VALUES);
    attention = kept.get(ATTENTION);
    mixed = rows(kept.get(MIXED));
    between = kept.get(BETWEEN);
    first = nodes.norm(input, "before_attention", shape.epsilon(), weights);
    firstRows = rows(first.normed());
    second = nodes.norm(between, "before_perceptron", shape.epsilon(), weights);
    secondRows = rows(second.normed());
    activated =
        nodes.activated(
            shape.activation(), nodes.reshape(kept.get(EXPANDED), -1, shape.intermediate()));
  }

  private void differentiate() {
    Value dz = nodes.batched(Gradients.OF_OUTPUT, shape.tokens(), shape.hidden());
    Value dActivated = branch(dz, keepPerceptron, "contraction", activated.value());
    Value dExpanded = nodes.multiply(dActivated, activated.derivative().get());
    nodes.linearGradients(dExpanded, secondRows, "expansion", part);
    Value dSecond = tokens(nodes.product(dExpanded, weights.get("expansion.weight")));
    Value dBetween = nodes.add(dz, norm(second, dSecond, "before_perceptron"));
    Value dMixed = heads(branch(dBetween, keepAttention, "projection", mixed));
    Value dValues = nodes.products(attention, true, dMixed, false, 1);
    Value dAttention = nodes.products(dMixed, false, values, true, 1);
    // Of a softmax: dS = P (dP - sum(dP P)).
    Value weighted = nodes.sumOfLast(nodes.multiply(dAttention, attention));
    Value dScores = nodes.multiply(attention, nodes.subtract(dAttention, weighted));
    relative.ifPresent(positions -> tables(dScores, positions));
    Value dQueries = joined(nodes.products(dScores, false, keys, false, scale()));
    Value dKeys = joined(nodes.products(dScores, true, queries, false, scale()));
    Value dValueRows = joined(dValues);
    nodes.linearGradients(dQueries, firstRows, "query", part);
    nodes.linearGradients(dKeys, firstRows, "key", part);
    nodes.linearGradients(dValueRows, firstRows, "value", part);
    Value dFirst = nodes.product(dQueries, weights.get("query.weight"));
    dFirst = nodes.product(dKeys, weights.get("key.weight"), dFirst);
    dFirst = nodes.product(dValueRows, weights.get("value.weight"), dFirst);
    Value dx = nodes.add(dBetween, norm(first, tokens(dFirst), "before_attention"));
    nodes.output(dx, Gradients.OF_INPUT, shape.tokens(), shape.hidden());
  }

  /**
   * The gradient of what a branch's last product took. The branch's own numbers are not needed: the
   * gradient of its scale is that of the weights, times these, summed up.
   *
   * @param dSum gradient of the sum that the branch goes into
   */
  private Value branch(Value dSum, Value keep, String role, Value taken) {
    Value kept = rows(nodes.multiply(dSum, keep));
    Value weight = weights.get(role + ".weight");
    Value outer = nodes.outer(kept, taken);
    Value sums = nodes.sum(kept);
    Value scale = weights.get(role + ".scale");
    if (scale == null) {
      nodes.gradient(outer, part, role + ".weight");
      nodes.gradient(sums, part, role + ".bias");
      return nodes.product(kept, weight);
    }
    nodes.gradient(nodes.multiply(outer, nodes.reshape(scale, -1, 1)), part, role + ".weight");
    nodes.gradient(nodes.multiply(sums, scale), part, role + ".bias");
    Value ofWeights = nodes.reshape(nodes.sumOfLast(nodes.multiply(outer, weight)), -1);
    nodes.gradient(
        nodes.add(ofWeights, nodes.multiply(sums, weights.get(role + ".bias"))),
        part,
        role + ".scale");
    return nodes.product(nodes.multiply(kept, scale), weight);
  }

  private Value norm(Nodes.Norm norm, Value dy, String role) {
    int width = shape.hidden();
    Nodes.Norm flat =
        new Nodes.Norm(
            nodes.reshape(norm.input(), -1, width),
            norm.normed(),
            nodes.reshape(norm.mean(), -1, 1),
            nodes.reshape(norm.inverse(), -1, 1));
    return tokens(nodes.normGradient(flat, rows(dy), role, part, weights));
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
    Value ofPairs =
        nodes.transpose(nodes.reshape(nodes.sum(dScores), shape.heads(), pairs), 1L, 0L);
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
    nodes.gradient(ofTable, part, "shared_table");
  }

  /** A branch times its scale and what drop path leaves of it. */
  private Value scaled(Value branch, Value keep, String role) {
    Value scale = weights.get(role + ".scale");
    return nodes.multiply(branch, scale == null ? keep : nodes.multiply(keep, scale));
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

  /** [batch, heads, tokens, head size] of rows. */
  private Value heads(Value rows) {
    Value split =
        nodes.reshape(rows, -1, shape.tokens(), shape.heads(), shape.hidden() / shape.heads());
    return nodes.transpose(split, 0L, 2L, 1L, 3L);
  }

  /** The reverse of {@link #heads}. */
  private Value joined(Value heads) {
    return nodes.reshape(nodes.transpose(heads, 0L, 2L, 1L, 3L), -1, shape.hidden());
  }
}
