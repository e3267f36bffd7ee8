package io.labelmill.sink;

import io.labelmill.error.OutageException;
import io.labelmill.source.Seam;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/**
 * The look at the lock that Hadoop's committers take within a commit. They are made anew for each
 * job and know no more than its configuration, which names the run; the lock is in the driver's
 * process, which commits.
 */
final class Fence {
  /** The key of the id of the run that commits. */
  static final String RUN = "labelmill.fence.run";

  private static final Map<String, OutputLock> LOCKS = new ConcurrentHashMap<>();

  private Fence() {}

  static void raise(String run, OutputLock lock) {
    LOCKS.put(run, lock);
  }

  /** A run commits nothing more. */
  static void lower(String run) {
    LOCKS.remove(run);
  }

  /**
   * Asserts that what a job wrote may be committed, all of which is complete by now.
   *
   * @throws OutageException when another run took the output over
   */
  static void assertHeld(Configuration job) throws IOException {
    String run = job.get(RUN);
    OutputLock lock = run == null ? null : LOCKS.get(run);
    if (lock == null) {
      throw new IllegalStateException("A commit of run " + run + ", which has no lock");
    }
    lock.assertHeld();
    Seam.COMMITTING.reached();
  }
}
