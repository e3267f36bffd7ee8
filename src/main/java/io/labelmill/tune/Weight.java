package io.labelmill.tune;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.labelmill.graph.TunableNetwork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A tensor of a network in training: its numbers, and, where it is trained, its gradient and what
 * the optimiser remembers of earlier ones. All lie outside of the heap, where sessions read and
 * write them in place. Not thread-safe; whoever made it closes it.
 */
final class Weight implements AutoCloseable {
  /**
   * Numbers that are worked on together, and stay in the second-level cache. With fewer, memory is
   * read in so short runs that a step of the optimiser takes a third longer.
   */
  static final int CHUNK = 1 << 14;

  private final TunableNetwork.Tensor tensor;
  private final int part;
  private final FloatBuffer values;
  private final OnnxTensor input;
  private final boolean shared;
  private final Trained trained;

  /** What only trained ones have. */
  private record Trained(
      FloatBuffer gradient, OnnxTensor output, FloatBuffer mean, FloatBuffer square) {}

  /**
   * @param part that it stands in, the first where it stands in several
   * @param shared whether several parts add to its gradient
   */
  Weight(
      OrtEnvironment environment,
      TunableNetwork.Tensor tensor,
      int part,
      float[] numbers,
      boolean isTrained,
      boolean shared)
      throws OrtException {
    this.tensor = tensor;
    this.part = part;
    this.shared = shared;
    values = direct(tensor.elements());
    values.put(0, numbers);
    input = wrapped(environment, values, tensor);
    if (isTrained) {
      FloatBuffer gradient = direct(tensor.elements());
      trained =
          new Trained(
              gradient,
              wrapped(environment, gradient, tensor),
              direct(tensor.elements()),
              direct(tensor.elements()));
    } else {
      trained = null;
    }
  }

  /** So many numbers outside of the heap, 0 each. */
  static FloatBuffer direct(int elements) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(Float.BYTES, elements))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  static OnnxTensor wrapped(
      OrtEnvironment environment, FloatBuffer buffer, TunableNetwork.Tensor tensor)
      throws OrtException {
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    return OnnxTensor.createTensor(environment, buffer, shape);
  }

  String name() {
    return tensor.name();
  }

  TunableNetwork.Tensor tensor() {
    return tensor;
  }

  /** Counted from the front. */
  int part() {
    return part;
  }

  FloatBuffer values() {
    return values;
  }

  /** The numbers as a session takes them. */
  OnnxTensor input() {
    return input;
  }

  boolean isTrained() {
    return trained != null;
  }

  FloatBuffer gradient() {
    return trained.gradient;
  }

  /** Where a session puts the gradient. */
  OnnxTensor output() {
    return trained.output;
  }

  /** Whether several parts add to its gradient. */
  boolean isShared() {
    return shared;
  }

  /** Running mean of the gradients. */
  FloatBuffer mean() {
    return trained.mean;
  }

  /** Running mean of their squares. */
  FloatBuffer square() {
    return trained.square;
  }

  /** Adds numbers to others. */
  static void add(FloatBuffer numbers, FloatBuffer more) {
    float[] sum = new float[Math.min(CHUNK, numbers.capacity())];
    float[] part = new float[sum.length];
    for (int from = 0; from < numbers.capacity(); from += CHUNK) {
      int length = Math.min(CHUNK, numbers.capacity() - from);
      numbers.get(from, sum, 0, length);
      more.get(from, part, 0, length);
      for (int i = 0; i < length; i++) {
        sum[i] += part[i];
      }
      numbers.put(from, sum, 0, length);
    }
  }

  float[] floats() {
    return copy(values);
  }

  static float[] copy(FloatBuffer buffer) {
    float[] copy = new float[buffer.capacity()];
    buffer.get(0, copy);
    return copy;
  }

  @Override
  public void close() {
    input.close();
    if (trained != null) {
      trained.output.close();
    }
  }
}
