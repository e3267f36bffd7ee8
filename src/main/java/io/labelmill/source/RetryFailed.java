package io.labelmill.source;

import io.labelmill.error.Status;
import java.util.Arrays;
import java.util.List;

/** Which failed images a run that resumes tries again. */
public enum RetryFailed {
  /** None: every row is done. */
  NONE,
  /** Those whose failure may pass, see {@link Status#isTransient()}. */
  TRANSIENT,
  ALL;

  /** Names of the statuses with which an image is done. */
  List<String> done() {
    return Arrays.stream(Status.values())
        .filter(
            status ->
                switch (this) {
                  case NONE -> true;
                  case TRANSIENT -> !status.isTransient();
                  case ALL -> status == Status.OK;
                })
        .map(Status::name)
        .toList();
  }
}
