package io.labelmill.checkpoint;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the elements of one tensor lie in an open file.
 *
 * @param position byte of the file at which the first element begins
 * @param strides elements to step along each axis; those of {@link #rowMajor} when the elements lie
 *     one after the other
 */
record TensorSlice(
    TensorInfo info, Path file, FileChannel channel, long position, List<Long> strides) {
  /** A map can not be longer than an int; a multiple of all element sizes. */
  private static final long MAP_BYTES = 1 << 28;

  static TensorSlice contiguous(TensorInfo info, Path file, FileChannel channel, long position) {
    return new TensorSlice(info, file, channel, position, rowMajor(info.shape()));
  }

  /** The strides, in elements, of a tensor whose elements lie one after the other. */
  static List<Long> rowMajor(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride = Math.multiplyExact(stride, Math.max(1, shape.get(axis)));
    }
    return List.of(strides);
  }

  float[] floats() {
    long elements = info.elements();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new InputException(
          "%s: tensor '%s' has %d elements, more than can be held at once (%d)."
              .formatted(file, info.name(), elements, Integer.MAX_VALUE - 8));
    }
    float[] floats = new float[(int) elements];
    if (elements == 0) {
      return floats;
    }
    try {
      if (strides.equals(rowMajor(info.shape()))) {
        readRun(floats);
      } else {
        gather(floats);
      }
    } catch (ClosedChannelException e) {
      throw new IllegalStateException(file + " is closed already", e);
    } catch (IOException e) {
      throw Cause.failure(
          "%s: tensor '%s' can not be read: %s.".formatted(file, info.name(), Channels.reason(e)),
          e);
    }
    return floats;
  }

  private void readRun(float[] floats) throws IOException {
    int size = info.dataType().bytes();
    int done = 0;
    while (done < floats.length) {
      int count = (int) Math.min(floats.length - done, MAP_BYTES / size);
      ByteBuffer bytes = map(position + (long) done * size, (long) count * size);
      Elements.read(info.dataType(), bytes, floats, done, count);
      done += count;
    }
  }

  /** Walks the axes like an odometer. */
  private void gather(float[] floats) throws IOException {
    int size = info.dataType().bytes();
    int axes = info.shape().size();
    long last = 0;
    for (int axis = 0; axis < axes; axis++) {
      last += (info.shape().get(axis) - 1) * strides.get(axis);
    }
    long span = Math.multiplyExact(last + 1, (long) size);
    if (span > Integer.MAX_VALUE) {
      throw new StreamCorruptedException(
          "its elements are spread over %d bytes, more than can be mapped at once".formatted(span));
    }
    ByteBuffer bytes = map(position, span);
    long[] at = new long[axes];
    long element = 0;
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Elements.floatAt(info.dataType(), bytes, (int) (element * size));
      for (int axis = axes - 1; axis >= 0; axis--) {
        element += strides.get(axis);
        if (++at[axis] < info.shape().get(axis)) {
          break;
        }
        element -= at[axis] * strides.get(axis);
        at[axis] = 0;
      }
    }
  }

  private ByteBuffer map(long from, long length) throws IOException {
    if (from + length > channel.size()) {
      throw new EOFException("the file has become shorter since it was opened");
    }
    return channel.map(FileChannel.MapMode.READ_ONLY, from, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
