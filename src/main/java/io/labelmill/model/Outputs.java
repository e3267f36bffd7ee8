package io.labelmill.model;

import java.util.Map;

/**
 * What one forward pass gives.
 *
 * @param tensors by the graph's output names, such as {@code logits} and {@code pooled}
 */
public record Outputs(Map<String, Tensor> tensors) {
  /**
   * @throws IllegalArgumentException if the graph has no such output
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "The graph has no output " + name + ", it has " + tensors.keySet());
    }
    return tensor;
  }
}
