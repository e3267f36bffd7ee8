package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A file of COCO's form: {@code images}, {@code annotations} and {@code categories}. An image has
 * the labels of the categories that are annotated in it, and may have none. Read piece by piece,
 * since outlines make such files large.
 */
final class CocoTruth implements TruthForm {
  private static final List<String> PARTS = List.of("images", "annotations", "categories");

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    if (!place.isFile() || !TableFormat.JSON.equals(place.tableFormat().orElse(null))) {
      return false;
    }
    JsonHead head = JsonHead.of(place.head());
    return !head.isArray()
        && PARTS.stream().anyMatch(part -> head.has(part, JsonToken.START_ARRAY))
        && TruthColumns.PATHS.stream().noneMatch(path -> head.fields().containsKey(path));
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    Map<String, String> names = new HashMap<>();
    Map<String, Set<String>> categories = new HashMap<>();
    Set<String> parts = new TreeSet<>();
    try (JsonParser parser = new JsonFactory().createParser(place.open(place.path()))) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String part = parser.currentName();
        if (parser.nextToken() != JsonToken.START_ARRAY || !PARTS.contains(part)) {
          parser.skipChildren();
          continue;
        }
        parts.add(part);
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          Map<String, String> one = scalars(parser);
          switch (part) {
            case "images" -> files.put(one.get("id"), one.get("file_name"));
            case "categories" -> names.put(one.get("id"), one.get("name"));
            default ->
                categories
                    .computeIfAbsent(one.get("image_id"), id -> new TreeSet<>())
                    .add(String.valueOf(one.get("category_id")));
          }
        }
      }
    }
    check(place, parts, files, names, categories);
    List<Labelled> images = new ArrayList<>();
    files.forEach(
        (id, file) ->
            images.add(
                new Labelled(
                    file,
                    categories.getOrDefault(id, Set.of()).stream()
                        .map(names::get)
                        .sorted()
                        .toList())));
    return FoundTruth.of(place.spark(), images, "COCO annotations");
  }

  private static Map<String, String> scalars(JsonParser parser) throws IOException {
    Map<String, String> scalars = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken().isScalarValue()) {
        scalars.put(name, parser.getText());
      } else {
        parser.skipChildren();
      }
    }
    return scalars;
  }

  private static void check(
      TruthPlace place,
      Set<String> parts,
      Map<String, String> files,
      Map<String, String> names,
      Map<String, Set<String>> categories) {
    String truth = "The truth " + place.location();
    List<String> missing = PARTS.stream().filter(part -> !parts.contains(part)).toList();
    if (!missing.isEmpty()) {
      throw new InputException(
          "%s begins as COCO annotations do, but has no list %s: name a file with images, annotations and categories."
              .formatted(truth, String.join(", ", missing)));
    }
    List<String> problems = new ArrayList<>();
    FirstNames unknown = new FirstNames();
    categories.keySet().stream()
        .filter(id -> !files.containsKey(id))
        .map(String::valueOf)
        .forEach(unknown::add);
    FirstNames nameless = new FirstNames();
    categories.values().stream()
        .flatMap(Set::stream)
        .distinct()
        .filter(id -> names.get(id) == null)
        .forEach(nameless::add);
    if (unknown.count() > 0) {
      problems.add(
          truth + " has annotations of images that it does not list: " + unknown.sentence());
    }
    if (nameless.count() > 0) {
      problems.add(truth + " has annotations of categories without a name: " + nameless.sentence());
    }
    if (files.containsValue(null)) {
      problems.add(truth + " lists images without file_name.");
    }
    InputException.throwIfAny(problems);
  }
}
