package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.List;

/** The names under which a checkpoint's weights are found, for those who bring them. */
public final class CheckpointFiles {
  private static final String INDEX = ".index.json";

  private CheckpointFiles() {}

  /** File names in the order of preference: the first that is there is read. */
  public static List<String> weights() {
    return WeightsFiles.NAMES;
  }

  /** Whether a file of weights is a list of shards. */
  public static boolean isIndex(String name) {
    return name.endsWith(INDEX);
  }

  /**
   * The names of the shards beside an index, sorted.
   *
   * @throws InputException if it can't be read, or lists what is not a plain file name
   */
  public static List<String> shards(Path index) {
    return ShardIndex.read(index).shards().stream()
        .map(shard -> String.valueOf(shard.getFileName()))
        .toList();
  }
}
