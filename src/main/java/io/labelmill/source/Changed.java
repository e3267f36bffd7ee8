package io.labelmill.source;

/** Whether a run that resumes looks for images whose content changed since they were scored. */
public enum Changed {
  /**
   * Compares content versions. Costs nothing for a listing and with a version column, a HEAD for
   * each known path of a table, and reading all contents of a table of contents.
   */
  CHECK,
  /** A path that is in the table is done. */
  IGNORE;

  /**
   * What a user is told.
   *
   * @param by what contents are told from each other
   */
  static String sentence(Changed changed, String by) {
    return changed == IGNORE
        ? "Images that the table has are done, whatever became of their content since: --changed"
            + " check compares it"
        : "Images that the table has are scored again where their content changed, told by " + by;
  }
}
