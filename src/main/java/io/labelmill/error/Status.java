package io.labelmill.error;

/**
 * What became of one input image: the {@code status} column of every table that Labelmill writes.
 */
public enum Status {
  /** Scored. */
  OK,
  /** Null or malformed path, scheme or host not allowed, bad base64. */
  INVALID_INPUT,
  /** Nothing is at the path. */
  NOT_FOUND,
  /** The store refused the credentials in use. */
  ACCESS_DENIED,
  /** The store failed, or the content was cut short, after all retries. */
  READ_FAILED,
  /** Reading or decoding took longer than its limit. */
  TIMED_OUT,
  /** The content is of no image format that is read. */
  NOT_AN_IMAGE,
  /** The format is known, the content is broken. */
  UNDECODABLE,
  /** More pixels are declared than {@code --max-pixels} allows. */
  TOO_LARGE;

  /**
   * Whether another try may end differently, so that a resumed run tries the image again. The
   * content of an image decides the other failures: they are final.
   */
  public boolean isTransient() {
    return switch (this) {
      case NOT_FOUND, ACCESS_DENIED, READ_FAILED, TIMED_OUT -> true;
      case OK, INVALID_INPUT, NOT_AN_IMAGE, UNDECODABLE, TOO_LARGE -> false;
    };
  }
}
