package io.labelmill.source;

/** Whether a run that resumes looks for images whose content changed since they were scored. */
public enum Changed {
  /**
   * Compares content versions. Costs nothing for a listing and with a version column, a HEAD for
   * each known path of a table, and reading all contents of a table of contents.
   */
  CHECK,
  /** A path that is in the table is done. */
  IGNORE
}
