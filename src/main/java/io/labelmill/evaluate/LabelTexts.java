package io.labelmill.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** The names of labels in a value of the truth: text, a JSON list as text, a number, or a list. */
final class LabelTexts implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Pattern separator;

  /**
   * @param separator regular expression between the labels of a text; null where it is one label
   */
  LabelTexts(String separator) {
    this.separator = separator == null ? null : Pattern.compile(separator);
  }

  /**
   * @param given null for no labels
   */
  List<String> names(Object given) {
    List<String> names = new ArrayList<>();
    if (given instanceof String text) {
      add(text, names);
    } else if (given instanceof Number number) {
      names.add(number.toString());
    } else if (given instanceof Collection<?> several) {
      several.stream().filter(one -> one != null).map(Object::toString).forEach(names::add);
    } else if (given instanceof scala.collection.Seq<?> several) {
      scala.collection.Iterator<?> iterator = several.iterator();
      while (iterator.hasNext()) {
        Object one = iterator.next();
        if (one != null) {
          names.add(one.toString());
        }
      }
    }
    return names;
  }

  private void add(String text, List<String> names) {
    String stripped = text.strip();
    if (stripped.startsWith("[") && stripped.endsWith("]")) {
      try {
        for (JsonNode one : JSON.readTree(stripped)) {
          names.add(one.asText());
        }
        return;
      } catch (JsonProcessingException e) {
        // Not a list: a label that has brackets.
        names.clear();
      }
    }
    if (separator == null) {
      if (!stripped.isEmpty()) {
        names.add(stripped);
      }
      return;
    }
    for (String part : separator.split(stripped, -1)) {
      if (!part.isBlank()) {
        names.add(part.strip());
      }
    }
  }
}
