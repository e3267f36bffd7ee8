package io.labelmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import io.labelmill.preprocess.Size;

/** What a translator makes of the model's outputs for one picture. Thread-safe. */
@FunctionalInterface
interface Answer<O> {
  /**
   * @param outputs of a pass of this picture alone
   * @param picture the upright picture's size, pixels
   * @throws TranslateException if the model's outputs are not what they should be
   */
  O of(NDList outputs, Size picture) throws TranslateException;

  /**
   * The logits among a model's outputs.
   *
   * @throws TranslateException if there are none
   */
  static NDArray logits(NDList outputs) throws TranslateException {
    for (NDArray output : outputs) {
      if ("logits".equals(output.getName())) {
        return output;
      }
    }
    throw new TranslateException(
        "the model has no output logits, it has %s"
            .formatted(outputs.stream().map(NDArray::getName).toList()));
  }
}
