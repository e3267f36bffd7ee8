package io.labelmill.train;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.LabelledImages;
import io.labelmill.score.Activation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Images that have labels and an embedding, in the order of the truth.
 *
 * @param problemType classes that exclude each other, or any number of labels
 * @param labels sorted names
 * @param examples with those labels' indices
 * @param notes what was left out, for the user
 */
record TrainingSet(
    ProblemType problemType, List<String> labels, List<LabelledPath> examples, List<String> notes) {
  TrainingSet {
    labels = List.copyOf(labels);
    examples = List.copyOf(examples);
    notes = List.copyOf(notes);
  }

  /** An embedding without its numbers. */
  record Embedded(
      String key, String path, String status, String version, boolean isFinite, int length) {}

  /**
   * Brings truth and embeddings together.
   *
   * @param hidden length of the vectors that the backbone makes
   * @throws InputException with everything that makes a training worthless
   */
  static TrainingSet of(
      LabelledImages truth, List<Embedded> embedded, int hidden, TrainOptions options) {
    List<String> problems = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Embedded> images = images(embedded, problems);
    Map<String, LabelledImages.Image> labelled = labelled(truth, problems);
    checkMatches(labelled, images, options, problems, notes);
    checkVectors(labelled, images, hidden, problems);
    List<LabelledImages.Image> used = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    for (LabelledImages.Image image : labelled.values()) {
      Embedded one = images.get(image.key());
      if (one != null && !one.status().equals("OK")) {
        failed.add(one.path() + " (" + one.status() + ")");
      } else if (one != null) {
        used.add(image);
      }
    }
    if (!failed.isEmpty()) {
      notes.add(failed.size() + " images have no embedding and were left out: " + some(failed));
    }
    if (failed.size() > options.maxFailedFraction() * (failed.size() + used.size())) {
      problems.add(
          failed.size()
              + " of "
              + (failed.size() + used.size())
              + " labelled images failed, more than the share of "
              + options.maxFailedFraction()
              + " that --max-failed-fraction allows: "
              + some(failed));
    }
    InputException.throwIfAny(problems);
    List<String> questions = new ArrayList<>();
    ProblemType problemType = problemType(truth, used, options, questions, notes);
    List<String> labels =
        List.copyOf(
            used.stream()
                .map(LabelledImages.Image::names)
                .collect(TreeSet<String>::new, TreeSet::addAll, TreeSet::addAll));
    checkLabels(problemType, used, problems);
    InputException.throwIfAny(problems);
    InputException.throwIfAny(questions);
    List<LabelledPath> examples = new ArrayList<>();
    for (LabelledImages.Image image : used) {
      Embedded one = images.get(image.key());
      List<Integer> indices =
          image.names().stream()
              .distinct()
              .map(name -> Collections.binarySearch(labels, name))
              .sorted()
              .toList();
      examples.add(
          new LabelledPath(image.key(), one.path(), indices, one.version(), image.column()));
    }
    return new TrainingSet(problemType, labels, examples, notes);
  }

  /**
   * What truth and images make before these are embedded, taken that each of them can be read: what
   * {@link #of} would tell then. Mistakes that concern only images which can't be read are told
   * too.
   *
   * @param paths of the images, null for one without; an image that comes twice is one
   * @param hidden length of the vectors that the backbone makes
   * @throws InputException with everything that makes a training worthless
   */
  static TrainingSet planned(
      LabelledImages truth, List<String> paths, int hidden, TrainOptions options) {
    List<Embedded> embedded =
        paths.stream()
            .filter(Objects::nonNull)
            .distinct()
            .map(path -> new Embedded(truth.key().key(path), path, "OK", "", true, hidden))
            .toList();
    return of(truth, embedded, hidden, options);
  }

  private static Map<String, Embedded> images(List<Embedded> embedded, List<String> problems) {
    Map<String, Embedded> images = new HashMap<>();
    List<String> alike = new ArrayList<>();
    for (Embedded one : embedded) {
      Embedded other = images.putIfAbsent(one.key(), one);
      if (other != null) {
        alike.add(other.path() + " and " + one.path());
      }
    }
    if (!alike.isEmpty()) {
      problems.add(
          ("%s images cannot be told apart by file name: %s. Compare whole paths with --match-by"
                  + " uri.")
              .formatted(alike.size(), some(alike)));
    }
    return images;
  }

  private static Map<String, LabelledImages.Image> labelled(
      LabelledImages truth, List<String> problems) {
    Map<String, LabelledImages.Image> labelled = new LinkedHashMap<>();
    List<String> conflicts = new ArrayList<>();
    for (LabelledImages.Image image : truth.images()) {
      LabelledImages.Image other = labelled.putIfAbsent(image.key(), image);
      if (other != null && !new TreeSet<>(other.names()).equals(new TreeSet<>(image.names()))) {
        conflicts.add(image.path());
      }
    }
    if (!conflicts.isEmpty()) {
      problems.add(
          conflicts.size()
              + " images are in the truth twice with different labels: "
              + some(conflicts));
    }
    return labelled;
  }

  private static void checkMatches(
      Map<String, LabelledImages.Image> labelled,
      Map<String, Embedded> images,
      TrainOptions options,
      List<String> problems,
      List<String> notes) {
    List<String> withoutImage =
        labelled.values().stream()
            .filter(image -> !images.containsKey(image.key()))
            .map(LabelledImages.Image::path)
            .toList();
    List<String> withoutLabels =
        images.values().stream()
            .filter(one -> !labelled.containsKey(one.key()))
            .map(Embedded::path)
            .sorted()
            .toList();
    String truth = options.truth().location();
    if (labelled.isEmpty() || images.isEmpty()) {
      problems.add(
          labelled.isEmpty()
              ? "The truth " + truth + " is empty."
              : "There is no embedding: the images are none, or their table is empty.");
    } else if (withoutImage.size() == labelled.size()) {
      problems.add(
          ("No image is both given (%s, such as %s) and in the truth (%s, such as %s)."
                  + " Compare file names with --match-by name, or change prefixes of the truth with"
                  + " --rewrite FROM=TO.")
              .formatted(
                  images.size(), withoutLabels.get(0), labelled.size(), withoutImage.get(0)));
    } else {
      told(
          withoutImage.size() + " images of the truth " + truth + " are not among those given: ",
          withoutImage,
          options.unmatched(),
          problems,
          notes);
      told(
          withoutLabels.size() + " images have no labels in the truth " + truth + ": ",
          withoutLabels,
          options.unmatched(),
          problems,
          notes);
    }
  }

  private static void told(
      String sentence,
      List<String> images,
      Unmatched unmatched,
      List<String> problems,
      List<String> notes) {
    if (images.isEmpty()) {
      return;
    }
    if (unmatched == Unmatched.LEAVE_OUT) {
      notes.add(sentence + some(images));
    } else {
      problems.add(sentence + some(images) + ". Leave them out with --unmatched leave-out.");
    }
  }

  private static void checkVectors(
      Map<String, LabelledImages.Image> labelled,
      Map<String, Embedded> images,
      int hidden,
      List<String> problems) {
    List<Embedded> vectors =
        images.values().stream()
            .filter(one -> one.status().equals("OK") && labelled.containsKey(one.key()))
            .toList();
    List<String> notNumbers =
        vectors.stream().filter(one -> !one.isFinite()).map(Embedded::path).sorted().toList();
    if (!notNumbers.isEmpty()) {
      problems.add(
          "%s embeddings hold a value that is not a finite number: %s. Embed these images again."
              .formatted(notNumbers.size(), some(notNumbers)));
    }
    List<String> wrongLength =
        vectors.stream()
            .filter(one -> one.length() != hidden)
            .map(one -> one.path() + " (" + one.length() + ")")
            .sorted()
            .toList();
    if (!wrongLength.isEmpty()) {
      problems.add(
          "%s embeddings do not have the %s numbers of the model's: %s"
              .formatted(wrongLength.size(), hidden, some(wrongLength)));
    }
  }

  /** Asks where the truth could give an image several labels, and gives each of them one. */
  private static ProblemType problemType(
      LabelledImages truth,
      List<LabelledImages.Image> used,
      TrainOptions options,
      List<String> questions,
      List<String> notes) {
    if (options.problemType().isPresent()) {
      return options.problemType().get();
    }
    if (used.stream().anyMatch(image -> image.names().size() != 1)) {
      return ProblemType.MULTI_LABEL;
    }
    if (!truth.severalLabels()) {
      return ProblemType.MULTI_CLASS;
    }
    if (truth.isSeparatorAssumed()) {
      questions.add(
          "Each of the %d images has one label, though %s can give several. Say --problem-type multi-class if labels exclude each other, or --problem-type multi-label if an image may have any number of them."
              .formatted(used.size(), truth.form()));
    } else {
      notes.add(
          "each image has one label, and %s can give several: labels were taken not to exclude each other; --problem-type multi-class says that they do"
              .formatted(truth.form()));
    }
    return ProblemType.MULTI_LABEL;
  }

  private static void checkLabels(
      ProblemType problemType, List<LabelledImages.Image> used, List<String> problems) {
    Map<String, Integer> counts = new TreeMap<>();
    used.forEach(
        image ->
            image.names().stream().distinct().forEach(name -> counts.merge(name, 1, Integer::sum)));
    if (problemType == ProblemType.MULTI_CLASS) {
      List<String> several =
          used.stream()
              .filter(image -> image.names().size() != 1)
              .map(image -> image.path() + " (" + image.names().size() + ")")
              .toList();
      if (!several.isEmpty()) {
        problems.add(
            ("%s images do not have exactly one label: %s. If images have any number of labels, say"
                    + " --problem-type multi-label.")
                .formatted(several.size(), some(several)));
      }
    }
    Optional<String> everywhere =
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() == used.size())
            .map(Map.Entry::getKey)
            .findFirst();
    if (counts.isEmpty()) {
      problems.add(
          "None of the " + used.size() + " images has a label: there is nothing to learn.");
    } else if (everywhere.isPresent()) {
      problems.add(
          "All %s images have the label %s: there is nothing to tell apart. Add images without it."
              .formatted(used.size(), everywhere.get()));
    }
    List<String> single =
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() == 1 && used.size() > 1)
            .map(Map.Entry::getKey)
            .toList();
    if (!single.isEmpty()) {
      problems.add(
          "One image is too little to learn a label from, and there is only one with "
              + some(single)
              + ": add images, or take the label out of the truth.");
    }
  }

  /** Says which labels the best epoch is chosen without. */
  Optional<String> unvalidated(Map<String, Purpose> parts) {
    List<Long> counts = counts(parts, Purpose.VALIDATION);
    List<String> absent = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      if (counts.get(i) == 0) {
        absent.add(labels.get(i));
      }
    }
    return absent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%d of the %d labels are on none of the validation images, so that the best epoch is chosen without them: %s. A larger --validation or another --seed may bring them there"
                .formatted(absent.size(), labels.size(), some(absent)));
  }

  /** What makes scores of a head's logits. */
  Activation activation() {
    return problemType == ProblemType.MULTI_LABEL ? Activation.SIGMOID : Activation.SOFTMAX;
  }

  /** How many examples of a part have each label. */
  List<Long> counts(Map<String, Purpose> parts, Purpose part) {
    long[] counts = new long[labels.size()];
    for (LabelledPath example : examples) {
      if (parts.get(example.key()) == part) {
        example.labels().forEach(label -> counts[label]++);
      }
    }
    List<Long> list = new ArrayList<>();
    for (long count : counts) {
      list.add(count);
    }
    return list;
  }

  /**
   * Asserts that a regression can be fitted on the one part, and that there is something to test.
   *
   * @throws InputException with everything that is wrong
   */
  void check(Map<String, Purpose> parts, SplitRule split) {
    List<String> problems = new ArrayList<>();
    long trained = parts.values().stream().filter(part -> part == Purpose.TRAIN).count();
    if (split.kind() != SplitRule.Kind.NONE && trained == parts.size()) {
      problems.add(
          "--split %s leaves none of the %s images to test on: choose another, or --split none."
              .formatted(split.text(), parts.size()));
    }
    List<Long> counts = counts(parts, Purpose.TRAIN);
    for (int i = 0; i < labels.size(); i++) {
      if (counts.get(i) == 0 || counts.get(i) == trained) {
        problems.add(
            ("The label %s is on %s of the %s images to train on: choose another --split or"
                    + " --seed, or add images.")
                .formatted(labels.get(i), counts.get(i) == 0 ? "none" : "each", trained));
      }
    }
    InputException.throwIfAny(problems);
  }

  /**
   * Asserts that a head can be fitted without the images that choose the best epoch.
   *
   * @throws InputException with everything that is wrong
   */
  void checkValidation(Map<String, Purpose> parts, double share) {
    List<String> problems = new ArrayList<>();
    long trained = parts.values().stream().filter(part -> part == Purpose.TRAIN).count();
    long validated = parts.values().stream().filter(part -> part == Purpose.VALIDATION).count();
    if (validated == 0) {
      problems.add(
          "--validation %s leaves none of the %d images to train on to choose the best epoch by: say a larger share, or add images."
              .formatted(share, trained));
    }
    List<Long> counts = counts(parts, Purpose.TRAIN);
    for (int i = 0; i < labels.size(); i++) {
      if (counts.get(i) == 0 || counts.get(i) == trained) {
        problems.add(
            "With --validation %s the label %s is on %s of the %d images that are left to tune with: say a smaller share, another --seed, or add images."
                .formatted(share, labels.get(i), counts.get(i) == 0 ? "none" : "each", trained));
      }
    }
    InputException.throwIfAny(problems);
  }

  private static String some(List<String> all) {
    return Split.some(all);
  }
}
