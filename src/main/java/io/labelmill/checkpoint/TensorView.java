package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors that are made of another store's, which is closed with them. */
abstract class TensorView implements TensorStore {
  private final TensorStore stored;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  /**
   * @param infos what the view shows, in order, no name twice
   */
  TensorView(TensorStore stored, List<TensorInfo> infos) {
    this.stored = stored;
    infos.forEach(info -> this.infos.put(info.name(), info));
  }

  @Override
  public final Set<String> names() {
    return Collections.unmodifiableSet(infos.keySet());
  }

  @Override
  public final TensorInfo info(String name) {
    TensorInfo info = infos.get(name);
    if (info == null) {
      throw new InputException("The checkpoint has no tensor '%s'.".formatted(name));
    }
    return info;
  }

  @Override
  public final long bytes() {
    return infos.values().stream().mapToLong(TensorInfo::bytes).sum();
  }

  @Override
  public final void close() {
    stored.close();
  }
}
