package io.labelmill.score;

import io.labelmill.error.InputException;
import io.labelmill.graph.Pooling;
import java.util.Optional;

/** Which vector a user wants of an image's tokens. */
public enum Pool {
  /** The one that the model's classifier takes. */
  AUTO,
  /** The mean of the patches. */
  MEAN,
  /** The leading token. */
  CLS;

  /**
   * The pooling that this is for a model.
   *
   * @param own what the model's own pooled vector is, empty where it has none
   * @throws InputException on {@link #AUTO} where it has none
   */
  Pooling resolve(Optional<Pooling> own, String model) {
    return switch (this) {
      case MEAN -> Pooling.MEAN;
      case CLS -> Pooling.CLS;
      case AUTO ->
          own.orElseThrow(
              () ->
                  new InputException(
                      "The model "
                          + model
                          + " has no pooled vector of its own: say which one with --pool mean or"
                          + " --pool cls"));
    };
  }
}
