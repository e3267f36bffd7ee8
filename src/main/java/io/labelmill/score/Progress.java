package io.labelmill.score;

/**
 * Told by a job how far it is. Implementations are safe for use by several threads and return at
 * once.
 */
public interface Progress {
  /** For callers that show nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void started(long images) {}

        @Override
        public void advanced(long done, long failed) {}
      };

  /**
   * The model is on its way from the hub; may be called as often as it likes, before {@link
   * #started}.
   *
   * @param bytes that are on this machine
   * @param totalBytes of all the weights
   */
  default void downloading(long bytes, long totalBytes) {}

  /**
   * Scoring begins; called once, after planning and before the first wave.
   *
   * @param images that this run will score
   */
  void started(long images);

  /**
   * Where the run is now; may be called as often as it likes.
   *
   * @param done images of this run that have a row, whatever its status
   * @param failed those of them that are not OK
   */
  void advanced(long done, long failed);
}
