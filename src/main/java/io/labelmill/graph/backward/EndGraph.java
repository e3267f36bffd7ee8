package io.labelmill.graph.backward;

import static io.labelmill.graph.OnnxWriter.attribute;

import io.labelmill.graph.Pooling;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.TunableNetwork.Shape;
import io.labelmill.graph.Value;
import java.util.List;
import java.util.Map;

/** What is behind the blocks: pooling, a norm, the classifier, and the loss. */
public final class EndGraph {
  /** [batch, tokens, hidden]. */
  public static final String INPUT = "input";

  /** [batch, labels]. */
  public static final String LOGITS = "logits";

  /** [batch, labels], 0 or 1; one of them 1 for {@link Loss#SOFTMAX}. */
  public static final String TARGETS = "targets";

  /** [batch, 1] for {@link Loss#SOFTMAX}, [batch, labels] for {@link Loss#SIGMOID}. */
  public static final String WEIGHTS = "loss_weights";

  /** [1], the sum of the weighted losses. */
  public static final String LOSS = "loss";

  /** What is summed up. */
  public enum Loss {
    /** Cross entropy of classes that exclude each other. */
    SOFTMAX,
    /** Binary cross entropy of each label. */
    SIGMOID
  }

  private EndGraph() {}

  /** {@value #INPUT} and weights in, {@value #LOGITS} out. */
  public static byte[] forward(TunableNetwork network) {
    Nodes nodes = new Nodes();
    Map<String, Value> weights = nodes.weights(network.end());
    Value normed = norm(nodes, network.shape(), weights).normed();
    nodes.output(nodes.linear(normed, "classifier", weights), LOGITS, network.shape().labels());
    return nodes.onnx().bytes();
  }

  /**
   * The same with {@value #TARGETS} and {@value #WEIGHTS} in, {@value #LOSS} and gradients of the
   * weights and of {@value #INPUT} out.
   */
  public static byte[] backward(TunableNetwork network, Loss loss) {
    Shape shape = network.shape();
    Nodes nodes = new Nodes();
    Map<String, Value> weights = nodes.weights(network.end());
    Value targets = nodes.batched(TARGETS, shape.labels());
    Value lossWeights = nodes.batched(WEIGHTS, loss == Loss.SOFTMAX ? 1 : shape.labels());
    Nodes.Norm norm = norm(nodes, shape, weights);
    Value logits = nodes.linear(norm.normed(), "classifier", weights);
    Value each =
        loss == Loss.SOFTMAX
            ? nodes.multiply(
                nodes.sumOfLast(
                    nodes.multiply(
                        targets, nodes.op("LogSoftmax", List.of(logits), attribute("axis", -1)))),
                -1)
            : sigmoidLoss(nodes, logits, targets);
    Value probabilities =
        loss == Loss.SOFTMAX
            ? nodes.op("Softmax", List.of(logits), attribute("axis", -1))
            : nodes.op("Sigmoid", List.of(logits));
    nodes
        .onnx()
        .output(
            nodes.sum(nodes.reshape(nodes.multiply(each, lossWeights), -1, 1)), LOSS, List.of(1L));
    Value dLogits = nodes.multiply(nodes.subtract(probabilities, targets), lossWeights);
    nodes.linearGradients(dLogits, norm.normed(), "classifier", network.end());
    Value dNormed = nodes.product(dLogits, weights.get("classifier.weight"));
    Value dPooled = nodes.normGradient(norm, dNormed, "norm", network.end(), weights);
    nodes.output(spread(nodes, shape, dPooled), Gradients.OF_INPUT, shape.tokens(), shape.hidden());
    return nodes.onnx().bytes();
  }

  /** max(z, 0) - z t + log(1 + exp(-|z|)), which overflows nowhere. */
  private static Value sigmoidLoss(Nodes nodes, Value logits, Value targets) {
    Value negative = nodes.multiply(nodes.op("Abs", List.of(logits)), -1);
    Value rest =
        nodes.op("Log", List.of(nodes.add(nodes.op("Exp", List.of(negative)), nodes.scalar(1))));
    return nodes.add(
        nodes.subtract(nodes.op("Relu", List.of(logits)), nodes.multiply(logits, targets)), rest);
  }

  private static Nodes.Norm norm(Nodes nodes, Shape shape, Map<String, Value> weights) {
    Value input = nodes.batched(INPUT, shape.tokens(), shape.hidden());
    boolean mean = shape.pooling() == Pooling.MEAN;
    Value read =
        nodes.op(
            "Slice",
            List.of(
                input,
                nodes.onnx().longs(mean ? shape.leading() : 0),
                nodes.onnx().longs(mean ? shape.tokens() : 1),
                nodes.onnx().longs(1)));
    Value pooled =
        nodes.op(
            "ReduceMean", List.of(read), attribute("axes", List.of(1L)), attribute("keepdims", 0));
    return nodes.norm(pooled, "norm", shape.endEpsilon(), weights);
  }

  /** The gradient of all tokens, of that of the pooled vector. */
  private static Value spread(Nodes nodes, Shape shape, Value dPooled) {
    boolean mean = shape.pooling() == Pooling.MEAN;
    int read = mean ? shape.tokens() - shape.leading() : 1;
    int before = mean ? shape.leading() : 0;
    Value one = nodes.reshape(nodes.multiply(dPooled, 1.0 / read), -1, 1, shape.hidden());
    Value all = nodes.op("Tile", List.of(one, nodes.onnx().longs(1, read, 1)));
    return nodes.op(
        "Pad",
        List.of(all, nodes.onnx().longs(0, before, 0, 0, shape.tokens() - read - before, 0)));
  }
}
