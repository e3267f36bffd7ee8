package io.labelmill.decode;

/** A file whose format is known and whose content is broken; says what was seen, for its row. */
final class BrokenImage extends Exception {
  /**
   * @param clause what is wrong, to follow "The JPEG file is broken: "; without a full stop
   */
  BrokenImage(String clause) {
    // A broken file is not a bug: its row needs the sentence, nobody reads the trace.
    super(clause, null, false, false);
  }

  BrokenImage(String clause, Throwable cause) {
    super(clause, cause, false, false);
  }
}
