package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YOLO's folders: a text file for each image, with a line for each object that begins with the
 * number of its class, whose names stand in {@code data.yaml}, {@code classes.txt} or {@code
 * obj.names}. An image has the labels of its objects, and may have none; it goes by the name of the
 * text file, which has no picture's extension.
 */
final class YoloTruth implements TruthForm {
  private static final String[] NAMES = {
    "data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names"
  };

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    if (place.isFile() || place.entry(NAMES).isEmpty()) {
      return false;
    }
    return !files(place).isEmpty();
  }

  /** The text files of the folders {@code labels}; without any, all that are of images. */
  private static List<Path> files(TruthPlace place) throws IOException {
    List<TruthPlace.Below> texts =
        place.below().stream()
            .filter(file -> file.relative().endsWith(".txt"))
            .filter(file -> !List.of(NAMES).contains(file.relative()))
            .toList();
    List<TruthPlace.Below> labels =
        texts.stream()
            .filter(
                file ->
                    Arrays.asList(file.relative().split("/", -1)).contains("labels")
                        || file.relative().matches("obj_[^/]*_data/.*"))
            .toList();
    return (labels.isEmpty() ? beside(place, texts) : labels)
        .stream().map(TruthPlace.Below::path).toList();
  }

  /** The text files that have the name of a picture in their folder. */
  private static List<TruthPlace.Below> beside(TruthPlace place, List<TruthPlace.Below> texts)
      throws IOException {
    TreeSet<String> pictures = new TreeSet<>();
    place.below().stream()
        .filter(file -> TruthLook.isImageName(file.relative()))
        .forEach(file -> pictures.add(stem(file.relative())));
    return texts.stream().filter(file -> pictures.contains(stem(file.relative()))).toList();
  }

  private static String stem(String name) {
    return name.replaceFirst("\\.[^./]*$", "");
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Path names =
        place
            .entry(NAMES)
            .orElseThrow(
                () ->
                    new InputException(
                        "The truth %s has no names of classes: put data.yaml, classes.txt or obj.names into it."
                            .formatted(place.location())));
    List<Labelled> images =
        FilePerImage.read(place, files(place), new ReadFile(classes(place, names)));
    return FoundTruth.of(place.spark(), images, "YOLO labels");
  }

  private static List<String> classes(TruthPlace place, Path file) throws IOException {
    String text = place.text(file);
    if (!file.getName().matches(".*\\.ya?ml")) {
      return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
    return parse(text)
        .orElseThrow(() -> new InputException("The file " + file + " has no list names."));
  }

  /** The names in a {@code data.yaml}: a list, or a map from numbers that leaves none out. */
  static Optional<List<String>> parse(String yaml) {
    Object root;
    try {
      root = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    } catch (YamlEngineException e) {
      return Optional.empty();
    }
    Object names = root instanceof Map<?, ?> fields ? fields.get("names") : null;
    if (names instanceof List<?> list) {
      return Optional.of(list.stream().map(String::valueOf).toList());
    }
    if (!(names instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < map.size(); i++) {
      Object name = map.get(i);
      if (name == null) {
        return Optional.empty();
      }
      all.add(name.toString());
    }
    return Optional.of(all);
  }

  static final class ReadFile implements FilePerImage.Reader {
    private final List<String> classes;

    ReadFile(List<String> classes) {
      this.classes = new ArrayList<>(classes);
    }

    @Override
    public Labelled read(String name, InputStream in) throws IOException {
      TreeSet<String> labels = new TreeSet<>();
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          labels.add(label(line.strip()));
        }
      }
      return new Labelled(stem(name), List.copyOf(labels));
    }

    private String label(String line) {
      if (!line.matches("[0-9]{1,8}(\\s+[-+0-9.eE]+)*")) {
        throw new InputException("no line of YOLO's: " + line);
      }
      int number = Integer.parseInt(line.split("\\s", 2)[0]);
      if (number >= classes.size()) {
        throw new InputException("class " + number + " of " + classes.size());
      }
      return classes.get(number);
    }
  }
}
