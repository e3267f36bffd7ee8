package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Pascal VOC: an XML file for each image, with the objects in it; in a folder, in {@code
 * Annotations} below it, or one file. An image has the labels of its objects, and may have none.
 */
final class VocTruth implements TruthForm {
  private static final Pattern ROOT = Pattern.compile("<annotation[\\s>]");

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    TruthPlace annotations = annotations(place);
    Optional<Path> first = firstXml(annotations);
    return first.isPresent() && ROOT.matcher(place.at(first.get()).head()).find();
  }

  private static TruthPlace annotations(TruthPlace place) throws IOException {
    Optional<Path> folder = place.entry("Annotations", "annotations");
    return folder.isPresent() ? place.at(folder.get()) : place;
  }

  private static Optional<Path> firstXml(TruthPlace place) throws IOException {
    if (place.isFile()) {
      return isXml(place.name()) ? Optional.of(place.path()) : Optional.empty();
    }
    return place.entries().stream()
        .map(FileStatus::getPath)
        .filter(path -> isXml(path.getName()))
        .findFirst();
  }

  static boolean isXml(String name) {
    return name.toLowerCase(java.util.Locale.ROOT).endsWith(".xml");
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    TruthPlace annotations = annotations(place);
    List<Path> files =
        place.isFile()
            ? List.of(place.path())
            : annotations.below().stream()
                .map(TruthPlace.Below::path)
                .filter(path -> isXml(path.getName()))
                .toList();
    FoundTruth found =
        FoundTruth.of(
            place.spark(),
            FilePerImage.read(annotations, files, new ReadFile()),
            "Pascal VOC annotations");
    Optional<Path> pictures = place.entry("JPEGImages");
    Path folder = place.isFile() ? place.path().getParent() : annotations.path();
    return found.below(pictures.orElse(folder).toString());
  }

  static final class ReadFile implements FilePerImage.Reader {
    @Override
    public Labelled read(String name, InputStream in) throws IOException {
      String[] file = {""};
      TreeSet<String> labels = new TreeSet<>();
      boolean[] isVoc = {false};
      XmlTruth.walk(
          in,
          new XmlTruth.Visitor() {
            @Override
            public void end(String path, String text) {
              switch (path) {
                case "annotation" -> isVoc[0] = true;
                case "annotation/filename" -> file[0] = text;
                case "annotation/object/name" -> labels.add(text);
                default -> {}
              }
            }
          });
      if (!isVoc[0]) {
        throw new InputException("its root is not annotation");
      }
      // Some programs leave the name out: then it is the file's own.
      return new Labelled(
          file[0].isEmpty() ? name.replaceFirst("\\.[^.]*$", "") : file[0], List.copyOf(labels));
    }
  }
}
