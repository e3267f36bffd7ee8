package io.labelmill.error;

/**
 * What became of one input image: the {@code status} column of every table that Labelmill writes.
 */
public enum Status {
  OK("scored"),
  INVALID_INPUT("null or malformed path, scheme or host not allowed, bad base64"),
  NOT_FOUND("nothing is at the path"),
  ACCESS_DENIED("the store refused the credentials in use"),
  READ_FAILED("the store failed, or the content was cut short, after all retries"),
  ARCHIVED("the store has it in an archive: restore it first, then `--retry-failed all`"),
  TIMED_OUT("reading or decoding took longer than its limit"),
  /** Decoding the picture takes more of the heap than it may. */
  OUT_OF_MEMORY(
      "reading or decoding the picture takes more of the heap than it may; executors with more"
          + " `spark.executor.memory` read it"),
  NOT_AN_IMAGE("the content is of no image format that is read"),
  UNDECODABLE("the format is known, the content is broken, or of a kind that is not read"),
  /** More pixels are declared than {@code --max-pixels} allows. */
  TOO_LARGE(
      "more pixels are declared than `--max-pixels` allows, the file is too long to read, or the picture"
          + " has more than 64 windows of `--window`");

  private final String meaning;

  Status(String meaning) {
    this.meaning = meaning;
  }

  /**
   * Whether the store did not give the image, or not in time: it may give none of the others
   * either, and all of them soon.
   */
  public boolean isOutage() {
    return this == ACCESS_DENIED || this == READ_FAILED || this == TIMED_OUT;
  }

  /** For documentation, in Markdown. */
  public String meaning() {
    return meaning;
  }

  /**
   * Whether another try may end differently, so that a resumed run tries the image again. The
   * content of an image decides the other failures: they are final.
   */
  public boolean isTransient() {
    return switch (this) {
      case NOT_FOUND, ACCESS_DENIED, READ_FAILED, TIMED_OUT, OUT_OF_MEMORY -> true;
      case OK, INVALID_INPUT, ARCHIVED, NOT_AN_IMAGE, UNDECODABLE, TOO_LARGE -> false;
    };
  }
}
