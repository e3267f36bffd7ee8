package io.labelmill.error;

import java.util.OptionalInt;

/** The failure of one image. It ends as that image's row, never as the end of a job. */
public final class ImageException extends Exception {
  private final Status status;
  private final int width;
  private final int height;

  /**
   * @param status any but {@link Status#OK}
   * @param sentence what happened and the value seen, as it is written to the {@code error} column
   */
  public ImageException(Status status, String sentence) {
    this(status, sentence, -1, -1);
  }

  /**
   * @param width declared width in pixels, upright, or -1 where unknown
   * @param height declared height in pixels, upright, or -1 where unknown
   */
  public ImageException(Status status, String sentence, int width, int height) {
    super(sentence);
    if (status == Status.OK) {
      throw new IllegalArgumentException("OK is not a failure");
    }
    this.status = status;
    this.width = width;
    this.height = height;
  }

  public Status status() {
    return status;
  }

  public OptionalInt width() {
    return width < 0 ? OptionalInt.empty() : OptionalInt.of(width);
  }

  public OptionalInt height() {
    return height < 0 ? OptionalInt.empty() : OptionalInt.of(height);
  }
}
