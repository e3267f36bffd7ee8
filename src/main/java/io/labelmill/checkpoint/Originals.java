package io.labelmill.checkpoint;

import io.labelmill.preprocess.ResizeBackend;
import java.io.Serializable;

/**
 * Which original code is followed where there are several that differ. Immutable.
 *
 * @param resizeBackend whose pixels pictures become
 * @param positionBias whose reading of relative positions
 */
public record Originals(ResizeBackend resizeBackend, PositionBias positionBias)
    implements Serializable {
  /** As the checkpoint's files say. */
  public static final Originals OF_THE_FILES = of(ResizeBackend.AUTO);

  /** Those pixels, and relative positions as the files say. */
  public static Originals of(ResizeBackend backend) {
    return new Originals(backend, PositionBias.AUTO);
  }
}
