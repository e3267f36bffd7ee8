package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What the truth's names stand for. Three forms of file:
 *
 * <ul>
 *   <li>JSON, {@code {"n01440764": "tench"}} or {@code {"n01440764": 0}}: to a label's name or
 *       index;
 *   <li>lines with a comma or a tab after the truth's name: {@code n01440764,tench};
 *   <li>as many lines as the model has labels, the first word of each being the truth's name, in
 *       index order, such as {@code n01440764 tench, Tinca tinca}.
 * </ul>
 */
public final class TruthNames implements Serializable {
  private final Map<String, Integer> indices;

  private TruthNames(Map<String, Integer> indices) {
    this.indices = new HashMap<>(indices);
  }

  public static TruthNames none() {
    return new TruthNames(Map.of());
  }

  /**
   * @throws InputException when a line or entry leads to no label, with all of them
   */
  public static TruthNames read(
      String location, LabelUniverse labels, Configuration configuration) {
    try {
      Path path = Location.of(location).hadoop();
      String text;
      try (var in = path.getFileSystem(configuration).open(path)) {
        text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      return parse(text, location, labels);
    } catch (IOException e) {
      throw Cause.failure("The label map " + location + " cannot be read: " + e, e);
    }
  }

  static TruthNames parse(String text, String source, LabelUniverse labels) throws IOException {
    Map<String, Integer> indices = new HashMap<>();
    FirstNames problems = new FirstNames();
    if (text.stripLeading().startsWith("{")) {
      for (Map.Entry<String, JsonNode> entry : new ObjectMapper().readTree(text).properties()) {
        JsonNode to = entry.getValue();
        put(
            indices,
            entry.getKey(),
            to.isInt() ? to.intValue() : index(to.asText(), labels),
            labels,
            problems);
      }
    } else {
      List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
      boolean inOrder =
          lines.size() == labels.size()
              && lines.stream().allMatch(line -> line.strip().matches("[^\\s,]+(\\s.*)?"));
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        String[] parts =
            inOrder
                ? line.strip().split("\\s", 2)
                : line.split(line.contains("\t") ? "\t" : ",", 2);
        int to = inOrder ? i : parts.length < 2 ? -1 : index(parts[1].strip(), labels);
        put(indices, parts[0].strip(), to, labels, problems);
      }
    }
    if (problems.count() > 0) {
      throw new InputException(
          "%s entries of the label map %s lead to no label of the model: %s"
              .formatted(problems.count(), source, problems.sentence()));
    }
    return new TruthNames(indices);
  }

  private static int index(String name, LabelUniverse labels) {
    List<Integer> found = labels.indices(name);
    if (found.size() == 1) {
      return found.get(0);
    }
    return name.matches("\\d{1,8}") ? Integer.parseInt(name) : -1;
  }

  private static void put(
      Map<String, Integer> indices,
      String from,
      int to,
      LabelUniverse labels,
      FirstNames problems) {
    if (to < 0 || to >= labels.size()) {
      problems.add(from);
    } else {
      indices.put(from, to);
    }
  }

  /** The index that a name of the truth stands for, or null. */
  public Integer index(String name) {
    return indices.get(name);
  }
}
