package io.labelmill.sink;

import java.util.Map;

/**
 * How commits to Delta Lake are fenced, by what it has to make them idempotent: a commit that bears
 * the name of an application and a number is left out where the table has the same number of that
 * application, or a higher one, and of two at the same time only one is made.
 *
 * <p>A run is an application, and numbers its commits. Who takes the output over commits the
 * highest number in the name of the run before, with no row: of that run's commits, those that came
 * first are in the table, and those that come later are left out.
 */
final class DeltaTransactions {
  static final String FORMAT = "delta";

  private DeltaTransactions() {}

  /** Options of a commit of a run. */
  static Map<String, String> of(String run, long commit) {
    return Map.of("txnAppId", "labelmill-" + run, "txnVersion", Long.toString(commit));
  }

  /** Options of the commit after which a run has no other. */
  static Map<String, String> last(String run) {
    return of(run, Long.MAX_VALUE);
  }
}
