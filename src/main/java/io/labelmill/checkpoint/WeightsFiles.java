package io.labelmill.checkpoint;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which of a folder's files hold the weights.
 *
 * @param index the list of shards, when there is one
 * @param files the one file, or the shards, sorted by name
 */
record WeightsFiles(Optional<ShardIndex> index, List<Path> files) {
  /** The names looked for, in order: the first that is there is read. */
  static final List<String> NAMES =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  /** Whether a folder holds none of them. */
  static boolean areMissing(Path folder) {
    return NAMES.stream().noneMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  /**
   * @throws InputException listing what was looked for and what is there, when nothing is found
   */
  static WeightsFiles in(Path folder) {
    for (String name : NAMES) {
      Path file = folder.resolve(name);
      if (!Files.isRegularFile(file)) {
        continue;
      }
      if (!CheckpointFiles.isIndex(name)) {
        return new WeightsFiles(Optional.empty(), List.of(file));
      }
      ShardIndex index = ShardIndex.read(file);
      List<String> missing =
          index.shards().stream()
              .filter(shard -> !Files.isRegularFile(shard))
              .map(shard -> "%s lists %s, which is not there.".formatted(file, shard.getFileName()))
              .toList();
      InputException.throwIfAny(missing);
      return new WeightsFiles(Optional.of(index), index.shards());
    }
    List<String> names = names(folder);
    throw new InputException(
        ForeignFolder.insteadOfWeights(folder.toString(), names)
            .orElseGet(
                () ->
                    "%s holds no weights: looked for %s, %s; there are %s.%s"
                        .formatted(
                            folder,
                            String.join(", ", NAMES),
                            String.join(", ", OnnxFile.PLACES),
                            listing(folder),
                            advice(names))));
  }

  /** What a file that may hold the weights has to be called. */
  private static String advice(List<String> names) {
    for (String name : names) {
      boolean isTraining = ForeignFolder.OF_TRAINING.stream().anyMatch(name::startsWith);
      if (!isTraining && name.matches(".+\\.(bin|pt|pth|ckpt)")) {
        return " If %s is what torch.save(model.state_dict()) wrote, call it pytorch_model.bin."
            .formatted(name);
      } else if (name.endsWith(".safetensors")) {
        return " If %s has all of the weights, call it model.safetensors.".formatted(name);
      }
    }
    return "";
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The first names in a folder, for messages. */
  static String listing(Path folder) {
    int shown = 20;
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> names =
          entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
      if (names.isEmpty()) {
        return "no files";
      }
      String first = String.join(", ", names.subList(0, Math.min(shown, names.size())));
      return names.size() > shown ? first + " and %d more".formatted(names.size() - shown) : first;
    } catch (IOException e) {
      return "files that can not be listed (" + Channels.reason(e) + ")";
    }
  }

  /**
   * Opens all files and checks their headers.
   *
   * @param notes gets a sentence where an index is wrong
   */
  TensorStore open(List<String> notes) {
    List<FileChannel> channels = new ArrayList<>();
    boolean opened = false;
    try {
      List<TensorSlice> slices = new ArrayList<>();
      Map<String, Path> fileOf = new HashMap<>();
      for (Path file : files) {
        channels.add(channel(file));
        for (TensorSlice slice : slices(file, channels.get(channels.size() - 1))) {
          Path other = fileOf.put(slice.info().name(), file);
          if (other != null) {
            throw new InputException(
                "Tensor '%s' is both in %s and in %s."
                    .formatted(slice.info().name(), other, file.getFileName()));
          }
          slices.add(slice);
        }
      }
      index.flatMap(shards -> shards.mistakes(slices)).ifPresent(notes::add);
      FileTensors tensors = new FileTensors(slices, channels);
      opened = true;
      return tensors;
    } finally {
      if (!opened) {
        channels.forEach(Closing::quietly);
      }
    }
  }

  private static FileChannel channel(Path file) {
    try {
      return FileChannel.open(file, StandardOpenOption.READ);
    } catch (IOException e) {
      throw Cause.failure("%s can not be opened: %s.".formatted(file, Channels.reason(e)), e);
    }
  }

  private static List<TensorSlice> slices(Path file, FileChannel channel) {
    try {
      refuseLfsPointer(file, channel);
      if (file.toString().endsWith(".safetensors")) {
        return SafeTensorsFile.slices(file, channel);
      }
      return PyTorchFile.slices(file, channel);
    } catch (IOException e) {
      throw Cause.failure("%s can not be read: %s.".formatted(file, Channels.reason(e)), e);
    }
  }

  /** What a clone without Git LFS has in place of a large file. */
  private static void refuseLfsPointer(Path file, FileChannel channel) throws IOException {
    byte[] start = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);
    if (channel.size() >= start.length
        && Arrays.equals(Channels.read(channel, 0, start.length).array(), start)) {
      throw new InputException(
          "%s is a Git LFS pointer, not the weights: run git lfs pull in its folder."
              .formatted(file));
    }
  }
}
