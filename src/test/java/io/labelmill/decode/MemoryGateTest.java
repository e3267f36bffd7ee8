package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let through, who waits, and who never will be. */
@Timeout(60)
class MemoryGateTest {
  private static final long MEBIBYTE = 1 << 20;

  /** 40 MB of a heap of 100 MB. */
  private final MemoryGate gate = MemoryGate.of(100 * MEBIBYTE);

  @Test
  void whatNeedsMoreThanTheShareIsRefusedAtOnce() {
    ImageException failure =
        catchThrowableOfType(ImageException.class, () -> gate.enter(40 * MEBIBYTE + 1, 4000, 3000));

    assertThat(failure.status()).isEqualTo(Status.OUT_OF_MEMORY);
    assertThat(failure.status().isTransient()).isTrue();
    assertThat(failure)
        .hasMessage(
            "The picture's 4000x3000 pixels need 41 MB to be decoded, and decoding may take 40 MB"
                + " of a heap of 100 MB: give executors more (spark.executor.memory; with a local"
                + " master --driver-memory).");
    assertThat(failure.width()).hasValue(4000);
    assertThat(failure.height()).hasValue(3000);
  }

  @Test
  void aMaskWaitsForPicturesAndGivesItsShareBack() throws Exception {
    long picture = gate.enter(39 * MEBIBYTE, 1, 1);
    List<String> entered = Collections.synchronizedList(new ArrayList<>());
    Thread mask =
        new Thread(
            () -> {
              try {
                entered.add(gate.mask(5 * MEBIBYTE, 1, 1, () -> "mask"));
              } catch (ImageException e) {
                entered.add(e.getMessage());
              }
            });
    mask.start();
    while (mask.getState() != Thread.State.WAITING) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(entered).isEmpty();
    gate.leave(picture);
    mask.join();
    assertThat(entered).containsExactly("mask");
    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
  }

  @Test
  void aMaskThatDoesNotFitSaysSo() throws Exception {
    assertThatThrownBy(() -> gate.mask(41 * MEBIBYTE, 7, 5, () -> "mask"))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(
            "The picture's 7x5 pixels need 41 MB for its mask, and decoding and masks may take 40 MB"
                + " of a heap of 100 MB: give executors more");

    AtomicInteger tries = new AtomicInteger();
    MemoryGate.Work<String> works =
        () -> {
          if (tries.incrementAndGet() == 1) {
            throw new OutOfMemoryError("as if");
          }
          return "mask";
        };
    assertThat(gate.mask(5 * MEBIBYTE, 7, 5, works)).isEqualTo("mask");
    MemoryGate.Work<String> never =
        () -> {
          throw new OutOfMemoryError("as if");
        };
    assertThatThrownBy(() -> gate.mask(5 * MEBIBYTE, 7, 5, never))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.OUT_OF_MEMORY))
        .hasMessageStartingWith(
            "Making the picture's mask ran out of memory in a heap of 100 MB, although no other"
                + " large one was decoded meanwhile: give executors more");
    // All is given back.
    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
  }

  @Test
  void whatIsSmallWaitsForNobody() throws Exception {
    long all = gate.enter(40 * MEBIBYTE, 1, 1);

    assertThat(gate.enter(MemoryGate.UNCOUNTED_BYTES, 1, 1)).isZero();

    gate.leave(0);
    gate.leave(all);
  }

  @Test
  void thoseThatFitBesideEachOtherDoAndOthersWaitInTheirOrder() throws Exception {
    long first = gate.enter(15 * MEBIBYTE, 1, 1);
    long second = gate.enter(15 * MEBIBYTE, 1, 1);
    List<String> entered = Collections.synchronizedList(new ArrayList<>());
    // Both never fit beside each other, so that they are noted in the order in which they entered.
    Thread large = waiting(entered, "large", 35);
    Thread fitting = waiting(entered, "fitting", 10);

    // It would fit, and does not overtake.
    assertThat(entered).isEmpty();
    gate.leave(first);
    assertThat(entered).isEmpty();
    gate.leave(second);
    large.join();
    fitting.join();

    assertThat(entered).containsExactly("large", "fitting");
  }

  /** A thread that waits at the gate already, and not for a class to be loaded. */
  private Thread waiting(List<String> entered, String name, int megabytes) {
    Thread thread =
        new Thread(
            () -> {
              try {
                long bytes = gate.enter(megabytes * MEBIBYTE, 1, 1);
                entered.add(name);
                gate.leave(bytes);
              } catch (ImageException e) {
                throw new IllegalStateException(e);
              }
            });
    thread.start();
    while (!isQueued(thread)) {
      Thread.onSpinWait();
    }
    return thread;
  }

  private static boolean isQueued(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    return blocker != null && blocker.getClass().getName().startsWith(Semaphore.class.getName());
  }

  @Test
  void oneThatIsAloneKeepsOthersOut() throws Exception {
    gate.enterAlone();
    List<String> entered = Collections.synchronizedList(new ArrayList<>());
    Thread other = waiting(entered, "other", 10);

    assertThat(entered).isEmpty();
    gate.leaveAlone();
    other.join();

    assertThat(entered).containsExactly("other");
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    long all = gate.enter(40 * MEBIBYTE, 1, 1);
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> gate.enter(10 * MEBIBYTE, 1, 1))
        .isInstanceOf(CancellationException.class)
        .hasMessage("interrupted while waiting for memory to decode in");

    assertThat(Thread.interrupted()).isTrue();
    gate.leave(all);
    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
  }

  @Test
  void aDecoderPassesAnInterruptOn() throws Exception {
    long all = gate.enter(40 * MEBIBYTE, 1, 1);
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> decoder().decode(jpeg, jpeg.length))
        .isInstanceOf(CancellationException.class);

    assertThat(Thread.interrupted()).isTrue();
    gate.leave(all);
  }

  /** Waiting for memory is not decoding. */
  @Test
  void aWaitDoesNotCountAsTime() throws Exception {
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(5), gate);
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    long all = gate.enter(40 * MEBIBYTE, 1, 1);
    Thread other =
        new Thread(
            () -> {
              try {
                Thread.sleep(6000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              gate.leave(all);
            });
    other.start();

    assertThat(decoder.decode(jpeg, jpeg.length).width()).isEqualTo(3000);
  }

  @Test
  void memoryCountsWhileThePictureIsUsedAndNoLonger() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    CountDownLatch using = new CountDownLatch(1);
    List<String> entered = Collections.synchronizedList(new ArrayList<>());

    int width =
        decoder()
            .decode(
                jpeg,
                jpeg.length,
                picture -> {
                  Thread other = waiting(entered, "other", 30);
                  assertThat(entered).isEmpty();
                  assertThat(other.isAlive()).isTrue();
                  using.countDown();
                  return picture.width();
                });

    using.await();
    assertThat(width).isEqualTo(3000);
    // All of it is free again, whoever waited.
    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
    assertThat(entered).containsExactly("other");
  }

  @Test
  void aFailureGivesMemoryBackToo() throws Exception {
    byte[] cut = Crafted.png(3000, 2000, 8, 2).chunk("IDAT", new byte[20_000]).done();

    assertThat(
            catchThrowableOfType(ImageException.class, () -> decoder().decode(cut, cut.length))
                .status())
        .isEqualTo(Status.UNDECODABLE);

    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
  }

  @Test
  void whatRunsOutOfMemoryIsTriedAloneOnce() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);
    AtomicInteger tries = new AtomicInteger();

    int width =
        decoder()
            .decode(
                jpeg,
                jpeg.length,
                picture -> {
                  if (tries.incrementAndGet() == 1) {
                    throw new OutOfMemoryError("as if a neighbour had filled the heap");
                  }
                  return picture.width();
                });

    assertThat(width).isEqualTo(3000);
    assertThat(tries).hasValue(2);
  }

  @Test
  void whatRunsOutOfMemoryAloneSaysSo() throws Exception {
    byte[] jpeg = Crafted.flatJpeg(3000, 2000, 3);

    ImageException failure =
        catchThrowableOfType(
            ImageException.class,
            () ->
                decoder()
                    .decode(
                        jpeg,
                        jpeg.length,
                        picture -> {
                          throw new OutOfMemoryError("as if the heap were full");
                        }));

    assertThat(failure.status()).isEqualTo(Status.OUT_OF_MEMORY);
    assertThat(failure)
        .hasMessage(
            "Decoding the picture ran out of memory in a heap of 100 MB, although no other large"
                + " one was decoded meanwhile: give executors more (spark.executor.memory; with a"
                + " local master --driver-memory).");
    gate.leave(gate.enter(40 * MEBIBYTE, 1, 1));
  }

  private ImageDecoder decoder() {
    return new ImageDecoder(
        GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(20), gate);
  }
}
