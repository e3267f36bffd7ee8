package io.labelmill.model;

import io.labelmill.error.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The input of one forward pass: float32 pixel values, or samples 0 to 255, in a direct buffer that
 * is used again for every pass, layout [images, 3, height, width].
 *
 * <p>Used by one thread, which appends images to {@link #nchw()}; or filled by several, each at
 * {@link #place places} of its own, until one of them says which to {@link #keep}.
 */
public final class PixelBatch {
  private static final int CHANNELS = 3;

  private final int capacity;
  private final int height;
  private final int width;
  private final FloatBuffer nchw;

  /** Null where the graph takes the floats. */
  private final ByteBuffer samples;

  /** For a model, with room for so many images. */
  public static PixelBatch of(ModelBundle bundle, int capacity) {
    return new PixelBatch(capacity, bundle.height(), bundle.width(), bundle.takesSamples());
  }

  /**
   * For a graph that takes pixel values.
   *
   * @param capacity the most images of one pass
   * @param height of the model's input, in pixels
   * @param width of the model's input, in pixels
   * @throws InputException if there is not so much memory
   */
  public PixelBatch(int capacity, int height, int width) {
    this(capacity, height, width, false);
  }

  private PixelBatch(int capacity, int height, int width, boolean takesSamples) {
    this.capacity = capacity;
    this.height = height;
    this.width = width;
    int floats = Math.multiplyExact(capacity, Math.multiplyExact(CHANNELS * height, width));
    nchw = allocate((long) floats * Float.BYTES, capacity).asFloatBuffer();
    samples = takesSamples ? allocate(floats, capacity) : null;
  }

  private static ByteBuffer allocate(long bytes, int capacity) {
    try {
      return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    } catch (OutOfMemoryError | ArithmeticException e) {
      throw new InputException(
          "A batch of "
              + capacity
              + " images needs "
              + (bytes >> 20)
              + " MB outside of the Java heap for each task, more than there is: use a smaller"
              + " --batch-size, or allow more with -XX:MaxDirectMemorySize",
          e);
    }
  }

  /** Where the next image's values go: its position is at the end of those already there. */
  public FloatBuffer nchw() {
    return nchw;
  }

  /** The images filled in so far. */
  public int images() {
    return nchw.position() / (CHANNELS * height * width);
  }

  public boolean isFull() {
    return images() == capacity;
  }

  /** The most images of one pass. */
  public int capacity() {
    return capacity;
  }

  /**
   * Room for one image, apart from all others: other threads may fill theirs meanwhile.
   *
   * @param image 0 to {@code capacity - 1}
   */
  public FloatBuffer place(int image) {
    int floats = CHANNELS * height * width;
    return nchw.slice(image * floats, floats);
  }

  /**
   * Makes images that were filled in at their places those of the pass, in their order and without
   * gaps.
   *
   * @param images the places, ascending
   */
  public void keep(int... images) {
    int floats = CHANNELS * height * width;
    for (int i = 0; i < images.length; i++) {
      if (images[i] != i) {
        nchw.put(i * floats, nchw, images[i] * floats, floats);
      }
    }
    nchw.position(images.length * floats);
  }

  /** Forgets the images, for the next pass. */
  public void clear() {
    nchw.clear();
  }

  /** Whether the graph takes {@link #samples} instead of the floats. */
  boolean takesSamples() {
    return samples != null;
  }

  /** The images filled in as 8-bit samples, in one buffer that is used again for every pass. */
  ByteBuffer samples() {
    samples.clear();
    for (int i = 0; i < nchw.position(); i++) {
      samples.put(i, (byte) (int) nchw.get(i));
    }
    return samples.limit(nchw.position());
  }

  /** The values of the images filled in, as a view from position 0. */
  FloatBuffer filled() {
    return nchw.duplicate().flip();
  }

  long[] shape() {
    return new long[] {images(), CHANNELS, height, width};
  }
}
