package io.labelmill.model;

import io.labelmill.decode.Bands;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.Size;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * The input of one forward pass: float32 pixel values, or samples 0 to 255 for a graph that
 * normalises them itself, in a direct buffer that is used again for every pass, layout [images, 3,
 * height, width].
 *
 * <p>Used by one thread, which appends images; or filled by several, each image at a place of its
 * own, until one of them says which to {@link #keep}.
 */
public final class PixelBatch {
  private static final int CHANNELS = 3;

  private final int capacity;
  private final int height;
  private final int width;
  private final int imageLength;

  /** Null where the graph takes samples. */
  private final FloatBuffer values;

  /** Null where it takes pixel values. */
  private final ByteBuffer samples;

  private int images;

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
    imageLength = Math.multiplyExact(CHANNELS * height, width);
    int length = Math.multiplyExact(capacity, imageLength);
    values = takesSamples ? null : allocate((long) length * Float.BYTES, capacity).asFloatBuffer();
    samples = takesSamples ? allocate(length, capacity) : null;
  }

  private static ByteBuffer allocate(long bytes, int capacity) {
    try {
      return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    } catch (OutOfMemoryError | ArithmeticException e) {
      throw new InputException(
          ("A batch of %s images needs %s MB outside of the Java heap for each task, more"
                  + " than there is: use a smaller --batch-size, or allow more with"
                  + " -XX:MaxDirectMemorySize")
              .formatted(capacity, bytes >> 20),
          e);
    }
  }

  /**
   * Puts a picture behind the images that are there.
   *
   * @throws java.nio.BufferOverflowException if the batch is full
   */
  public void append(Preprocessor preprocessor, RgbImage picture) {
    if (isFull()) {
      throw new BufferOverflowException();
    }
    fill(images, preprocessor, picture);
    images++;
  }

  /**
   * Puts images behind those that are there, as the graph takes them.
   *
   * @param input a whole number of images; for a graph that takes samples, whole numbers 0 to 255
   * @throws IllegalArgumentException if it is not a whole number of images
   * @throws java.nio.BufferOverflowException if there is no room for them
   */
  public void append(float... input) {
    if (input.length % imageLength != 0) {
      throw new IllegalArgumentException(
          input.length + " numbers are no whole number of images of " + imageLength);
    }
    int start = images * imageLength;
    if (input.length > capacity * imageLength - start) {
      throw new BufferOverflowException();
    }
    if (takesSamples()) {
      for (int i = 0; i < input.length; i++) {
        samples.put(start + i, (byte) (int) input[i]);
      }
    } else {
      values.put(start, input);
    }
    images += input.length / imageLength;
  }

  /**
   * Puts a picture at its place. Other threads may fill other places meanwhile.
   *
   * @param place 0 to {@code capacity - 1}
   */
  public void fill(int place, Preprocessor preprocessor, RgbImage picture) {
    if (takesSamples()) {
      preprocessor.samples(picture, samples.slice(place * imageLength, imageLength));
    } else {
      preprocessor.pixelValues(picture, values.slice(place * imageLength, imageLength));
    }
  }

  /**
   * As {@link #fill(int, Preprocessor, RgbImage)} from bands of a picture.
   *
   * @param pictureWidth in pixels
   * @param pictureHeight in pixels
   * @return what takes the bands; empty where the picture is wanted as a whole
   */
  public Optional<Bands> fill(
      int place, Preprocessor preprocessor, int pictureWidth, int pictureHeight) {
    int at = place * imageLength;
    return takesSamples()
        ? preprocessor.samples(pictureWidth, pictureHeight, samples.slice(at, imageLength))
        : preprocessor.pixelValues(pictureWidth, pictureHeight, values.slice(at, imageLength));
  }

  /**
   * Puts a part of a resized picture behind the images that are there.
   *
   * @param resized as {@link Preprocessor#resized} gives it
   * @param left the part's first column there; it is as wide and high as the model's input
   * @param top its first row
   * @throws java.nio.BufferOverflowException if the batch is full
   */
  public void append(Preprocessor preprocessor, byte[] resized, Size size, int left, int top) {
    if (isFull()) {
      throw new BufferOverflowException();
    }
    int at = images * imageLength;
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int y = 0; y < height; y++, at += width) {
        int from = (channel * size.height() + top + y) * size.width() + left;
        if (takesSamples()) {
          samples.put(at, resized, from, width);
        } else {
          preprocessor.pixelValues(resized, from, width, channel, values, at);
        }
      }
    }
    images++;
  }

  /** The images of the pass so far. */
  public int images() {
    return images;
  }

  public boolean isFull() {
    return images == capacity;
  }

  /** The most images of one pass. */
  public int capacity() {
    return capacity;
  }

  /**
   * Makes images that were filled in at their places those of the pass, in their order and without
   * gaps.
   *
   * @param places ascending
   */
  public void keep(int... places) {
    for (int i = 0; i < places.length; i++) {
      if (places[i] != i) {
        int from = places[i] * imageLength;
        int to = i * imageLength;
        if (takesSamples()) {
          samples.put(to, samples, from, imageLength);
        } else {
          values.put(to, values, from, imageLength);
        }
      }
    }
    images = places.length;
  }

  /** Forgets the images, for the next pass. */
  public void clear() {
    images = 0;
  }

  /** Whether the graph takes {@link #samples} instead of {@link #values}. */
  boolean takesSamples() {
    return samples != null;
  }

  /** The samples of the pass, as a view from position 0. */
  ByteBuffer samples() {
    return samples.slice(0, images * imageLength);
  }

  /** The pixel values of the pass, as a view from position 0. */
  public FloatBuffer values() {
    return values.slice(0, images * imageLength);
  }

  long[] shape() {
    return new long[] {images, CHANNELS, height, width};
  }
}
