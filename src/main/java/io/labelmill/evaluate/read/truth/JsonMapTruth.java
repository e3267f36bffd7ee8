package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One JSON object with a field for each image: {@code {"a.jpg": "can", "b.jpg": ["can"]}}. */
final class JsonMapTruth implements TruthForm {
  @Override
  public boolean fits(TruthPlace place) throws IOException {
    if (!place.isFile() || !place.tableFormat().equals(java.util.Optional.of(TableFormat.JSON))) {
      return false;
    }
    JsonHead head = JsonHead.of(place.head());
    return !head.isArray()
        && !head.fields().isEmpty()
        && head.fields().keySet().stream().allMatch(TruthLook::isImageName);
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    List<Labelled> images = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(place.open(place.path()))) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String path = parser.currentName();
        List<String> labels = new ArrayList<>();
        if (parser.nextToken() == JsonToken.START_ARRAY) {
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            labels.add(label(place, path, parser));
          }
        } else {
          labels.add(label(place, path, parser));
        }
        images.add(new Labelled(path, labels));
      }
    }
    return FoundTruth.of(place.spark(), images, "a JSON object of images");
  }

  private static String label(TruthPlace place, String path, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new InputException(
          "The truth %s has for %s %s, where the name of a label or a list of names is wanted."
              .formatted(place.location(), path, parser.getText()));
    }
    return parser.getText();
  }
}
