package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a classifier's outputs are called, from {@code id2label} or a file of labels. */
final class LabelNames {
  private static final String ID = "0|[1-9]\\d{0,8}";
  private static final long MAX_FILE_BYTES = 64_000_000;

  /** What of a configuration names labels. */
  static final Set<String> KEYS = Set.of("id2label", "label2id");

  private LabelNames() {}

  /**
   * The labels of {@code config.json}: of {@code id2label}, else of {@code label2id}. Numbers may
   * be left out: output i has the i-th in ascending order.
   *
   * @param rows outputs of the classifier
   * @throws InputException when there are more or fewer labels than outputs, or one is malformed
   */
  static Labels of(ObjectNode config, Path file, int rows) {
    JsonNode id2label = config.path("id2label");
    if (id2label.isMissingNode() || id2label.isNull()) {
      Optional<Labels> inverted = inverted(config.path("label2id"), rows);
      if (inverted.isPresent()) {
        return inverted.get();
      }
      JsonNode count = config.path("num_labels");
      if (count.isIntegralNumber() && count.longValue() != rows) {
        throw mismatch(file + " (num_labels)", count.longValue(), rows);
      }
      return unnamed(rows);
    }
    String source = file + " (id2label)";
    Labels labels = fromObject(id2label, source);
    if (labels.size() == rows) {
      return labels;
    } else if (config.path("num_labels").asInt(-1) == rows) {
      // Transformers then forgets the names.
      return unnamed(rows);
    }
    throw mismatch(source, labels.size(), rows);
  }

  private static Labels unnamed(int rows) {
    List<Integer> ids = consecutive(rows);
    return new Labels(ids, ids.stream().map(id -> "LABEL_" + id).toList());
  }

  /** Labels by name, where these number the outputs from 0, each once. */
  private static Optional<Labels> inverted(JsonNode label2id, int rows) {
    String[] names = new String[rows];
    for (Map.Entry<String, JsonNode> entry : label2id.properties()) {
      String id = entry.getValue().asText();
      if (!id.matches(ID) || Integer.parseInt(id) >= rows || names[Integer.parseInt(id)] != null) {
        return Optional.empty();
      }
      names[Integer.parseInt(id)] = entry.getKey();
    }
    return label2id.size() == rows
        ? Optional.of(new Labels(consecutive(rows), List.of(names)))
        : Optional.empty();
  }

  /**
   * The labels of a file: one a line in the order of the outputs, or a JSON object from number to
   * name.
   *
   * @param config lends its numbers where it names as many labels as there are outputs
   * @throws InputException as {@link #of} does
   */
  static Labels read(Path file, ObjectNode config, int rows) {
    String text = text(file);
    if (text.stripLeading().startsWith("{")) {
      Labels labels = fromObject(JsonText.object(file), file.toString());
      if (labels.size() != rows) {
        throw mismatch(file.toString(), labels.size(), rows);
      }
      return labels;
    }
    List<String> names = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    List<String> lines = text.stripTrailing().lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      names.add(lines.get(i).strip());
      if (names.get(i).isEmpty()) {
        problems.add("%s: line %d is empty.".formatted(file, i + 1));
      }
    }
    if (!problems.isEmpty()) {
      throw Problems.of(problems);
    }
    if (names.size() != rows) {
      throw mismatch(file.toString(), names.size(), rows);
    }
    return new Labels(ids(config, rows).orElseGet(() -> consecutive(rows)), names);
  }

  /** The numbers that a configuration gives so many outputs, unless it is wrong. */
  private static Optional<List<Integer>> ids(ObjectNode config, int rows) {
    JsonNode id2label = config.path("id2label");
    if (id2label.size() != rows) {
      return Optional.empty();
    }
    try {
      return Optional.of(fromObject(id2label, "config.json").ids());
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  private static Labels fromObject(JsonNode object, String source) {
    if (!(object instanceof ObjectNode)) {
      throw new InputException("%s is not an object from numbers to names.".formatted(source));
    }
    List<String> problems = new ArrayList<>();
    Map<Integer, String> names = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String key = entry.getKey();
      JsonNode name = entry.getValue();
      if (!key.matches(ID)) {
        problems.add("%s: '%s' is not a number from 0.".formatted(source, key));
      } else if (!name.isTextual() && !name.isNumber()) {
        problems.add(
            "%s: the name of %s is %s, neither a string nor a number."
                .formatted(source, key, name));
      } else {
        names.put(Integer.valueOf(key), name.asText());
      }
    }
    if (!problems.isEmpty()) {
      throw Problems.of(problems);
    }
    return new Labels(List.copyOf(names.keySet()), List.copyOf(names.values()));
  }

  private static String text(Path file) {
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_FILE_BYTES) {
        throw new InputException(
            "%s has %d bytes; at most %d are read.".formatted(file, bytes, MAX_FILE_BYTES));
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new InputException("%s is not text in UTF-8.".formatted(file), e);
    } catch (IOException e) {
      throw Cause.failure("%s can not be read: %s.".formatted(file, Channels.reason(e)), e);
    }
  }

  private static InputException mismatch(String source, long labels, int rows) {
    return new InputException(
        "%s names %d labels, but the classifier has %d outputs.".formatted(source, labels, rows));
  }

  private static List<Integer> consecutive(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
