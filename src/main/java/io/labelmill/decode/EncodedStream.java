package io.labelmill.decode;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Bytes of an array as ImageIO's readers want them, in small blocks, each of which asks the
 * deadline first: so a reader that does not know of time limits is stopped by one.
 */
final class EncodedStream extends ImageInputStreamImpl {
  private static final int BLOCK = 4096;

  /** Ends a reader from within. */
  static final class DeadlinePassed extends IOException {}

  private final byte[] bytes;
  private final int start;
  private final int length;
  private final Deadline deadline;
  private boolean ranOut;

  /**
   * @param start where the stream begins in the array
   * @param end where it ends
   */
  EncodedStream(byte[] bytes, int start, int end, Deadline deadline) {
    this.bytes = bytes;
    this.start = start;
    this.length = end - start;
    this.deadline = deadline;
  }

  /** Whether a reader has asked for more than there is. */
  boolean ranOut() {
    return ranOut;
  }

  @Override
  public int read() throws IOException {
    checkClosed();
    bitOffset = 0;
    if (streamPos >= length) {
      ranOut = true;
      return -1;
    }
    return bytes[start + (int) streamPos++] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    checkClosed();
    bitOffset = 0;
    if (deadline.passed()) {
      throw new DeadlinePassed();
    }
    if (count == 0) {
      return 0;
    }
    if (streamPos >= length) {
      ranOut = true;
      return -1;
    }
    int taken = (int) Math.min(Math.min(count, BLOCK), length - streamPos);
    System.arraycopy(bytes, start + (int) streamPos, target, offset, taken);
    streamPos += taken;
    return taken;
  }

  @Override
  public long length() {
    return length;
  }
}
