package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors that lie in files held open. */
final class FileTensors implements TensorStore {
  private final Map<String, TensorSlice> slices = new LinkedHashMap<>();
  private final List<FileChannel> channels;

  /** Takes over the channels: {@link #close} closes them. The names are unique. */
  FileTensors(List<TensorSlice> slices, List<FileChannel> channels) {
    for (TensorSlice slice : slices) {
      this.slices.put(slice.info().name(), slice);
    }
    this.channels = List.copyOf(channels);
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(slices.keySet());
  }

  @Override
  public TensorInfo info(String name) {
    return slice(name).info();
  }

  @Override
  public float[] floats(String name) {
    return slice(name).floats();
  }

  @Override
  public long bytes() {
    return slices.values().stream().mapToLong(slice -> slice.info().bytes()).sum();
  }

  private TensorSlice slice(String name) {
    TensorSlice slice = slices.get(name);
    if (slice == null) {
      throw new InputException("The checkpoint has no tensor '%s'.".formatted(name));
    }
    return slice;
  }

  @Override
  public void close() {
    try {
      for (FileChannel channel : channels) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
