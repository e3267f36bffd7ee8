package io.labelmill.checkpoint;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The JSON files beside the weights. */
final class JsonText {
  /** The 21,841 labels of ImageNet-22k take 3 MB; an index of a thousand tensors 0.2 MB. */
  private static final long MAX_BYTES = 64_000_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonText() {}

  /**
   * Reads a file that holds one JSON object.
   *
   * @throws InputException when it can not be read, or with the position of what is not JSON
   */
  static ObjectNode object(Path file) {
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_BYTES) {
        throw new InputException(
            "%s has %d bytes; at most %d are read.".formatted(file, bytes, MAX_BYTES));
      }
      JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new InputException("%s does not hold a JSON object.".formatted(file));
    } catch (IOException e) {
      throw new InputException(problem(file.toString(), e), e);
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
