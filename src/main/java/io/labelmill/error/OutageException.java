package io.labelmill.error;

/**
 * Something beside the job failed that nobody has to change, such as a store that does not answer
 * or a disk that is full: exit code 3, with a sentence. Another try may pass, and goes on from what
 * is committed.
 */
public final class OutageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public OutageException(String sentence) {
    super(sentence);
  }

  public OutageException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
