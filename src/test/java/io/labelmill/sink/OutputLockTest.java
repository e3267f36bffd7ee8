package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OutputLockTest {
  private static final OutputLock.Pace QUICK =
      new OutputLock.Pace(Duration.ofMillis(100), Duration.ofMillis(2_000));
  private static final OutputLock.Pace NEVER =
      new OutputLock.Pace(Duration.ofHours(1), Duration.ofHours(2));

  private final Configuration configuration = new Configuration();
  @TempDir private java.nio.file.Path folder;
  private Path file;

  @BeforeEach
  void file() {
    file = new Path(folder.toString(), "lock");
  }

  @Test
  void aLiveOwnerIsNamed() {
    OutputLock.Owner me = OutputLock.Owner.ofThisProcess("first");
    try (OutputLock held = OutputLock.take(file, configuration, me, QUICK)) {
      held.assertHeld();
      assertThatThrownBy(
              () ->
                  OutputLock.take(
                      file, configuration, OutputLock.Owner.ofThisProcess("second"), QUICK))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "The output is being written by run first of "
                  + me.user()
                  + ", process "
                  + me.process()
                  + " on "
                  + me.host()
                  + ": wait until it ends, or end it. (Its lock is "
                  + file
                  + ".)");
      held.assertHeld();
    }
    assertThat(folder.resolve("lock")).doesNotExist();
  }

  @Test
  void aProcessThatIsGoneFromThisHostIsDeadAtOnce() throws IOException {
    OutputLock.Owner me = OutputLock.Owner.ofThisProcess("second");
    write(new OutputLock.Owner("first", "me", me.host(), 1L << 40, 0));
    OutputLock.take(file, configuration, me, NEVER).close();
    // The same number, but another process: it began at another time.
    write(new OutputLock.Owner("first", "me", me.host(), me.process(), 1));
    OutputLock.take(file, configuration, me, NEVER).close();
  }

  @Test
  void anOwnerOnAnotherHostIsDeadWhenItsLockDoesNotChange() throws IOException {
    write(new OutputLock.Owner("first", "me", "another-host", 1, 0));
    long start = System.nanoTime();
    OutputLock.take(file, configuration, OutputLock.Owner.ofThisProcess("second"), QUICK).close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(QUICK.patience());
  }

  @Test
  void aLockThatWasNeverFinishedIsOfADeadOwner() throws IOException {
    Files.createFile(folder.resolve("lock"));
    OutputLock.take(file, configuration, OutputLock.Owner.ofThisProcess("second"), QUICK).close();
  }

  @Test
  void anOwnerThatLostItsLockCommitsNothingMore() throws IOException {
    OutputLock.Owner me = OutputLock.Owner.ofThisProcess("first");
    try (OutputLock held = OutputLock.take(file, configuration, me, NEVER)) {
      write(new OutputLock.Owner("second", "me", "another-host", 7, 0));
      assertThatThrownBy(held::assertHeld)
          .isInstanceOf(InputException.class)
          .hasMessage(
              "This run did not show itself for too long, and run second of me, process 7 on"
                  + " another-host took over its output.");
    }
    assertThat(folder.resolve("lock")).as("not ours to delete").exists();
  }

  private void write(OutputLock.Owner owner) throws IOException {
    Files.deleteIfExists(folder.resolve(".lock.crc"));
    Files.write(
        folder.resolve("lock"),
        new ObjectMapper().writeValueAsBytes(new OutputLock.Content(owner, 3)));
  }
}
