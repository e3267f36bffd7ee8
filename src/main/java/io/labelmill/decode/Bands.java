package io.labelmill.decode;

/**
 * Takes a picture while it is decoded, in bands of rows from the top, so that it never exists as a
 * whole. Not thread-safe.
 */
public interface Bands {
  /** How many rows are wanted at a time, 1 or more. The last band may have fewer. */
  int rows();

  /**
   * Takes the next rows.
   *
   * @param band as wide as the picture; a view, valid during the call
   * @param top the picture's row that is the first here
   */
  void band(RgbImage band, int top);
}
