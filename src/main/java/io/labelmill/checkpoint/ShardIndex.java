package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which of several weights files holds which tensor: {@code model.safetensors.index.json} or {@code
 * pytorch_model.bin.index.json}.
 *
 * @param shardOf file name by tensor name
 */
record ShardIndex(Path file, Map<String, String> shardOf) {
  /**
   * @throws InputException unless {@code weight_map} maps names to plain file names
   */
  static ShardIndex read(Path file) {
    ObjectNode index = JsonText.object(file);
    if (!(index.get("weight_map") instanceof ObjectNode weightMap) || weightMap.isEmpty()) {
      throw new InputException(
          "%s has no weight_map from tensor names to file names.".formatted(file));
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
      String shard = entry.getValue().isTextual() ? entry.getValue().textValue() : null;
      if (shard == null || !isPlainName(shard)) {
        throw new InputException(
            "%s: tensor '%s' is said to be in %s, which is not the name of a file beside the index."
                .formatted(file, entry.getKey(), entry.getValue()));
      }
      shardOf.put(entry.getKey(), shard);
    }
    return new ShardIndex(file, shardOf);
  }

  private static boolean isPlainName(String name) {
    return !name.isBlank()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  /** The files, sorted by name. */
  List<Path> shards() {
    return new TreeSet<>(shardOf.values()).stream().map(file::resolveSibling).toList();
  }

  /**
   * Where the index does not tell what the shards hold; a sentence. Transformers reads whatever
   * they hold, too.
   */
  Optional<String> mistakes(List<TensorSlice> slices) {
    int elsewhere = 0;
    int unlisted = 0;
    Map<String, String> absent = new LinkedHashMap<>(shardOf);
    for (TensorSlice slice : slices) {
      String listed = absent.remove(slice.info().name());
      if (listed == null) {
        unlisted++;
      } else if (!listed.equals(String.valueOf(slice.file().getFileName()))) {
        elsewhere++;
      }
    }
    return elsewhere + unlisted + absent.size() == 0
        ? Optional.empty()
        : Optional.of(
            "%s is wrong about its shards, and what they hold was read: of %d tensors %d lie in another shard than it says, and it does not list %d; it lists %d that are in none."
                .formatted(file, slices.size(), elsewhere, unlisted, absent.size()));
  }
}
