package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Label Studio's export "JSON": tasks with a picture and what annotators chose. Each annotation is
 * a row, so that two that differ are told as contradicting each other; skipped ones are none.
 */
final class LabelStudioTruth implements TruthForm {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What it puts before the names of pictures that were uploaded, or served from its folder. */
  private static final Pattern STORED =
      Pattern.compile("^.*/data/(?:upload/(?:\\d+/)?[0-9a-f]{8}-|local-files/\\?d=)(.*)$");

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    if (!place.isFile() || !TableFormat.JSON.equals(place.tableFormat().orElse(null))) {
      return false;
    }
    JsonHead head = JsonHead.of(place.head());
    return head.isArray()
        && head.has("annotations", JsonToken.START_ARRAY)
        && head.has("data", JsonToken.START_OBJECT);
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    List<Labelled> images = new ArrayList<>();
    TreeSet<String> questions = new TreeSet<>();
    try (JsonParser parser = JSON.createParser(place.open(place.path()))) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        JsonNode task = parser.readValueAsTree();
        String path = picture(place, task);
        for (JsonNode annotation : task.path("annotations")) {
          if (!annotation.path("was_cancelled").asBoolean()) {
            images.add(new Labelled(path, labels(place, annotation, questions)));
          }
        }
      }
    }
    if (questions.size() > 1) {
      throw new InputException(
          "The truth %s has answers to several questions, %s: choose one with --truth-label-column."
              .formatted(place.location(), String.join(", ", questions)));
    }
    return FoundTruth.of(place.spark(), images, "Label Studio tasks");
  }

  private static String picture(TruthPlace place, JsonNode task) {
    JsonNode data = task.path("data");
    List<String> names = place.options().pathColumn().map(List::of).orElse(TruthColumns.PATHS);
    for (String name : names) {
      if (data.path(name).isTextual()) {
        Matcher stored = STORED.matcher(data.path(name).asText());
        return stored.matches() ? stored.group(1) : data.path(name).asText();
      }
    }
    throw new InputException(
        "The truth %s has a task whose data holds no %s (name it with --truth-path-column): %s"
            .formatted(place.location(), String.join(" or ", names), data));
  }

  private static List<String> labels(TruthPlace place, JsonNode annotation, Set<String> questions) {
    TreeSet<String> labels = new TreeSet<>();
    for (JsonNode result : annotation.path("result")) {
      String question = result.path("from_name").asText();
      boolean isAsked = place.options().labelColumn().map(question::equals).orElse(true);
      JsonNode chosen = result.path("value").path(result.path("type").asText());
      if (isAsked && chosen.isArray()) {
        questions.add(question);
        chosen.forEach(label -> labels.add(label.asText()));
      }
    }
    return List.copyOf(labels);
  }
}
