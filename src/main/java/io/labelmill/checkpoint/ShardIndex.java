package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * @throws InputException naming each tensor that a file lacks, holds unlisted, or holds although
   *     it is listed elsewhere
   */
  void check(List<TensorSlice> slices) {
    List<String> problems = new ArrayList<>();
    Map<String, String> missing = new LinkedHashMap<>(shardOf);
    for (TensorSlice slice : slices) {
      String name = slice.info().name();
      String found = String.valueOf(slice.file().getFileName());
      String listed = shardOf.get(name);
      if (listed == null) {
        problems.add("%s holds tensor '%s', which %s does not list.".formatted(found, name, file));
      } else if (!listed.equals(found)) {
        problems.add(
            "%s holds tensor '%s', which %s lists for %s.".formatted(found, name, file, listed));
      } else {
        missing.remove(name);
      }
    }
    missing.forEach(
        (name, shard) ->
            problems.add("%s lacks tensor '%s', which %s lists.".formatted(shard, name, file)));
    if (!problems.isEmpty()) {
      throw Problems.of(problems);
    }
  }
}
