package io.labelmill.decode;

import java.lang.ref.SoftReference;

/**
 * A buffer that is used again for the next picture, unless it is long or its memory is wanted
 * meanwhile: between pictures the collector may take it, and does before memory runs out. Not
 * thread-safe.
 */
final class KeptBuffer {
  /**
   * A longer one is let go after the picture that needed it: the collector clears what is kept only
   * when it finds nothing else, which in a small heap can be too late for other threads.
   */
  static final int KEPT_BYTES = (int) Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 32);

  private SoftReference<byte[]> resting = new SoftReference<>(null);

  /** Null while it rests. */
  private byte[] taken;

  /** The buffer, of this length or longer, with whatever is in it; taken until it rests. */
  byte[] take(int length) {
    byte[] buffer = taken == null ? resting.get() : taken;
    if (buffer == null || buffer.length < length) {
      // What is too short must not stand in the way of what is wanted, not even by this variable.
      forget();
      buffer = null;
      buffer = new byte[length];
      resting = new SoftReference<>(buffer);
    }
    taken = buffer;
    return buffer;
  }

  /** Takes an array of somebody else's in place of its own. */
  void adopt(byte[] buffer) {
    taken = buffer;
    resting = new SoftReference<>(buffer);
  }

  byte[] taken() {
    return taken;
  }

  void rest() {
    if (taken != null && taken.length > KEPT_BYTES) {
      resting.clear();
    }
    taken = null;
  }

  void forget() {
    resting.clear();
    taken = null;
  }
}
