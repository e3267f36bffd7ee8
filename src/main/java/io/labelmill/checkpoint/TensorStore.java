package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.io.Closeable;
import java.util.Set;

/**
 * The named tensors of a checkpoint, read from disk only when asked for. Safe for use by several
 * threads at once. Whoever opened it closes it; nothing can be read afterwards.
 */
public interface TensorStore extends Closeable {
  /** All names, in the order in which the files hold them. */
  Set<String> names();

  default boolean contains(String name) {
    return names().contains(name);
  }

  /**
   * @throws InputException when there is no tensor of that name
   */
  TensorInfo info(String name);

  /**
   * The elements in row-major order as float32: exact for all types but F64 and large integers,
   * which are rounded to the nearest. Each call reads them anew into an array of the caller's own.
   *
   * @throws InputException when there is no tensor of that name, it can not be read, or it has more
   *     elements than a Java array
   */
  float[] floats(String name);

  /** Bytes of all tensors together, as stored; a storage that two tensors share counts twice. */
  long bytes();

  /** Closes the files. Does nothing the second time. */
  @Override
  void close();
}
