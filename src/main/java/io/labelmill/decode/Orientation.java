package io.labelmill.decode;

/** Which way up a picture is decoded. */
public enum Orientation {
  /** Turned as its EXIF, or else its XMP, says. */
  UPRIGHT,
  AS_STORED
}
