package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** A folder with a folder for each label, with its images at any depth. */
final class FolderTruth implements TruthForm {
  /** Into which the images of many data sets are parted. */
  private static final Set<String> PARTS =
      Set.of("train", "training", "val", "valid", "validation", "test", "testing", "dev");

  /** Names of what lies among pictures and is none, beside tables. */
  private static final Set<String> OTHERS =
      Set.of(
          "db", "ini", "txt", "xml", "yaml", "yml", "md", "html", "pdf", "py", "ipynb", "log",
          "zip", "tar", "gz");

  @Override
  public boolean fits(TruthPlace place) {
    return !place.isFile();
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    if (place.isFile()) {
      throw new InputException(
          "The truth %s is a file, where a folder with a folder for each label is wanted."
              .formatted(place.location()));
    }
    List<Labelled> images = new ArrayList<>();
    Set<String> labels = new TreeSet<>();
    FirstNames beside = new FirstNames();
    FirstNames others = new FirstNames();
    boolean isDeep = true;
    for (TruthPlace.Below file : place.below()) {
      String[] parts = file.relative().split("/", -1);
      if (parts.length < 2) {
        beside.add(parts[0]);
      } else if (isOther(parts[parts.length - 1])) {
        others.add(file.relative());
      } else {
        isDeep &= parts.length > 2;
        labels.add(parts[0]);
        images.add(new Labelled(file.path().toString(), List.of(parts[0])));
      }
    }
    check(place, labels, beside, isDeep);
    FoundTruth found =
        FoundTruth.of(place.spark(), images, "a folder for each label")
            .with(LabelledImages.Order.PATHS);
    if (beside.count() > 0) {
      found =
          found.noting(
              "%s files beside the folders of labels are passed over: %s"
                  .formatted(beside.count(), beside.sentence()));
    }
    return others.count() == 0
        ? found
        : found.noting(
            others.count() + " files that are no pictures are passed over: " + others.sentence());
  }

  private static boolean isOther(String name) {
    return TableFormat.ofFile(name).isPresent()
        || OTHERS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  private static void check(
      TruthPlace place, Set<String> labels, FirstNames beside, boolean isDeep) {
    String truth = "The truth " + place.location();
    if (labels.isEmpty() && beside.count() > 0) {
      throw new InputException(
          "%s has no folder for each label: %s files lie in it, such as %s. Name a table of paths and labels, or put the images of a label into a folder of its name."
              .formatted(truth, beside.count(), beside.sentence()));
    }
    if (labels.isEmpty()) {
      throw new InputException(truth + " is empty.");
    }
    if (isDeep
        && labels.stream().allMatch(label -> PARTS.contains(label.toLowerCase(Locale.ROOT)))) {
      String first = labels.iterator().next();
      throw new InputException(
          "%s is parted into %s, which are no labels: name one of them, such as %s/%s."
              .formatted(truth, String.join(", ", labels), place.path().toUri().getPath(), first));
    }
    List<String> tables =
        beside.names().stream().filter(name -> TableFormat.ofFile(name).isPresent()).toList();
    if (labels.size() == 1 && !tables.isEmpty()) {
      throw new InputException(
          "%s has one folder of pictures, %s, and a table beside it: name the table itself, such as %s/%s."
              .formatted(
                  truth, labels.iterator().next(), place.path().toUri().getPath(), tables.get(0)));
    }
  }
}
