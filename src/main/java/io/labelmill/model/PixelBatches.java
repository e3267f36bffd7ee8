package io.labelmill.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Batches of one size, used again and again by the tasks that share a session: memory outside of
 * the heap comes back only when garbage is collected, so short tasks must not each take their own.
 * Thread-safe.
 */
public final class PixelBatches {
  private final Deque<PixelBatch> free = new ArrayDeque<>();
  private int capacity;

  /**
   * An empty batch for the model whose session this is, which is the caller's until it is given
   * back.
   *
   * @param images the most of one pass
   * @throws io.labelmill.error.InputException if there is not so much memory
   */
  public PixelBatch take(int images, ModelBundle bundle) {
    return take(images, () -> PixelBatch.of(bundle, images));
  }

  PixelBatch take(int images, Supplier<PixelBatch> another) {
    synchronized (free) {
      if (images != capacity) {
        free.clear();
        capacity = images;
      }
      PixelBatch batch = free.pollFirst();
      if (batch != null) {
        batch.clear();
        return batch;
      }
    }
    return another.get();
  }

  /**
   * Gives back a batch that no thread uses any more. One that still may be used is left to the
   * collector.
   */
  public void giveBack(PixelBatch batch) {
    synchronized (free) {
      if (batch.capacity() == capacity) {
        free.addFirst(batch);
      }
    }
  }
}
