package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostReadsTest {
  private static final int MOST_STUCK = 3;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HostReads reads = new HostReads(threads, MOST_STUCK);
  private final CountDownLatch wakesUp = new CountDownLatch(1);

  @AfterEach
  void end() {
    wakesUp.countDown();
    threads.shutdownNow();
  }

  @Test
  void aHostIsAskedForNoMoreThanItsLimitAtOnce() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<HostReads.Read<Integer>> submitted = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int number = i;
      submitted.add(
          reads.submit(
              "http://h/" + i,
              OptionalInt.of(4),
              () -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                TimeUnit.MILLISECONDS.sleep(5);
                now.decrementAndGet();
                return number;
              }));
    }
    for (int i = 0; i < 30; i++) {
      assertThat(submitted.get(i).get()).isEqualTo(i);
    }
    assertThat(most).hasValueBetween(2, 4);
    awaitNoHost();
  }

  @Test
  void anotherHostIsNotHeldUp() throws Exception {
    HostReads.Read<Object> first = reads.submit("http://a/", OptionalInt.of(1), this::stuck);
    HostReads.Read<String> behind = reads.submit("http://a/", OptionalInt.of(1), () -> "a");
    assertThat(reads.submit("http://b/", OptionalInt.of(1), () -> "b").get()).isEqualTo("b");
    assertThat(behind.isDone()).isFalse();
    assertThat(behind.startedNanos() - System.nanoTime())
        .as("its time has not begun")
        .isGreaterThan(-1_000_000_000L);
    first.cancel(true);
    assertThat(behind.get()).as("a read that is given up makes room").isEqualTo("a");
  }

  @Test
  void aMountOnWhichReadsNeverEndIsNotAskedForEver() throws Exception {
    for (int i = 0; i < MOST_STUCK; i++) {
      HostReads.Read<Object> read = reads.submit("s3a://b/" + i, OptionalInt.empty(), this::stuck);
      while (read.startedNanos() > System.nanoTime() - 1_000_000) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      read.cancel(true);
    }
    AtomicInteger asked = new AtomicInteger();
    HostReads.Read<Integer> next =
        reads.submit("s3a://b/x", OptionalInt.empty(), asked::incrementAndGet);
    assertThatThrownBy(next::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.TIMED_OUT))
        .hasMessage("It was not read: 3 reads of s3a://b never came back");
    assertThat(asked).hasValue(0);
    assertThat(reads.submit("s3a://c/x", OptionalInt.empty(), () -> 1).get()).isEqualTo(1);

    wakesUp.countDown();
    awaitNoHost();
    assertThat(reads.submit("s3a://b/x", OptionalInt.empty(), asked::incrementAndGet).get())
        .as("it is asked again once it came back")
        .isEqualTo(1);
  }

  /** As where a container may have no more of them. */
  @Test
  void aReadThatGetsNoThreadFailsAndTakesNoPlace() throws Exception {
    AtomicInteger refused = new AtomicInteger();
    HostReads scarce =
        new HostReads(
            read -> {
              if (refused.getAndIncrement() < 3) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              threads.execute(read);
            },
            MOST_STUCK);
    for (int i = 0; i < 3; i++) {
      HostReads.Read<Integer> read = scarce.submit("http://h/", OptionalInt.of(1), () -> 1);
      assertThatThrownBy(read::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.READ_FAILED))
          .hasMessage(
              "It was not read, since no thread could be started for it (unable to create native"
                  + " thread): allow executors more processes (limits of the user, of the"
                  + " container).");
      assertThat(scarce.known()).isZero();
    }
    assertThat(scarce.submit("http://h/", OptionalInt.of(1), () -> 1).get()).isEqualTo(1);
  }

  private void awaitNoHost() throws InterruptedException {
    while (reads.known() > 0) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** As a read of a hung mount, which no interruption reaches. */
  private Object stuck() {
    boolean wasInterrupted = false;
    while (wakesUp.getCount() > 0) {
      try {
        wakesUp.await();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    return wasInterrupted;
  }
}
