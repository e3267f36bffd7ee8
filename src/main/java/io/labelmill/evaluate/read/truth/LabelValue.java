package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What a cell of the truth holds for one image: a text, a number, or a list of either. Lists are
 * also read from texts, as JSON, Python and NumPy write them.
 *
 * @param items in the order given, stripped and not empty; numbers in their shortest form
 */
record LabelValue(Kind kind, List<String> items) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final LabelValue NONE = new LabelValue(Kind.NONE, List.of());

  enum Kind {
    /** There is no label. */
    NONE,
    /** One text, which may hold several labels between separators. */
    TEXT,
    NUMBER,
    TEXTS,
    NUMBERS,
    /** A list of truth values, as 0 and 1. */
    FLAGS
  }

  LabelValue {
    items = List.copyOf(items);
  }

  /**
   * @param given null for no label
   */
  static LabelValue of(Object given) {
    if (given instanceof String text) {
      return ofText(text);
    }
    if (given instanceof Number number) {
      return new LabelValue(Kind.NUMBER, List.of(shortest(number)));
    }
    if (given instanceof Collection<?> several) {
      return ofList(several);
    }
    if (given instanceof Object[] several) {
      // Spark hands on what another function of the same task made.
      return ofList(Arrays.asList(several));
    }
    if (given instanceof scala.collection.Seq<?> several) {
      List<Object> items = new ArrayList<>();
      several.iterator().foreach(items::add);
      return ofList(items);
    }
    return given == null ? NONE : new LabelValue(Kind.TEXT, List.of(given.toString()));
  }

  private static LabelValue ofList(Collection<?> given) {
    List<?> items = given.stream().filter(item -> item != null).toList();
    if (items.isEmpty()) {
      return NONE;
    }
    if (items.stream().allMatch(Boolean.class::isInstance)) {
      return new LabelValue(
          Kind.FLAGS, items.stream().map(item -> (Boolean) item ? "1" : "0").toList());
    }
    if (items.stream().allMatch(Number.class::isInstance)) {
      return new LabelValue(
          Kind.NUMBERS, items.stream().map(item -> shortest((Number) item)).toList());
    }
    return new LabelValue(
        Kind.TEXTS,
        items.stream()
            .map(item -> item.toString().strip())
            .filter(item -> !item.isEmpty())
            .toList());
  }

  private static LabelValue ofText(String text) {
    String stripped = text.strip();
    if (stripped.isEmpty()) {
      return NONE;
    }
    return ofJson(stripped)
        .or(() -> PythonList.parse(stripped).map(LabelValue::ofList))
        .orElseGet(() -> new LabelValue(Kind.TEXT, List.of(stripped)));
  }

  /** Of a JSON list, or of Label Studio's object around one. */
  private static Optional<LabelValue> ofJson(String text) {
    boolean isList = text.startsWith("[") && text.endsWith("]");
    if (!isList && !(text.startsWith("{\"choices\"") && text.endsWith("}"))) {
      return Optional.empty();
    }
    try {
      JsonNode list = isList ? JSON.readTree(text) : JSON.readTree(text).get("choices");
      List<Object> items = new ArrayList<>();
      for (JsonNode item : list) {
        if (item.isContainerNode()) {
          return Optional.empty();
        }
        items.add(
            item.isNumber()
                ? item.numberValue()
                : item.isBoolean() ? item.booleanValue() : item.isNull() ? null : item.asText());
      }
      return Optional.of(ofList(items));
    } catch (JsonProcessingException e) {
      // Another notation, or a label that has brackets.
      return Optional.empty();
    }
  }

  /** 3 for 3.0, as whole numbers are often kept where some are missing. */
  static String shortest(Number number) {
    double value = number.doubleValue();
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : number.toString();
  }

  /** Whether it is a list of numbers or truth values. */
  boolean isNumbers() {
    return kind == Kind.NUMBERS || kind == Kind.FLAGS;
  }
}
