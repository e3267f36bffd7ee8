package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.STANDARD;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The end of a model alone: input {@code pooled}, float32 [batch, width], through a classifier to
 * {@code logits} [batch, labels], or on to the {@code best} scores of their softmax [batch, k] and
 * the {@code places} of these, as float32 [batch, k].
 *
 * @param weights [width, labels], row-major
 * @param bias [labels]
 */
@SuppressWarnings("ArrayRecordComponent") // written once, never compared
public record HeadGraph(float[] weights, float[] bias) {
  /** What leaves the graph. */
  public enum End {
    LOGITS,
    BEST
  }

  /**
   * Writes the graph.
   *
   * @param k of {@link End#BEST}
   * @param folder exists
   * @return the {@code .onnx} file, its weights beside it
   */
  public Path write(End end, int k, Path folder) throws IOException {
    int labels = bias.length;
    int width = weights.length / labels;
    try (OnnxWriter onnx = new OnnxWriter(folder)) {
      Value pooled = onnx.input("pooled", List.of("batch", width));
      Value product =
          onnx.node(
              STANDARD,
              "MatMul",
              "product",
              List.of(pooled, onnx.floats("weights", weights, width, labels)));
      Value logits =
          onnx.node(STANDARD, "Add", "sum", List.of(product, onnx.floats("bias", bias, labels)));
      switch (end) {
        case LOGITS -> onnx.output(logits, "logits", List.of("batch", labels));
        case BEST -> best(onnx, logits, k);
      }
      onnx.finish();
      return onnx.model();
    }
  }

  private static void best(OnnxWriter onnx, Value logits, int k) {
    Value scores = onnx.node(STANDARD, "Softmax", "scores", List.of(logits), attribute("axis", -1));
    List<Value> best =
        onnx.nodes(
            STANDARD,
            "TopK",
            "top",
            List.of(scores, onnx.longs(k)),
            List.of("top.scores", "top.indices"),
            attribute("axis", -1),
            attribute("largest", 1),
            attribute("sorted", 1));
    Value places =
        onnx.node(
            STANDARD,
            "Cast",
            "top.floats",
            List.of(best.get(1)),
            attribute("to", TensorProto.DataType.FLOAT.getNumber()));
    onnx.output(best.get(0), "best", List.of("batch", k));
    onnx.output(places, "places", List.of("batch", k));
  }
}
