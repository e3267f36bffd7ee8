package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.translate.TranslateException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunLimitTest {
  @Test
  void asManyPassesRunAtATimeAsAllowedAndNoMore() throws Exception {
    RunLimit limit = new RunLimit(2);
    // Passes go on in pairs: with fewer than two at a time none would.
    CyclicBarrier pair = new CyclicBarrier(2);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService tasks = Executors.newFixedThreadPool(6);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int task = 0; task < 6; task++) {
        ends.add(
            tasks.submit(
                () -> {
                  for (int pass = 0; pass < 20; pass++) {
                    // A task that is the last to end would meet nobody.
                    boolean meets = pass == 0;
                    limit.run(
                        () -> {
                          most.accumulateAndGet(running.incrementAndGet(), Math::max);
                          if (meets) {
                            meet(pair);
                          }
                          running.decrementAndGet();
                          return null;
                        });
                  }
                  return null;
                }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } finally {
      tasks.shutdownNow();
    }
    assertThat(most).hasValue(2);
  }

  @Test
  void aPassThatFailsMakesRoom() throws Exception {
    RunLimit limit = new RunLimit(1);
    assertThatThrownBy(
            () ->
                limit.run(
                    () -> {
                      throw new TranslateException("broken");
                    }))
        .hasMessage("broken");
    assertThat(limit.<Integer>run(() -> 1)).isEqualTo(1);
  }

  @Test
  void aTaskThatIsKilledWaitsNoLonger() {
    RunLimit limit = new RunLimit(1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> limit.run(() -> null))
        .isInstanceOf(TranslateException.class)
        .hasMessage("interrupted while it waited for the device");
    assertThat(Thread.interrupted()).isTrue();
  }

  private static void meet(CyclicBarrier pair) throws TranslateException {
    try {
      pair.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new TranslateException("no second pass ran beside this one", e);
    }
  }
}
