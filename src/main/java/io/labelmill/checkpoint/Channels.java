package io.labelmill.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Reading at a place in a file. */
final class Channels {
  private Channels() {}

  /**
   * Reads exactly {@code length} bytes from {@code position} on, little-endian.
   *
   * @throws EOFException when the file ends before
   */
  static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new EOFException("the file ends at byte " + channel.size());
      }
    }
    return bytes.flip();
  }
}
