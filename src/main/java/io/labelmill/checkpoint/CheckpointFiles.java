package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The names under which a checkpoint's weights are found, for those who bring them. */
public final class CheckpointFiles {
  /** An adapter of PEFT has it, beside its own weights or a whole model's. */
  public static final String ADAPTER = ForeignFolder.ADAPTER;

  private static final String INDEX = ".index.json";

  private CheckpointFiles() {}

  /** File names in the order of preference: the first that is there is read. */
  public static List<String> weights() {
    return WeightsFiles.NAMES;
  }

  /**
   * Places of finished graphs, in the order of preference; they count where weights are missing.
   */
  public static List<String> graphs() {
    return OnnxFile.PLACES;
  }

  /** A sentence about files among which are no weights, where it is known what they are. */
  public static Optional<String> insteadOfWeights(String source, Collection<String> files) {
    return ForeignFolder.insteadOfWeights(source, files);
  }

  /**
   * Looks at a configuration before its weights are brought.
   *
   * @param source that it is of, for messages
   * @param config {@code config.json}
   * @throws InputException if it alone tells that the model is not read
   */
  public static void refuseForeign(String source, Path config) {
    ForeignFolder.refuse(source, config);
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

  /**
   * The names of the files beside a finished graph that hold its numbers, sorted; none where it
   * holds them itself.
   *
   * @throws InputException if it is no graph that can be read
   */
  public static List<String> dataFiles(Path graph) {
    return OnnxFile.dataFiles(graph);
  }
}
