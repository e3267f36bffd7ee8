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
  private final TunableNetwork.Tensor tensor;
  private final int part;
  private final FloatBuffer values;
  private final OnnxTensor input;
  private final Trained trained;

  /** What only trained ones have. */
  private record Trained(
      FloatBuffer gradient,
      OnnxTensor output,
      FloatBuffer mean,
      FloatBuffer square,
      FloatBuffer share,
      OnnxTensor shareOutput) {}

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
    values = direct(tensor.elements());
    values.put(0, numbers);
    input = wrapped(environment, values, tensor);
    if (isTrained) {
      FloatBuffer gradient = direct(tensor.elements());
      FloatBuffer share = shared ? direct(tensor.elements()) : null;
      trained =
          new Trained(
              gradient,
              wrapped(environment, gradient, tensor),
              direct(tensor.elements()),
              direct(tensor.elements()),
              share,
              shared ? wrapped(environment, share, tensor) : null);
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

  private static OnnxTensor wrapped(
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

  /** Where a session puts the gradient, or one part's share of it. */
  OnnxTensor output() {
    return trained.share == null ? trained.output : trained.shareOutput;
  }

  /** Running mean of the gradients. */
  FloatBuffer mean() {
    return trained.mean;
  }

  /** Running mean of their squares. */
  FloatBuffer square() {
    return trained.square;
  }

  /** Forgets the shares of an earlier step. */
  void begin() {
    if (trained != null && trained.share != null) {
      for (int i = 0; i < trained.gradient.capacity(); i++) {
        trained.gradient.put(i, 0);
      }
    }
  }

  /** Adds the share that was put out last. */
  void addShare() {
    if (trained.share != null) {
      for (int i = 0; i < trained.gradient.capacity(); i++) {
        trained.gradient.put(i, trained.gradient.get(i) + trained.share.get(i));
      }
    }
  }

  /** A copy of the numbers. */
  float[] floats() {
    float[] copy = new float[values.capacity()];
    values.get(0, copy);
    return copy;
  }

  @Override
  public void close() {
    input.close();
    if (trained != null) {
      trained.output.close();
      if (trained.shareOutput != null) {
        trained.shareOutput.close();
      }
    }
  }
}
