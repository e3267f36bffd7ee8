package io.labelmill.source;

import java.io.IOException;

/** A read that failed for a reason which is told in our own words, and so may be shown as it is. */
final class ReadFailure extends IOException {
  ReadFailure(String clause) {
    super(clause);
  }
}
