package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The labels of a model, in output order. Names may repeat; then a name alone says too little. */
public final class LabelUniverse implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> names;
  private final Map<String, List<Integer>> indices = new HashMap<>();
  private final Map<String, List<Integer>> composed = new HashMap<>();
  private final Map<String, String> folded = new HashMap<>();

  private LabelUniverse(List<String> names) {
    this.names = new ArrayList<>(names);
    for (int i = 0; i < names.size(); i++) {
      indices.computeIfAbsent(names.get(i), name -> new ArrayList<>()).add(i);
      composed.computeIfAbsent(composed(names.get(i)), name -> new ArrayList<>()).add(i);
      folded.putIfAbsent(folded(names.get(i)), names.get(i));
    }
  }

  public static LabelUniverse of(List<String> names) {
    return new LabelUniverse(names);
  }

  /**
   * Reads labels from a checkpoint folder, its {@code config.json}, or a file with one label a
   * line, in index order.
   *
   * @throws InputException when there are none
   */
  public static LabelUniverse read(String location, Configuration configuration) {
    try {
      Path path = Location.of(location).hadoop();
      FileSystem files = path.getFileSystem(configuration);
      if (!files.exists(path)) {
        throw new InputException("The labels " + location + " do not exist.");
      }
      if (files.getFileStatus(path).isDirectory()) {
        path = new Path(path, "config.json");
      }
      String text;
      try (var in = files.open(path)) {
        text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      List<String> names =
          path.getName().endsWith(".json")
              ? ofConfig(text, path.toString())
              : text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
      if (names.isEmpty()) {
        throw new InputException("The labels " + location + " are empty.");
      }
      return of(names);
    } catch (IOException e) {
      throw Cause.failure("The labels " + location + " cannot be read: " + e, e);
    }
  }

  private static List<String> ofConfig(String text, String source) throws IOException {
    JsonNode labels = JSON.readTree(text).path("id2label");
    if (!labels.isObject() || labels.isEmpty()) {
      throw new InputException(
          "The configuration " + source + " has no id2label: name a file with one label a line.");
    }
    TreeMap<Integer, String> sorted = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : labels.properties()) {
      sorted.put(Integer.valueOf(entry.getKey()), entry.getValue().asText());
    }
    return List.copyOf(sorted.values());
  }

  public int size() {
    return names.size();
  }

  public String name(int index) {
    return names.get(index);
  }

  public List<String> names() {
    return List.copyOf(names);
  }

  /**
   * The indices of the labels with this name, however its accents are encoded: none where it is
   * unknown.
   */
  public List<Integer> indices(String name) {
    List<Integer> exact = indices.get(name);
    return exact != null ? exact : composed.getOrDefault(composed(name), List.of());
  }

  /** A label with much the same name: in other letters' case, or with other blanks. */
  public Optional<String> alike(String name) {
    return Optional.ofNullable(folded.get(folded(name)));
  }

  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  private static String folded(String name) {
    return composed(name).strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", " ");
  }

  /**
   * The one label that a user names, by its name or by its index.
   *
   * @param option that it is the value of, for messages
   * @throws UsageException when there is none, or several by that name
   */
  public int index(String option, String nameOrIndex) {
    List<Integer> named = indices(nameOrIndex);
    if (named.size() == 1) {
      return named.get(0);
    }
    if (named.size() > 1) {
      throw new UsageException(
          "%s is %s, which is the name of several labels: give one of the indices %s"
              .formatted(
                  option,
                  nameOrIndex,
                  named.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    }
    if (nameOrIndex.matches("[0-9]{1,9}") && Integer.parseInt(nameOrIndex) < names.size()) {
      return Integer.parseInt(nameOrIndex);
    }
    throw new UsageException(
        "%s is %s: the model has no such label, and its indices are 0 to %s.%s"
            .formatted(
                option, nameOrIndex, names.size() - 1, Suggestion.didYouMean(nameOrIndex, names)));
  }
}
