package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SessionPoolTest {
  private static final SessionLimits TWO = new SessionLimits(2, Long.MAX_VALUE);

  private final AtomicLong clock = new AtomicLong();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final SessionPool<Fake> pool = new SessionPool<>(clock::incrementAndGet);

  private final class Fake implements SessionPool.Session {
    private final String name;
    private volatile boolean closed;
    private boolean failsToClose;

    Fake(String name) {
      this.name = name;
      events.add("open " + name);
    }

    @Override
    public void close() {
      assertThat(closed).as(name + " is closed once").isFalse();
      closed = true;
      events.add("close " + name);
      if (failsToClose) {
        throw new IllegalStateException("cannot be closed");
      }
    }
  }

  private SessionPool<Fake>.Lease acquire(String model, SessionLimits limits) throws IOException {
    return acquire(model, Device.CPU, 10, limits);
  }

  private SessionPool<Fake>.Lease acquire(
      String model, Device device, long bytes, SessionLimits limits) throws IOException {
    return pool.acquire(
        new SessionPool.Key(model, device), bytes, limits, () -> new Fake(model + " on " + device));
  }

  @Test
  void modelsInTurnAreOpenedOnceEach() throws IOException {
    for (int task = 0; task < 12; task++) {
      acquire("a", TWO).close();
      acquire("b", TWO).close();
    }
    assertThat(events).containsExactly("open a on cpu", "open b on cpu");
    assertThat(pool.open()).isEqualTo(2);
  }

  @Test
  void theOneUsedLongestAgoMakesRoomBeforeAnotherIsOpened() throws IOException {
    acquire("a", TWO).close();
    acquire("b", TWO).close();
    acquire("a", TWO).close();
    acquire("c", TWO).close();
    assertThat(events)
        .containsExactly("open a on cpu", "open b on cpu", "close b on cpu", "open c on cpu");
  }

  /** As that of the timer that closes idle ones, which an exception would end. */
  @Test
  void aSessionThatCanNotBeClosedEndsNothing() throws IOException {
    acquire("a", TWO).close();
    SessionPool<Fake>.Lease broken = acquire("b", TWO);
    broken.close();
    broken.session().failsToClose = true;
    pool.closeIdle(Duration.ZERO);
    assertThat(events).contains("close a on cpu", "close b on cpu");
    assertThat(pool.open()).isZero();
    acquire("b", TWO).session().failsToClose = true;
    pool.close(key -> true);
    SessionPool<Fake>.Lease other = acquire("c", TWO);
    other.session().failsToClose = true;
    other.close();
    acquire("d", new SessionLimits(1, Long.MAX_VALUE)).close();
    assertThat(pool.open()).isEqualTo(1);
  }

  @Test
  void memoryIsALimitToo() throws IOException {
    SessionLimits limits = new SessionLimits(9, 100);
    acquire("a", Device.CPU, 40, limits).close();
    acquire("b", Device.CPU, 50, limits).close();
    assertThat(pool.open()).isEqualTo(2);
    acquire("c", Device.CPU, 45, limits).close();
    assertThat(events).containsSubsequence("close a on cpu", "open c on cpu");
    assertThat(pool.open()).isEqualTo(2);
    acquire("large", Device.CPU, 500, limits).close();
    assertThat(pool.open()).as("one that is larger than the limit, alone").isEqualTo(1);
    acquire("large", Device.CPU, 500, limits).close();
    assertThat(events).containsOnlyOnce("open large on cpu");
  }

  @Test
  void aSessionInUseIsNeverClosed() throws IOException {
    SessionLimits one = new SessionLimits(1, Long.MAX_VALUE);
    SessionPool<Fake>.Lease a = acquire("a", one);
    SessionPool<Fake>.Lease b = acquire("b", one);
    assertThat(pool.open()).as("both are used").isEqualTo(2);
    pool.closeIdle(Duration.ZERO);
    assertThat(a.session().closed).isFalse();
    a.close();
    assertThat(a.session().closed).as("given back while there is one too many").isTrue();
    assertThat(b.session().closed).isFalse();
    a.close();
    b.close();
    assertThat(b.session().closed).isFalse();
    assertThat(pool.open()).isEqualTo(1);
  }

  @Test
  void eachDeviceHasItsOwnLimits() throws IOException {
    SessionLimits one = new SessionLimits(1, Long.MAX_VALUE);
    acquire("a", Device.gpu(0), 10, one).close();
    acquire("a", Device.gpu(1), 10, one).close();
    acquire("b", Device.gpu(1), 10, one).close();
    assertThat(events)
        .containsExactly(
            "open a on gpu:0", "open a on gpu:1", "close a on gpu:1", "open b on gpu:1");
  }

  @Test
  void aRetiredSessionIsClosedByItsLastUser() throws IOException {
    SessionPool<Fake>.Lease first = acquire("a", TWO);
    SessionPool<Fake>.Lease second = acquire("a", TWO);
    pool.close(key -> key.model().equals("a"));
    assertThat(pool.open()).isZero();
    first.close();
    assertThat(first.session().closed).isFalse();
    SessionPool<Fake>.Lease third = acquire("a", TWO);
    assertThat(third.opened()).as("a new one").isTrue();
    second.close();
    assertThat(second.session().closed).isTrue();
    assertThat(third.session().closed).isFalse();
    third.close();
  }

  @Test
  void idlenessIsCountedFromTheLastUse() throws IOException {
    acquire("a", TWO).close();
    clock.addAndGet(Duration.ofMinutes(9).toNanos());
    acquire("b", TWO).close();
    clock.addAndGet(Duration.ofMinutes(2).toNanos());
    pool.closeIdle(Duration.ofMinutes(10));
    assertThat(events).containsExactly("open a on cpu", "open b on cpu", "close a on cpu");
  }

  @Test
  void whatCanNotBeOpenedLeavesNothingAndTheNextTriesAgain() throws IOException {
    SessionPool.Key key = new SessionPool.Key("a", Device.CPU);
    assertThatThrownBy(
            () ->
                pool.acquire(
                    key,
                    10,
                    TWO,
                    () -> {
                      throw new IOException("no such graph");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("no such graph");
    assertThat(pool.open()).isZero();
    try (SessionPool<Fake>.Lease lease = acquire("a", TWO)) {
      assertThat(lease.opened()).isTrue();
    }
  }

  @Test
  void whoAsksForAnotherDoesNotWaitForOneThatIsBeingOpened() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    acquire("b", TWO).close();
    CompletableFuture<Void> slow =
        CompletableFuture.runAsync(
            () -> {
              try {
                pool.acquire(
                        new SessionPool.Key("a", Device.CPU),
                        10,
                        TWO,
                        () -> {
                          opening.countDown();
                          await(mayEnd);
                          return new Fake("slow");
                        })
                    .close();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    await(opening);
    try (SessionPool<Fake>.Lease other = acquire("b", TWO)) {
      assertThat(other.opened()).isFalse();
      assertThat(pool.open()).isEqualTo(1);
    } finally {
      mayEnd.countDown();
    }
    slow.get(30, TimeUnit.SECONDS);
    assertThat(pool.open()).isEqualTo(2);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Many tasks of five models on a pool of two: no session is closed under its user. */
  @Test
  void tasksAtOnceNeverMeetAClosedSession() throws Exception {
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      Random random = new Random(thread);
      threads.add(
          CompletableFuture.runAsync(
              () -> {
                for (int task = 0; task < 2_000; task++) {
                  String model = "m" + random.nextInt(5);
                  try (SessionPool<Fake>.Lease lease = acquire(model, TWO)) {
                    assertThat(lease.session().closed).isFalse();
                    if (random.nextInt(50) == 0) {
                      pool.close(key -> key.model().equals(model));
                    }
                    Thread.onSpinWait();
                    assertThat(lease.session().closed).as("while it is in use").isFalse();
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                }
              }));
    }
    for (CompletableFuture<Void> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
    assertThat(pool.open()).isLessThanOrEqualTo(2);
    pool.close(key -> true);
    long opened = events.stream().filter(event -> event.startsWith("open")).count();
    assertThat(events).hasSize((int) (2 * opened));
  }
}
