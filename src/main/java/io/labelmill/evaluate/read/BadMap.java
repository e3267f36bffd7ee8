package io.labelmill.evaluate.read;

import io.labelmill.error.Cause;
import io.labelmill.segment.MaskPng;
import java.io.IOException;

/** Why a label map or a mask can't be used, as a clause without its subject. */
public final class BadMap extends Exception {
  public BadMap(String problem) {
    super(problem);
  }

  BadMap(MaskPng.NotAMap problem) {
    super(problem.getMessage(), problem);
  }

  /**
   * What is wrong with a file that can't be read.
   *
   * @throws io.labelmill.error.OutageException if another try may pass
   */
  static BadMap unread(String file, IOException failure) {
    if (Cause.of(failure).exitCode() == Cause.OTHER.exitCode()) {
      throw Cause.failure("The label map " + file + " cannot be read: " + failure, failure);
    }
    return new BadMap("cannot be read: " + failure);
  }
}
