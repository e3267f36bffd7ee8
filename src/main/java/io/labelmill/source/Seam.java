package io.labelmill.source;

/** A moment of a run at which a test may end the process, and what must hold if it does. */
public enum Seam {
  /** The lock is held, leftovers are deleted, nothing is read. */
  LOCKED,
  /** The input is listed or what the table lacks is known, and stored; it is not in order yet. */
  LISTED,
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
  /** What is to be committed is complete, and the lock was just looked at; nothing is visible. */
  COMMITTING,
  /** A file of a wave is visible, maybe not the next. */
  WITHIN_COMMIT,
  /** A wave's rows are visible, and nobody was told. */
  WAVE_COMMITTED,
  /** A wave is committed, the next not begun. */
  BETWEEN_WAVES,
  /** The last wave of an overwriting run is committed to staging. */
  BEFORE_SWAP,
  /** The old table's files are deleted, those of the new one not moved. */
  WITHIN_SWAP,
  /** The table is complete, the run record does not say so yet. */
  BEFORE_RECORD;

  /** Called as each seam is reached; found by {@link java.util.ServiceLoader}, so only in tests. */
  public interface Listener {
    /** Called on the driver in the thread of the run, but for {@link #INFERRED}. */
    void reached(Seam seam);
  }

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
