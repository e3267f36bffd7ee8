package io.labelmill.checkpoint;

import io.labelmill.preprocess.ResizeBackend;
import java.io.Serializable;

/**
 * Which original code is followed where there are several that differ. Immutable.
 *
 * @param resizeBackend whose pixels pictures become
 * @param positionBias whose reading of relative positions
 * @param taps whose states a segmentation model takes; null where nobody chooses: as the files say,
 *     and else as {@link Taps#TRANSFORMERS}
 */
public record Originals(ResizeBackend resizeBackend, PositionBias positionBias, Taps taps)
    implements Serializable {
  /** Taps as nobody chooses them. */
  public Originals(ResizeBackend resizeBackend, PositionBias positionBias) {
    this(resizeBackend, positionBias, null);
  }

  /** As the checkpoint's files say. */
  public static final Originals OF_THE_FILES = of(ResizeBackend.AUTO);

  /** Those pixels, and relative positions as the files say. */
  public static Originals of(ResizeBackend backend) {
    return new Originals(backend, PositionBias.AUTO);
  }
}
