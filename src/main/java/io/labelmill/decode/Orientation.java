package io.labelmill.decode;

/** Which way up a picture is decoded. */
public enum Orientation {
  /** Turned as its EXIF, or else its XMP, says. */
  UPRIGHT,
  /** As its samples are stored. */
  AS_STORED
}
