package io.labelmill.score;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many decoded images of a task wait for a device: those of batches that are decoded to the
 * last, until their pass begins there. Images of a batch that is still being filled wait for one
 * another, and don't count. Thread-safe, and no thread waits here.
 *
 * <p>A task that fails or is killed leaves batches behind, and threads that still decode. So each
 * task counts its own, and what it counted goes with it.
 */
final class DeviceQueue implements AutoCloseable {
  private static final Set<DeviceQueue> OPEN = ConcurrentHashMap.newKeySet();

  private final AtomicInteger images = new AtomicInteger();

  private DeviceQueue() {}

  /** That of somebody who closes it. */
  static DeviceQueue open() {
    DeviceQueue queue = new DeviceQueue();
    OPEN.add(queue);
    return queue;
  }

  /** How many images wait, of all tasks of this JVM. */
  static int waiting() {
    int waiting = 0;
    for (DeviceQueue queue : OPEN) {
      waiting += queue.images.get();
    }
    return waiting;
  }

  /** A batch is decoded; of its images, so many can be scored. */
  void decoded(int batch) {
    images.addAndGet(batch);
  }

  /** The pass of so many images begins. */
  void begun(int batch) {
    images.addAndGet(-batch);
  }

  /** Nothing of this waits any more, whatever is told afterwards. */
  @Override
  public void close() {
    OPEN.remove(this);
  }
}
