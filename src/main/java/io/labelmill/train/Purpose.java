package io.labelmill.train;

/** What an image is used for. */
public enum Purpose {
  TRAIN,
  /** Chooses the best epoch of a tuning; of those to train on. */
  VALIDATION,
  TEST
}
