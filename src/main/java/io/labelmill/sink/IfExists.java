package io.labelmill.sink;

/** What a run does with an output that exists already. */
public enum IfExists {
  /** Ends before anything is scored. */
  FAIL,
  APPEND,
  /** Replaces the table after the last wave; until then the old one stays. */
  OVERWRITE,
  /** Adds rows for the images that are missing or changed. */
  RESUME
}
