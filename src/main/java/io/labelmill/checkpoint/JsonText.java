package io.labelmill.checkpoint;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** The JSON files beside the weights. */
final class JsonText {
  /**
   * The 21,841 labels of ImageNet-22k take 2 MB, an index of a thousand tensors 0.2 MB. A tree
   * takes up to thirty times its text.
   */
  private static final long MAX_BYTES = 8_000_000;

  /** Labels may have equal names, and these are keys there. */
  private static final Set<String> UNREAD = Set.of("label2id");

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonText() {}

  /**
   * Reads a file that holds one JSON object.
   *
   * @throws InputException when it can not be read, or with the position of what is not JSON
   */
  static ObjectNode object(Path file) {
    return object(file, UNREAD);
  }

  /**
   * As {@link #object(Path)}.
   *
   * @param unread keys of objects that may have a key twice, since nobody reads them
   */
  static ObjectNode object(Path file, Set<String> unread) {
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_BYTES) {
        throw new InputException(
            "%s has %d bytes; at most %d are read.".formatted(file, bytes, MAX_BYTES));
      }
      byte[] text = Files.readAllBytes(file);
      JsonNode node = MAPPER.readTree(text);
      refuseDuplicates(file, text, unread);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new InputException("%s does not hold a JSON object.".formatted(file));
    } catch (IOException e) {
      throw Cause.failure(problem(file.toString(), e), e);
    }
  }

  /** Of two equal keys one is a mistake, and readers do not agree which. */
  private static void refuseDuplicates(Path file, byte[] text, Set<String> unread)
      throws IOException {
    Deque<Set<String>> open = new ArrayDeque<>();
    try (JsonParser parser = MAPPER.createParser(text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT) {
          if (parser.currentName() != null && unread.contains(parser.currentName())) {
            parser.skipChildren();
          } else {
            open.push(new HashSet<>());
          }
        } else if (token == JsonToken.END_OBJECT) {
          open.pop();
        } else if (token == JsonToken.FIELD_NAME && !open.element().add(parser.currentName())) {
          JsonLocation at = parser.currentTokenLocation();
          throw new InputException(
              "%s has the key '%s' twice, again at line %d, column %d."
                  .formatted(
                      file,
                      TensorInfo.printable(parser.currentName()),
                      at.getLineNr(),
                      at.getColumnNr()));
        }
      }
    }
  }

  /** What is wrong with a text, and where. */
  static String problem(String source, IOException e) {
    if (e instanceof JsonProcessingException json) {
      JsonLocation at = json.getLocation();
      String place =
          at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
      String text = json.getOriginalMessage().lines().findFirst().orElse("");
      return "%s is not valid JSON%s: %s.".formatted(source, place, text);
    }
    return "%s can not be read: %s.".formatted(source, Channels.reason(e));
  }
}
