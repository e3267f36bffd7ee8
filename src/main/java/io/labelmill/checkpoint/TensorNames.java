package io.labelmill.checkpoint;

import static java.util.stream.Collectors.joining;

import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tensors under the names that Transformers writes into files. What {@code
 * torch.save(model.state_dict())} writes has other ones: those of wrappers stand in front, and
 * since 5.9 Transformers calls the layers of BEiT, ViT and DeiT otherwise in memory.
 */
final class TensorNames {
  /** Parts that PyTorch puts in wherever a module is wrapped. */
  private static final Set<String> WRAPPERS =
      Set.of("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module");

  /** What stands in front of all names where a model is an attribute of another object. */
  private static final Set<String> OWNERS = Set.of("module", "model", "net", "network");

  private static final Pattern IN_MEMORY =
      Pattern.compile("(^|.*\\.)layers\\.\\d+\\.(attention\\.[qkvo]_proj|mlp\\.fc[12])\\..*");

  /** From names in memory to names in files, each applied once: conversion_mapping.py, 5.23. */
  private static final Map<Pattern, String> RENAMINGS = new LinkedHashMap<>();

  static {
    rename("(^|\\.)layers\\.(\\d+)\\.", "$1encoder.layer.$2.");
    rename("\\.attention\\.q_proj\\.", ".attention.attention.query.");
    rename("\\.attention\\.k_proj\\.", ".attention.attention.key.");
    rename("\\.attention\\.v_proj\\.", ".attention.attention.value.");
    rename("\\.attention\\.o_proj\\.", ".attention.output.dense.");
    rename("\\.mlp\\.fc1\\.", ".intermediate.dense.");
    rename("\\.mlp\\.fc2\\.", ".output.dense.");
    rename(
        "(\\.layer\\.\\d+)\\.relative_position_bias\\.",
        "$1.attention.attention.relative_position_bias.");
    rename("(^|\\.)shared_position_bias\\.", "$1encoder.relative_position_bias.");
    rename("^fpn\\.fpn1\\.conv_transpose1\\.", "fpn1.0.");
    rename("^fpn\\.fpn1\\.normalization\\.", "fpn1.1.");
    rename("^fpn\\.fpn1\\.conv_transpose2\\.", "fpn1.3.");
    rename("^fpn\\.fpn2\\.", "fpn2.0.");
    rename(
        "^decode_head\\.psp_modules\\.blocks\\.(\\d+)\\.conv\\.", "decode_head.psp_modules.$1.1.");
    rename("^decode_head\\.psp_bottleneck\\.", "decode_head.bottleneck.");
    rename("^((?:decode|auxiliary)_head\\..*)\\.convolution\\.", "$1.conv.");
    rename("^((?:decode|auxiliary)_head\\.psp_modules\\.\\d+\\.1)\\.convolution\\.", "$1.conv.");
    rename("^((?:decode|auxiliary)_head\\..*)\\.normalization\\.", "$1.bn.");
  }

  private static void rename(String pattern, String replacement) {
    RENAMINGS.put(Pattern.compile(pattern), replacement);
  }

  private TensorNames() {}

  /**
   * The same tensors under their names in files.
   *
   * @param notes gets a sentence for each kind of name that was changed
   * @throws InputException where two tensors would have one name
   */
  static TensorStore asInFiles(TensorStore stored, List<String> notes) {
    Map<String, String> storedName = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    Set<String> prefixes = new LinkedHashSet<>();
    List<String> owners = owners(stored.names());
    boolean inMemory = false;
    for (String name : stored.names()) {
      String bare = bare(name, owners, prefixes);
      if (IN_MEMORY.matcher(bare).matches()) {
        inMemory = true;
      }
      storedName.put(name, bare);
    }
    Map<String, String> sources = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : storedName.entrySet()) {
      String name = inMemory ? inFile(entry.getValue()) : entry.getValue();
      String other = sources.putIfAbsent(name, entry.getKey());
      if (other != null) {
        problems.add(
            "Tensors '%s' and '%s' are both '%s' under the names that Transformers writes."
                .formatted(other, entry.getKey(), name));
      }
    }
    if (!problems.isEmpty()) {
      throw Problems.of(problems);
    }
    if (!prefixes.isEmpty()) {
      notes.add(
          "The tensors' names were read without %s, which the program that saved them put in."
              .formatted(prefixes.stream().map(part -> "'" + part + ".'").collect(joining(", "))));
    }
    if (inMemory) {
      notes.add(
          "The tensors have the names of Transformers 5 in memory, as torch.save(model.state_dict()) writes them: read under those that save_pretrained writes.");
    }
    return prefixes.isEmpty() && !inMemory ? stored : new Renamed(stored, sources);
  }

  /** What at least half of the names begin with, from the outside in. */
  private static List<String> owners(Set<String> names) {
    List<List<String>> parts = new ArrayList<>();
    for (String name : names) {
      List<String> split = new ArrayList<>(List.of(name.split("\\.", -1)));
      split.removeAll(WRAPPERS);
      parts.add(split);
    }
    List<String> owners = new ArrayList<>();
    while (true) {
      int depth = owners.size();
      String next = null;
      for (String owner : OWNERS) {
        long count =
            parts.stream()
                .filter(
                    split ->
                        split.size() > depth + 1
                            && split.subList(0, depth).equals(owners)
                            && split.get(depth).equals(owner))
                .count();
        if (2 * count >= names.size() && count > 0) {
          next = owner;
        }
      }
      if (next == null) {
        return owners;
      }
      owners.add(next);
    }
  }

  /** A name without wrappers anywhere and without the owners in front. */
  private static String bare(String name, List<String> owners, Set<String> prefixes) {
    List<String> parts = new ArrayList<>(List.of(name.split("\\.", -1)));
    for (String wrapper : WRAPPERS) {
      if (parts.removeAll(List.of(wrapper))) {
        prefixes.add(wrapper);
      }
    }
    if (parts.size() > owners.size() && parts.subList(0, owners.size()).equals(owners)) {
      prefixes.addAll(owners);
      parts = parts.subList(owners.size(), parts.size());
    }
    return String.join(".", parts);
  }

  private static String inFile(String name) {
    String renamed = name;
    for (Map.Entry<Pattern, String> renaming : RENAMINGS.entrySet()) {
      renamed = renaming.getKey().matcher(renamed).replaceFirst(renaming.getValue());
    }
    return renamed;
  }

  private static final class Renamed extends TensorView {
    private final TensorStore stored;
    private final Map<String, String> sources;

    /**
     * @param sources name in the store by name here
     */
    Renamed(TensorStore stored, Map<String, String> sources) {
      super(
          stored,
          sources.entrySet().stream()
              .map(
                  source -> {
                    TensorInfo info = stored.info(source.getValue());
                    return new TensorInfo(source.getKey(), info.dataType(), info.shape());
                  })
              .toList());
      this.stored = stored;
      this.sources = sources;
    }

    @Override
    public float[] floats(String name) {
      return stored.floats(sources.get(info(name).name()));
    }
  }
}
