package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.LabelledImages;
import io.labelmill.evaluate.read.truth.LabelledImages.Image;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.IfExists;
import io.labelmill.source.SourceOptions;
import io.labelmill.train.TrainOptions.Fit;
import io.labelmill.train.TrainingSet.Embedded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TrainingSetTest {
  @Test
  void labelsAreSortedAndExamplesInTheOrderOfTheTruth() {
    TrainingSet set =
        set(
            truth(image("d", "dog"), image("a", "cat"), image("c", "dog"), image("b", "cat")),
            embedded("a", "b", "c", "d"));
    assertThat(set.problemType()).isEqualTo(ProblemType.MULTI_CLASS);
    assertThat(set.labels()).containsExactly("cat", "dog");
    assertThat(set.examples()).extracting(LabelledPath::path).containsExactly("d", "a", "c", "b");
    assertThat(set.examples())
        .extracting(LabelledPath::labels)
        .containsExactly(List.of(1), List.of(0), List.of(1), List.of(0));
    assertThat(set.notes()).isEmpty();
  }

  @Test
  void anImageWithSeveralLabelsOrNoneMakesItMultiLabel() {
    assertThat(
            set(
                    truth(
                        image("a", "cat", "dog"),
                        image("b", "cat"),
                        image("c", "dog", "dog"),
                        image("d")),
                    embedded("a", "b", "c", "d"))
                .problemType())
        .isEqualTo(ProblemType.MULTI_LABEL);
  }

  @Test
  void oneLabelAnImageInAFormOfSeveralIsAskedAbout() {
    LabelledImages assumed =
        truth(true, true, image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y"));
    List<Embedded> images = embedded("a", "b", "c", "d");
    assertProblems(
        assumed,
        images,
        "Each of the 4 images has one label, though csv can give several. Say --problem-type"
            + " multi-class if labels exclude each other, or --problem-type multi-label if an image"
            + " may have any number of them.");
    for (ProblemType kind : ProblemType.OF_LABELS) {
      TrainingSet set = TrainingSet.of(assumed, images, 3, options(Unmatched.FAIL, kind));
      assertThat(set.problemType()).isEqualTo(kind);
      assertThat(set.notes()).isEmpty();
    }
    TrainingSet set =
        set(
            truth(true, false, image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y")),
            images);
    assertThat(set.problemType()).isEqualTo(ProblemType.MULTI_LABEL);
    assertThat(set.notes())
        .containsExactly(
            "each image has one label, and csv can give several: labels were taken not to exclude"
                + " each other; --problem-type multi-class says that they do");
  }

  @Test
  void labelsWithoutImagesAndTheReverseAreToldOrLeftOut() {
    LabelledImages truth =
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y"), image("e", "y"));
    List<Embedded> images = embedded("a", "b", "c", "d", "f", "g");
    assertProblems(
        truth,
        images,
        "1 images of the truth t.csv are not among those given: e. Leave them out with --unmatched"
            + " leave-out.",
        "2 images have no labels in the truth t.csv: f, g. Leave them out with --unmatched"
            + " leave-out.");
    TrainingSet set = TrainingSet.of(truth, images, 3, options(Unmatched.LEAVE_OUT, null));
    assertThat(set.examples()).hasSize(4);
    assertThat(set.notes())
        .containsExactly(
            "1 images of the truth t.csv are not among those given: e",
            "2 images have no labels in the truth t.csv: f, g");
  }

  @Test
  void nothingInCommonIsToldWithWhatMayHelp() {
    assertProblems(
        truth(image("a", "x")),
        embedded("b"),
        "No image is both given (1, such as b) and in the truth (1, such as a). Compare file names"
            + " with --match-by name, or change prefixes of the truth with --rewrite FROM=TO.");
    assertProblems(truth(), embedded("b"), "The truth t.csv is empty.");
    assertProblems(
        truth(image("a", "x")),
        List.of(),
        "There is no embedding: the images are none, or their table is empty.");
  }

  @Test
  void oneClassIsNothingToTellApart() {
    assertProblems(
        truth(image("a", "x"), image("b", "x")),
        embedded("a", "b"),
        "All 2 images have the label x: there is nothing to tell apart. Add images without it.");
    assertProblems(
        truth(image("a"), image("b")),
        embedded("a", "b"),
        "None of the 2 images has a label: there is nothing to learn.");
  }

  @Test
  void aSingleExampleOfALabelIsTooLittle() {
    assertProblems(
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "z")),
        embedded("a", "b", "c", "d"),
        "One image is too little to learn a label from, and there is only one with y, z: add images,"
            + " or take the label out of the truth.");
  }

  @Test
  void anImageOfAClassHasExactlyOne() {
    LabelledImages truth =
        truth(image("a", "x"), image("b", "x"), image("c", "y", "x"), image("d", "y"));
    assertThatThrownBy(
            () ->
                TrainingSet.of(
                    truth,
                    embedded("a", "b", "c", "d"),
                    3,
                    options(Unmatched.FAIL, ProblemType.MULTI_CLASS)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "1 images do not have exactly one label: c (2). If images have any number of labels, say"
                + " --problem-type multi-label.");
  }

  @Test
  void embeddingsThatAreNoneAreTold() {
    List<Embedded> images = new ArrayList<>(embedded("a", "b"));
    images.add(new Embedded("c", "c", "OK", "1", false, 3));
    images.add(new Embedded("d", "d", "OK", "1", true, 2));
    assertProblems(
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y")),
        images,
        "1 embeddings hold a value that is not a finite number: c. Embed these images again.",
        "1 embeddings do not have the 3 numbers of the model's: d (2)");
  }

  @Test
  void failedImagesAreLeftOutUpToAShare() {
    List<Embedded> images = new ArrayList<>(embedded("a", "b", "c", "d"));
    images.add(new Embedded("e", "e", "NOT_FOUND", "", true, 0));
    LabelledImages truth =
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y"), image("e", "y"));
    assertProblems(
        truth,
        images,
        "1 of 5 labelled images failed, more than the share of 0.1 that --max-failed-fraction"
            + " allows: e (NOT_FOUND)");
  }

  @Test
  void contradictionsAreTold() {
    assertProblems(
        truth(image("a", "x"), image("a", "y"), image("b", "x"), image("c", "x"), image("d", "y")),
        embedded("a", "b", "c", "d"),
        "1 images are in the truth twice with different labels: a");
    List<Embedded> images = new ArrayList<>(embedded("a", "b", "c", "d"));
    images.add(new Embedded("a", "other/a", "OK", "1", true, 3));
    assertProblems(
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y")),
        images,
        "1 images cannot be told apart by file name: a and other/a. Compare whole paths with"
            + " --match-by uri.");
  }

  @Test
  void imagesToEmbedAreComparedAsEmbeddedOnes() {
    LabelledImages truth =
        truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y"), image("e", "z"));
    List<String> paths = new ArrayList<>(List.of("a", "b", "c", "d", "a", "f"));
    paths.add(null);
    TrainOptions options = options(Unmatched.FAIL, null);
    assertThatThrownBy(() -> TrainingSet.planned(truth, paths, 3, options))
        .isInstanceOfSatisfying(
            InputException.class,
            planned ->
                assertProblems(
                    truth,
                    embedded("a", "b", "c", "d", "f"),
                    planned.problems().toArray(String[]::new)));
    TrainingSet set = TrainingSet.planned(truth, paths, 3, options(Unmatched.LEAVE_OUT, null));
    assertThat(set.examples()).extracting(LabelledPath::path).containsExactly("a", "b", "c", "d");
    assertThat(set.labels()).containsExactly("x", "y");
  }

  @Test
  void aLabelOfOneImageIsToldBeforeItIsKnownWhetherItCanBeRead() {
    List<LabelledImages.Image> labelled = new ArrayList<>();
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      labelled.add(image("i" + i, i % 2 == 0 ? "x" : "y"));
      paths.add("i" + i);
    }
    List<Embedded> embedded = new ArrayList<>(embedded(paths.toArray(String[]::new)));
    labelled.add(image("e", "z"));
    paths.add("e");
    embedded.add(new Embedded("e", "e", "NOT_AN_IMAGE", "1", false, 3));
    LabelledImages truth = truth(labelled.toArray(LabelledImages.Image[]::new));
    TrainOptions options = options(Unmatched.LEAVE_OUT, null);
    assertThatThrownBy(() -> TrainingSet.planned(truth, paths, 3, options))
        .hasMessageContaining("there is only one with z");
    assertThat(TrainingSet.of(truth, embedded, 3, options).labels()).containsExactly("x", "y");
  }

  @Test
  void aSplitMustLeaveEveryLabelToLearnAndSomethingToTest() {
    TrainingSet set =
        set(
            truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y")),
            embedded("a", "b", "c", "d"));
    Map<String, Purpose> parts = new LinkedHashMap<>();
    List.of("a", "b").forEach(key -> parts.put(key, Purpose.TRAIN));
    List.of("c", "d").forEach(key -> parts.put(key, Purpose.TEST));
    assertThatThrownBy(() -> set.check(parts, SplitRule.parse("0.5")))
        .isInstanceOfSatisfying(
            InputException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "The label x is on each of the 2 images to train on: choose another --split"
                            + " or --seed, or add images.",
                        "The label y is on none of the 2 images to train on: choose another --split"
                            + " or --seed, or add images."));
    parts.replaceAll((key, part) -> Purpose.TRAIN);
    assertThatThrownBy(() -> set.check(parts, SplitRule.parse("every-fifth")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "--split every-fifth leaves none of the 4 images to test on: choose another, or --split"
                + " none.");
    set.check(parts, SplitRule.parse("none"));
    assertThat(set.counts(parts, Purpose.TRAIN)).containsExactly(2L, 2L);
    assertThat(set.counts(parts, Purpose.TEST)).containsExactly(0L, 0L);
  }

  @Test
  void labelsThatNoValidationImageHasAreNamed() {
    TrainingSet set =
        set(
            truth(image("a", "x"), image("b", "x"), image("c", "y"), image("d", "y")),
            embedded("a", "b", "c", "d"));
    Map<String, Purpose> parts = new LinkedHashMap<>();
    List.of("a", "b", "c", "d").forEach(key -> parts.put(key, Purpose.TRAIN));
    parts.put("a", Purpose.VALIDATION);
    assertThat(set.unvalidated(parts))
        .contains(
            "1 of the 2 labels are on none of the validation images, so that the best epoch is chosen without them: y. A larger --validation or another --seed may bring them there");
    parts.put("d", Purpose.VALIDATION);
    assertThat(set.unvalidated(parts)).isEmpty();
  }

  private static TrainingSet set(LabelledImages truth, List<Embedded> images) {
    return TrainingSet.of(truth, images, 3, options(Unmatched.FAIL, null));
  }

  private static void assertProblems(
      LabelledImages truth, List<Embedded> images, String... problems) {
    assertThatThrownBy(() -> set(truth, images))
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.problems()).containsExactly(problems));
  }

  private static LabelledImages truth(Image... images) {
    return truth(false, false, images);
  }

  private static LabelledImages truth(
      boolean severalLabels, boolean isSeparatorAssumed, Image... images) {
    return new LabelledImages(
        Arrays.asList(images),
        severalLabels,
        isSeparatorAssumed,
        "csv",
        LabelledImages.Order.ROWS,
        new PathKey(PathKey.By.URI, Map.of()),
        List.of());
  }

  private static Image image(String key, String... names) {
    return new Image(key, key, List.of(names), Optional.empty());
  }

  private static List<Embedded> embedded(String... keys) {
    return Arrays.stream(keys).map(key -> new Embedded(key, key, "OK", "1", true, 3)).toList();
  }

  private static TrainOptions options(Unmatched unmatched, ProblemType kind) {
    return new TrainOptions(
        new ScoreOptions.Model("m", Optional.empty(), Optional.empty()),
        Optional.of("e"),
        SourceOptions.of("e"),
        TruthOptions.of("t.csv"),
        new PathKey(PathKey.By.URI, Map.of()),
        Optional.ofNullable(kind),
        SplitRule.parse("none"),
        0,
        new Fit(0.01, ClassWeights.NONE),
        Tuning.NONE,
        unmatched,
        "o",
        IfExists.FAIL,
        0.1,
        new TreeMap<>());
  }
}
