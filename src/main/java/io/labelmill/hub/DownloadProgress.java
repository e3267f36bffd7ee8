package io.labelmill.hub;

/** Told how far the download of a model's weights is. Several threads call it. */
@FunctionalInterface
public interface DownloadProgress {
  /** Nobody looks. */
  DownloadProgress NONE = (bytes, totalBytes) -> {};

  /**
   * @param bytes on this machine by now, with those of an earlier, broken download; goes down when
   *     a download begins again
   * @param totalBytes of all files of the weights; of a graph and then of what lies beside it
   */
  void advanced(long bytes, long totalBytes);
}
