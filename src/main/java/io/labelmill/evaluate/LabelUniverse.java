package io.labelmill.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The labels of a model, in output order. Names may repeat; then a name alone says too little. */
public final class LabelUniverse implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> names;
  private final Map<String, List<Integer>> indices = new HashMap<>();

  private LabelUniverse(List<String> names) {
    this.names = new ArrayList<>(names);
    for (int i = 0; i < names.size(); i++) {
      indices.computeIfAbsent(names.get(i), name -> new ArrayList<>()).add(i);
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
      Path path = new Path(location);
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
      throw new InputException("The labels " + location + " cannot be read: " + e, e);
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

  /** The indices of the labels with this name: none where it is unknown. */
  public List<Integer> indices(String name) {
    return indices.getOrDefault(name, List.of());
  }
}
