package io.labelmill.source;

import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** A file that a listing shows, and that nothing can open: no path leads to its name. */
final class UnnamedFile extends FileStatus {
  private static final long serialVersionUID = 1;

  private final String text;
  private final String problem;

  /**
   * @param path one that looks like it, for patterns of names
   * @param text the name as its store has it, for its row
   * @param problem why nothing can open it, and what to do; the name comes behind it
   */
  UnnamedFile(Path path, String text, String problem) {
    super(LocalFolder.UNKNOWN, false, 0, 0, 0, path);
    this.text = text;
    this.problem = problem;
  }

  String text() {
    return text;
  }

  String problem() {
    return problem + text;
  }
}
