package io.labelmill.decode;

import io.labelmill.error.ImageException;

/** Draws the first picture of a file of one format on a canvas. Not thread-safe. */
interface FormatDecoder {
  /**
   * Declares the picture's size to the canvas, fills the canvas, and sets its orientation.
   *
   * @throws BrokenImage saying what is wrong with the file
   * @throws ImageException too large or out of time
   */
  void decode(Encoded file, Canvas canvas) throws BrokenImage, ImageException;
}
