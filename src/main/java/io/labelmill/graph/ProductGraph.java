package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.STANDARD;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One product of matrices, which tells what a machine reaches at most: input {@code left}, [rows,
 * inner], times a constant [inner, columns]; output {@code first_row}, float32 [1, columns].
 *
 * @param inner length of a row
 */
public record ProductGraph(int rows, int inner, int columns) {
  /** About as much work as one image of BEiT-base at 224. */
  public static final ProductGraph CEILING = new ProductGraph(1024, 4096, 4096);

  /** Multiplications and additions of one pass. */
  public long operations() {
    return 2L * rows * inner * columns;
  }

  /** The input's shape. */
  public long[] shape() {
    return new long[] {rows, inner};
  }

  /**
   * Writes the graph.
   *
   * @param precision FP32 for a float32 input, INT8 for uint8
   * @param folder exists
   * @return the {@code .onnx} file, its weights beside it
   * @throws IllegalArgumentException for another precision
   */
  public Path write(Precision precision, Path folder) throws IOException {
    if (precision != Precision.FP32 && precision != Precision.INT8) {
      throw new IllegalArgumentException("a processor has no products of " + precision.word());
    }
    try (OnnxWriter onnx = new OnnxWriter(folder)) {
      Value product = precision == Precision.INT8 ? integers(onnx) : floats(onnx);
      Value first =
          onnx.node(
              STANDARD,
              "Slice",
              "first",
              List.of(product, onnx.longs(0), onnx.longs(1), onnx.longs(0)));
      Value result =
          onnx.node(
              STANDARD,
              "Cast",
              "result",
              List.of(first),
              attribute("to", TensorProto.DataType.FLOAT.getNumber()));
      onnx.output(result, "first_row", List.of(1, columns));
      onnx.finish();
      return onnx.model();
    }
  }

  private Value floats(OnnxWriter onnx) {
    Value left = onnx.input("left", List.of(rows, inner));
    float[] numbers = new float[inner * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i % 1009 - 504) * 1e-4f;
    }
    Value right = onnx.floats("right", numbers, inner, columns);
    return onnx.node(STANDARD, "MatMul", "product", List.of(left, right));
  }

  private Value integers(OnnxWriter onnx) {
    Value left = onnx.input("left", TensorProto.DataType.UINT8, List.of(rows, inner));
    byte[] numbers = new byte[inner * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (byte) (i % 101 - 50);
    }
    Value right = onnx.bytes("right", numbers, inner, columns);
    return onnx.node(STANDARD, "MatMulInteger", "product", List.of(left, right));
  }
}
