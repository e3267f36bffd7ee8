package io.labelmill.checkpoint;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a user says beside the folder.
 *
 * @param name name to record, such as {@code ORG/NAME@REVISION}; default the folder's name
 * @param processor folder that holds {@code preprocessor_config.json}, or the file itself; default
 *     the checkpoint's own
 * @param labels label names: one a line in index order, or a JSON object from id to name; default
 *     the checkpoint's own
 * @param head folder of a {@link ClassifierHead} to put on; default the checkpoint's own classifier
 * @param originals whose pixels, and whose positions; default what the files say
 * @param parts that are needed; default {@link Parts#ALL}
 */
public record CheckpointOptions(
    Optional<String> name,
    Optional<Path> processor,
    Optional<Path> labels,
    Optional<Path> head,
    Originals originals,
    Parts parts) {
  /** What of a checkpoint is read, and must be there. */
  public enum Parts {
    ALL,
    /** For who has pixel values already. */
    WITHOUT_PROCESSOR
  }

  /** Everything as the checkpoint has it. */
  public static CheckpointOptions none() {
    return new CheckpointOptions(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Originals.OF_THE_FILES,
        Parts.ALL);
  }

  public CheckpointOptions withName(String newName) {
    return new CheckpointOptions(Optional.of(newName), processor, labels, head, originals, parts);
  }

  public CheckpointOptions withProcessor(Path folderOrFile) {
    return new CheckpointOptions(name, Optional.of(folderOrFile), labels, head, originals, parts);
  }

  public CheckpointOptions withLabels(Path file) {
    return new CheckpointOptions(name, processor, Optional.of(file), head, originals, parts);
  }

  public CheckpointOptions withHead(Path folder) {
    return new CheckpointOptions(name, processor, labels, Optional.of(folder), originals, parts);
  }

  public CheckpointOptions withOriginals(Originals followed) {
    return new CheckpointOptions(name, processor, labels, head, followed, parts);
  }

  public CheckpointOptions withoutProcessor() {
    return new CheckpointOptions(
        name, Optional.empty(), labels, head, originals, Parts.WITHOUT_PROCESSOR);
  }
}
