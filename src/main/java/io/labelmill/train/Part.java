package io.labelmill.train;

/** What an image is used for. */
public enum Part {
  TRAIN,
  TEST
}
