package io.labelmill.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Hands a {@link PixelBatch} to the engine without a copy and takes every output back, by name.
 * Stateless, so one serves all threads.
 */
final class PixelTranslator implements NoBatchifyTranslator<PixelBatch, Outputs> {
  @Override
  public NDList processInput(TranslatorContext context, PixelBatch batch) {
    Shape shape = new Shape(batch.shape());
    NDManager manager = context.getNDManager();
    return new NDList(
        batch.takesSamples()
            ? manager.create(batch.samples(), shape, DataType.UINT8)
            : manager.create(batch.values(), shape, DataType.FLOAT32));
  }

  @Override
  public Outputs processOutput(TranslatorContext context, NDList list) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (NDArray array : list) {
      tensors.put(array.getName(), new Tensor(array.toFloatArray(), array.getShape().getShape()));
    }
    return new Outputs(tensors);
  }
}
