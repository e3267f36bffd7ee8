package io.labelmill.table;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.VersionInfo;

/** What a class path needs for the stores that people name most. */
public final class Connector {
  private static final String GOOGLE = "com.google.cloud.bigdataoss:gcs-connector:VERSION";
  private static final String AZURE = "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion();
  private static final String AMAZON = "org.apache.hadoop:hadoop-aws:" + VersionInfo.getVersion();

  private static final Map<String, String> JARS =
      Map.of(
          "abfs", AZURE, "abfss", AZURE, "wasb", AZURE, "wasbs", AZURE, "gs", GOOGLE, "s3a",
          AMAZON);

  private Connector() {}

  /**
   * The sentence that says which connector is missing for a path, and how to get it; empty where
   * there is one, or where none is known. Nothing is connected.
   *
   * @param path as a user names it
   */
  public static Optional<String> missing(String path, Configuration configuration) {
    String scheme;
    try {
      scheme = Location.of(path).hadoop().toUri().getScheme();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    String jar = scheme == null ? null : JARS.get(scheme);
    if (jar == null) {
      return Optional.empty();
    }
    try {
      FileSystem.getFileSystemClass(scheme, configuration);
      return Optional.empty();
    } catch (IOException | RuntimeException | LinkageError e) {
      return Optional.of(
          "There is no connector for %s:// on the class path, which %s needs: add it behind --, as --packages %s"
              .formatted(scheme, Location.of(path).redacted(), jar));
    }
  }
}
