package io.labelmill.checkpoint;

import java.io.Closeable;
import java.io.IOException;

/** Closes what a failed opening leaves behind. */
final class Closing {
  private Closing() {}

  /** The failure that is on its way says more than one of closing a file that was only read. */
  static void quietly(Closeable closeable) {
    if (closeable == null) {
      return;
    }
    try {
      closeable.close();
    } catch (IOException e) {
      // Nothing was written, so nothing is lost.
    }
  }
}
