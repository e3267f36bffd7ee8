package io.labelmill.checkpoint;

/** A checkpoint's tensors, some of them replaced by float32 ones of the same shape. */
final class ReplacedTensors extends TensorView {
  private final TensorStore stored;
  private final TensorStore replaced;

  ReplacedTensors(TensorStore stored, TensorStore replaced) {
    super(
        stored,
        stored.names().stream()
            .map(
                name ->
                    replaced.contains(name)
                        ? new TensorInfo(name, DataType.F32, stored.info(name).shape())
                        : stored.info(name))
            .toList());
    this.stored = stored;
    this.replaced = replaced;
  }

  @Override
  public float[] floats(String name) {
    return replaced.contains(name) ? replaced.floats(name) : stored.floats(name);
  }
}
