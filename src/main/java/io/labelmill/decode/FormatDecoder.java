package io.labelmill.decode;

import io.labelmill.error.ImageException;

/** Draws the first picture of a file of one format on a canvas. Not thread-safe. */
interface FormatDecoder {
  /**
   * Declares the picture's size to the canvas, sets its orientation, and fills it.
   *
   * @throws BrokenImage saying what is wrong with the file
   * @throws ImageException too large or out of time
   */
  void decode(Encoded file, Canvas canvas) throws BrokenImage, ImageException;

  /** Lets go of what is not needed between pictures, after one was decoded or failed. */
  default void rest() {}
}
