package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.source.ReadMemory.Reuse;
import io.labelmill.source.ReadMemory.Turn;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ReadMemoryTest {
  private static final int BUFFER = 64 << 10;

  /** It would wait for the bytes of a buffer that nobody has. */
  @Test
  void aBufferThatTheHeapRefusesTakesNoRoom() throws InterruptedIOException {
    List<Integer> asked = new ArrayList<>();
    ReadMemory memory =
        new ReadMemory(
            BUFFER,
            length -> {
              asked.add(length);
              if (asked.size() <= 2) {
                throw new OutOfMemoryError("full");
              }
              return new byte[length];
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> memory.take(new Turn(), BUFFER))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("full");
    }
    byte[] taken = memory.take(new Turn(), BUFFER);
    memory.release(taken, Reuse.ALLOWED);
    assertThat(memory.take(new Turn(), 1)).isSameAs(taken);
    assertThat(asked).containsExactly(BUFFER, BUFFER, BUFFER);
  }

  @Test
  void noBufferIsKeptOnceItIsClosed() throws InterruptedIOException {
    List<Integer> asked = new ArrayList<>();
    ReadMemory memory =
        new ReadMemory(
            4L * BUFFER,
            length -> {
              asked.add(length);
              return new byte[length];
            });
    byte[] free = memory.take(new Turn(), BUFFER);
    byte[] open = memory.take(new Turn(), BUFFER);
    memory.release(free, Reuse.ALLOWED);
    memory.close();
    memory.release(open, Reuse.ALLOWED);
    assertThat(memory.take(new Turn(), BUFFER)).isNotSameAs(free).isNotSameAs(open);
    assertThat(asked).hasSize(3);
  }

  @Test
  void freeBuffersMakeRoomForALongerOne() throws InterruptedIOException {
    ReadMemory memory = new ReadMemory(3L * BUFFER);
    byte[] first = memory.take(new Turn(), BUFFER);
    byte[] second = memory.take(new Turn(), BUFFER);
    memory.release(first, Reuse.ALLOWED);
    memory.release(second, Reuse.ALLOWED);
    assertThat(memory.take(new Turn(), 2 * BUFFER)).hasSize(2 * BUFFER);
    assertThat(memory.take(new Turn(), BUFFER)).as("one of both is left").isIn(first, second);
  }
}
