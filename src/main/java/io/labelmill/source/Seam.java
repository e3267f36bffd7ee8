package io.labelmill.source;

/** A moment of a run at which a test may end the process, and what must hold if it does. */
public enum Seam {
  /** The lock is held, leftovers are deleted, nothing is read. */
  LOCKED,
  /** The input is listed or what the table lacks is known, and stored; it is not in order yet. */
  LISTED,
  /** The plan is complete. */
  PLANNED,
  /** The model is on its way to the executors, no wave is begun. */
  BROADCAST,
  /** A wave's job is about to start. */
  WAVE_STARTED,
  /**
   * A forward pass is over and its rows are not written; reached by a task, and so only where tasks
   * run in the driver's process.
   */
  INFERRED,
  /** A wave's files are visible, and not yet counted. */
  WAVE_COMMITTED,
  /** A wave is counted, the next not begun. */
  BETWEEN_WAVES,
  /** The last wave of an overwriting run is committed to staging. */
  BEFORE_SWAP,
  /** Some files of the old table are deleted, some of the new one moved. */
  WITHIN_SWAP,
  /** The table is complete, the run record does not say so yet. */
  BEFORE_RECORD;

  /** Called as each seam is reached; found by {@link java.util.ServiceLoader}, so only in tests. */
  public interface Listener {
    /** Called on the driver in the thread of the run, but for {@link #INFERRED}. */
    void reached(Seam seam);
  }

  /** Tells the listeners. */
  public void reached() {
    for (Listener listener : Listeners.FOUND) {
      listener.reached(this);
    }
  }

  private static final class Listeners {
    private static final java.util.List<Listener> FOUND =
        java.util.ServiceLoader.load(Listener.class).stream()
            .map(java.util.ServiceLoader.Provider::get)
            .toList();
  }
}
