package io.labelmill.onednn;

import io.labelmill.onednn.Handles.Primitive;
import java.util.stream.LongStream;

/**
 * Rounds a matrix of bfloat16 to 8-bit integers, as many steps above its least number as lie
 * between that and the largest one: {@code DynamicQuantizeLinear} of ONNX. A multiplication rounds:
 * the library's reordering with a scale takes three times as long.
 */
record Quantization(Primitive least, Primitive largest, Primitive rounding) {
  /** The largest integer. */
  private static final float STEPS = 255;

  static Quantization of(Handles handles, long rows, long columns) {
    long numbers = rows * columns;
    long source = handles.layout(OneDnn.BF16, 1, numbers);
    long one = handles.layout(OneDnn.F32, 1, 1);
    return new Quantization(
        handles.reduction(OneDnn.LEAST, source, one),
        handles.reduction(OneDnn.LARGEST, source, one),
        handles.multiplication(
            source, one, handles.layout(OneDnn.U8, 1, numbers), handles.addition(one)));
  }

  long scratchpadBytes() {
    return LongStream.of(
            least.scratchpadBytes(), largest.scratchpadBytes(), rounding.scratchpadBytes())
        .max()
        .orElseThrow();
  }

  /**
   * How numbers become integers: divided by a step, then moved by a zero.
   *
   * @param step difference of two integers
   * @param zero the integer that 0 becomes, 0 to 255
   */
  record Steps(float step, int zero) {
    /** Numbers between these become integers of 8 bits, and 0 one exactly. */
    static Steps between(float least, float largest) {
      float from = Math.min(least, 0);
      float step = (Math.max(largest, 0) - from) / STEPS;
      // All are 0.
      return step == 0 ? new Steps(1, 0) : new Steps(step, (int) Math.rint(-from / step));
    }
  }
}
