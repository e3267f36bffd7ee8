package io.labelmill.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadsTest {
  private static final int THREADS = 4;

  private final CountDownLatch underWay = new CountDownLatch(1);
  private final AtomicBoolean ended = new AtomicBoolean();

  /** The last one that is opened is at work when all others fail. */
  @Test
  void aFailureWaitsForPassesThatAreUnderWay() {
    AtomicInteger opened = new AtomicInteger();

    assertThatThrownBy(
            () -> Threads.rate(THREADS, 100, 1, () -> worker(opened.incrementAndGet() == THREADS)))
        .hasMessageContaining("broken");

    assertThat(ended).isTrue();
  }

  private Threads.Worker worker(boolean works) {
    AtomicBoolean isWarm = new AtomicBoolean();
    return index -> {
      if (!isWarm.getAndSet(true)) {
        return;
      }
      if (!works) {
        underWay.await();
        throw new IOException("broken");
      }
      underWay.countDown();
      // A pass in native code ends when it is done, whoever interrupts its thread.
      long until = System.nanoTime() + 300_000_000L;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      ended.set(true);
    };
  }
}
