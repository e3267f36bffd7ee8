package io.labelmill.graph;

import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The tensors of another store with other numbers.
 *
 * @param store its owner closes it
 * @param change gets what a tensor is, and a copy of its numbers to write into
 */
record ChangedWeights(TensorStore store, BiConsumer<TensorInfo, float[]> change)
    implements TensorStore {
  @Override
  public Set<String> names() {
    return store.names();
  }

  @Override
  public TensorInfo info(String name) {
    return store.info(name);
  }

  @Override
  public float[] floats(String name) {
    float[] floats = store.floats(name).clone();
    change.accept(info(name), floats);
    return floats;
  }

  @Override
  public long bytes() {
    return store.bytes();
  }

  @Override
  public void close() {
    // The store is its owner's.
  }
}
