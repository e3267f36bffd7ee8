package io.labelmill.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.Utils;

/** Scratch folders. */
public final class Folders {
  private static final String PREFIX = "labelmill-";

  private Folders() {}

  /**
   * A new empty folder, which whoever asked for it removes: on Spark's scratch disk where Spark
   * runs, since that is meant for large files and is cleared when a job is killed, else where the
   * JVM has its temporary files.
   */
  static Path scratch() throws IOException {
    return SparkEnv.get() == null
        ? Files.createTempDirectory(PREFIX)
        : Files.createTempDirectory(
            SparkEnv.get().blockManager().diskBlockManager().localDirs()[0].toPath(), PREFIX);
  }

  /**
   * As {@link #scratch()}, for a Spark in this JVM that need not have started yet: where it will
   * have its scratch disk, cleared like that when a job is ended.
   *
   * @param conf of that Spark, whose master is local unless it runs
   */
  static Path scratch(SparkConf conf) throws IOException {
    if (SparkEnv.get() != null) {
      return scratch();
    }
    // As Spark chooses: the environment before the configuration, of several the first that takes
    // one.
    String folders =
        Optional.ofNullable(System.getenv("SPARK_LOCAL_DIRS"))
            .orElseGet(() -> conf.get("spark.local.dir", System.getProperty("java.io.tmpdir")));
    Exception unusable = null;
    for (String folder : folders.split(",", -1)) {
      try {
        return Utils.createTempDir(folder.strip(), "labelmill").toPath();
      } catch (Exception e) {
        // An IOException, which Scala does not declare.
        unusable = e;
      }
    }
    throw new IOException("no scratch folder can be made in " + folders, unusable);
  }

  /** Something that is made of a folder, or in it. */
  @FunctionalInterface
  interface Making<T> {
    T make() throws IOException;
  }

  /**
   * What is made of a folder, which is removed where that fails, whichever way.
   *
   * @param folder null where nothing is to be removed
   */
  static <T> T keptIfDone(Path folder, Making<T> making) throws IOException {
    try {
      return making.make();
    } catch (IOException | RuntimeException | Error e) {
      try {
        if (folder != null) {
          delete(folder);
        }
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /**
   * Removes a folder and all in it; does nothing where there is none.
   *
   * @throws IOException at the first file that can't be removed; some may be gone by then
   */
  public static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(folder)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
