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
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a classifier's outputs are called, from {@code id2label} or a file of labels. */
final class LabelNames {
  private static final long MAX_FILE_BYTES = 64_000_000;

  private LabelNames() {}

  /**
   * The labels of {@code config.json}. Numbers may be left out: output i has the i-th in ascending
   * order.
   *
   * @param rows outputs of the classifier
   * @throws InputException when there are more or fewer labels than outputs, or one is malformed
   */
  static Labels of(ObjectNode config, Path file, int rows) {
    JsonNode id2label = config.path("id2label");
    if (id2label.isMissingNode() || id2label.isNull()) {
      JsonNode count = config.path("num_labels");
      if (count.isIntegralNumber() && count.longValue() != rows) {
        throw mismatch(file + " (num_labels)", count.longValue(), rows);
      }
      List<Integer> ids = consecutive(rows);
      return new Labels(ids, ids.stream().map(id -> "LABEL_" + id).toList());
    }
    String source = file + " (id2label)";
    Labels labels = fromObject(id2label, source);
    if (labels.size() != rows) {
      throw mismatch(source, labels.size(), rows);
    }
    return labels;
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
    List<Integer> ids = consecutive(rows);
    if (config.path("id2label").size() == rows) {
      ids = fromObject(config.path("id2label"), "config.json (id2label)").ids();
    }
    return new Labels(ids, names);
  }

  private static Labels fromObject(JsonNode object, String source) {
    if (!(object instanceof ObjectNode)) {
      throw new InputException("%s is not an object from numbers to names.".formatted(source));
    }
    List<String> problems = new ArrayList<>();
    Map<Integer, String> names = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String key = entry.getKey();
      if (!key.matches("0|[1-9]\\d{0,8}")) {
        problems.add("%s: '%s' is not a number from 0.".formatted(source, key));
      } else if (!entry.getValue().isTextual()) {
        problems.add(
            "%s: the name of %s is %s, not a string.".formatted(source, key, entry.getValue()));
      } else {
        names.put(Integer.valueOf(key), entry.getValue().textValue());
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
