package io.labelmill.score;

import io.labelmill.checkpoint.Checkpoint;

/** What a user asks to be written about an image, not yet tied to a model. */
public interface RowOptions {
  /** The command's name, for the run record. */
  String command();

  /**
   * The settings for a model.
   *
   * @param precision arithmetic of the session, such as {@code fp32}
   * @throws io.labelmill.error.UserException with everything that does not fit the model
   */
  RowSettings resolve(Checkpoint checkpoint, String precision);
}
