package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("try") // A run that closes while another goes on.
class OutputLockTest {
  private static final OutputLock.Pace QUICK =
      new OutputLock.Pace(Duration.ofMillis(100), Duration.ofMillis(2_000));
  private static final OutputLock.Pace NEVER =
      new OutputLock.Pace(Duration.ofHours(1), Duration.ofHours(2));
  private static final OutputLock.Pace HASTY =
      new OutputLock.Pace(Duration.ofSeconds(5), Duration.ZERO);
  private static final LockOwner ME = LockOwner.ofThisProcess("first");

  private final Configuration configuration = new Configuration();
  @TempDir private java.nio.file.Path folder;

  @Test
  void aLiveOwnerIsNamed() throws IOException {
    try (OutputLock held = take("first", QUICK)) {
      held.assertHeld();
      assertThatThrownBy(() -> take("second", QUICK))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "The output is being written by run first of "
                  + ME.user()
                  + ", process "
                  + ME.process()
                  + " on "
                  + ME.host()
                  + ": wait until it ends, or end it. (Its lock is "
                  + folder
                  + "/lock-0000000001-first.)");
      held.assertHeld();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aProcessThatIsGoneFromThisHostIsDeadAtOnce() throws IOException {
    write(new LockOwner("first", ME.user(), "h", 1L << 40, ME.boot(), ME.namespace(), 0));
    take("second", NEVER).close();
    // The same number, but another process: it began at another time.
    write(new LockOwner("first", ME.user(), "h", ME.process(), ME.boot(), ME.namespace(), 1));
    take("third", NEVER).close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aProcessOfWhichNothingIsKnownIsDeadWhenItDoesNotShowItself() throws IOException {
    long none = 1L << 40;
    for (LockOwner owner :
        new LockOwner[] {
          new LockOwner("another-boot", ME.user(), ME.host(), none, "x", ME.namespace(), 0),
          new LockOwner("another-namespace", ME.user(), ME.host(), none, ME.boot(), "pid:[1]", 0),
          new LockOwner("another-user", "somebody", ME.host(), none, ME.boot(), ME.namespace(), 0),
          new LockOwner("no-linux", ME.user(), ME.host(), none, "", "", 0)
        }) {
      write(owner);
      long start = System.nanoTime();
      take("second", QUICK).close();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as(owner.run())
          .isGreaterThan(QUICK.patience());
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void aLockThatWasNeverFinishedIsOfADeadOwner() throws IOException {
    Files.createFile(folder.resolve("lock-0000000007-first"));
    take("second", QUICK).close();
    assertThat(folder).as("all that a dead owner left is gone").isEmptyDirectory();
  }

  @Test
  void aRunWhoseOutputWasTakenCannotCommit() throws IOException {
    try (OutputLock first = take("first", NEVER)) {
      try (OutputLock second = take("second", HASTY)) {
        assertThat(second.fenced()).containsExactly("first");
        second.assertHeld();
        assertThatThrownBy(first::assertHeld)
            .isInstanceOf(OutageException.class)
            .hasMessage(
                "Run first did not show itself for too long, and run second of "
                    + ME.user()
                    + ", process "
                    + ME.process()
                    + " on "
                    + ME.host()
                    + " took over its output. What it had committed until then stays; start it"
                    + " again to go on.");
        second.forgetFenced();
        second.assertHeld();
        assertThatThrownBy(first::assertHeld).isInstanceOf(OutageException.class);
      }
      assertThatThrownBy(first::assertHeld)
          .as("when the other has ended, too")
          .isInstanceOf(OutageException.class)
          .hasMessage(
              "Run first did not show itself for too long, and another took over its output or"
                  + " deleted its lock "
                  + folder
                  + "/lock-0000000001-first. What it had committed until then stays; start it"
                  + " again to go on.");
      try (OutputLock third = take("third", NEVER)) {
        third.assertHeld();
        assertThatThrownBy(first::assertHeld).isInstanceOf(OutageException.class);
      }
    }
    assertThat(folder).isEmptyDirectory();
  }

  /** Suspended, or with a store that does not answer for a while. */
  @Test
  void aPauseOfWhoeverLooksIsNoSilenceOfTheOwner() throws IOException {
    try (OutputLock first = take("first", NEVER)) {
      OutputLock.Clock paused =
          new OutputLock.Clock() {
            private long nanos;

            @Override
            public long nanos() {
              return nanos;
            }

            @Override
            public void sleep(Duration time) throws InterruptedException {
              nanos += nanos == 0 ? Duration.ofHours(1).toNanos() : time.toNanos();
              // Times of files have milliseconds.
              Thread.sleep(5);
              first.beat();
            }
          };
      OutputLock.Pace usual =
          new OutputLock.Pace(Duration.ofSeconds(5), Duration.ofSeconds(30), paused);
      assertThatThrownBy(() -> take("second", usual))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith("The output is being written by run first of ");
      first.assertHeld();
    }
  }

  @Test
  void anOwnerThatGoesOnDoesNotWinItsLockBack() throws Exception {
    OutputLock.Pace fast = new OutputLock.Pace(Duration.ofMillis(5), Duration.ofSeconds(5));
    try (OutputLock first = take("first", fast)) {
      Files.delete(folder.resolve("lock-0000000001-first"));
      Thread.sleep(100);
      assertThat(folder.resolve("beat-first")).exists();
      assertThat(folder.resolve("lock-0000000001-first")).doesNotExist();
      assertThatThrownBy(first::assertHeld).isInstanceOf(OutageException.class);
      try (OutputLock second = take("second", NEVER)) {
        Thread.sleep(100);
        second.assertHeld();
        first.close();
        second.assertHeld();
      }
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aRunThatIsToldOfItsLossSaysSoInPlaceOfWhatFailed() throws IOException {
    IOException failure = new IOException("no such file");
    try (OutputLock first = take("first", NEVER)) {
      assertThat(first.lost(failure)).isEmpty();
      OutputLock second = take("second", HASTY);
      second.forgetFenced();
      second.close();
      assertThat(first.lost(failure).orElseThrow()).hasNoCause().hasSuppressedException(failure);
    }
  }

  /** The thread that shows the owner may be writing just then. */
  @Test
  void closingLeavesNothing() throws IOException {
    OutputLock.Pace fast = new OutputLock.Pace(Duration.ofMillis(1), Duration.ofSeconds(5));
    for (int i = 0; i < 300; i++) {
      OutputLock lock = take("run-" + i, fast);
      long until = System.nanoTime() + i * 20_000L;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      lock.close();
      assertThat(folder).isEmptyDirectory();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 9_999_999_999L})
  void namesOfLocksAreInOrder(long epoch) {
    OutputLock.Name name = new OutputLock.Name(epoch, "20260102T030405678-0a1b2c");
    assertThat(OutputLock.Name.of(name.toString())).contains(name);
    assertThat(name)
        .isGreaterThan(new OutputLock.Name(epoch - 1, "z"))
        .isGreaterThan(new OutputLock.Name(epoch, "20260102T030405678-0a1b2b"));
    assertThat(OutputLock.Name.of("beat-1")).isEmpty();
  }

  private OutputLock take(String run, OutputLock.Pace pace) throws IOException {
    OutputLock lock =
        OutputLock.take(
            new Path(folder.toString()), configuration, LockOwner.ofThisProcess(run), pace);
    if (!pace.equals(HASTY)) {
      lock.forgetFenced();
    }
    return lock;
  }

  private void write(LockOwner owner) throws IOException {
    Files.write(
        folder.resolve("lock-0000000001-" + owner.run()),
        new ObjectMapper().writeValueAsBytes(owner));
  }
}
