package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the beginning of a JSON file tells of the rest.
 *
 * @param isLines whether it holds a value a line, rather than one value
 * @param isArray whether its one value is an array
 * @param fields of the first object, with the token that each value begins with, as far as they are
 *     seen
 */
record JsonHead(boolean isLines, boolean isArray, Map<String, JsonToken> fields) {
  /** Of lines that nobody looked at. */
  static final JsonHead LINES = new JsonHead(true, false, Map.of());

  /**
   * @param text from the beginning of the file, perhaps cut
   */
  static JsonHead of(String text) {
    Map<String, JsonToken> fields = new LinkedHashMap<>();
    boolean isArray = false;
    // An object without an end is one of several where it has a line for itself.
    boolean isLines = !text.strip().contains("\n");
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      isArray = parser.nextToken() == JsonToken.START_ARRAY;
      if (isArray) {
        isLines = false;
        parser.nextToken();
      }
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          fields.put(name, parser.nextToken());
          parser.skipChildren();
        }
        if (!isArray) {
          int end = (int) parser.currentLocation().getCharOffset();
          isLines = !text.substring(0, end).strip().contains("\n") || isObject(parser.nextToken());
        }
      }
    } catch (IOException e) {
      // It is cut here, or wrong further on: what was seen stands.
      return new JsonHead(isLines, isArray, fields);
    }
    return new JsonHead(isLines, isArray, fields);
  }

  private static boolean isObject(JsonToken token) {
    return token == JsonToken.START_OBJECT;
  }

  /** Whether a field is there, and begins with this token. */
  boolean has(String field, JsonToken token) {
    return fields.get(field) == token;
  }
}
