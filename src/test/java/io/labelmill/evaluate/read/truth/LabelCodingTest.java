package io.labelmill.evaluate.read.truth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What labels of a truth stand for, by their values and by the labels of the model. */
class LabelCodingTest {
  private static final List<String> FOUR = List.of("can", "carton", "milk bottle", "water");

  // --- zeros and ones ---------------------------------------------------------------------

  @Test
  void aZeroOrOneForEachLabel() {
    for (List<?> cells :
        List.of(
            List.of(List.of(1L, 1L, 0L, 0L), List.of(0L, 0L, 0L, 1L)),
            List.of(List.of(1.0, 1.0, 0.0, 0.0), List.of(0.0, 0.0, 0.0, 1.0)),
            List.of(List.of(true, true, false, false), List.of(false, false, false, true)),
            List.of("[1, 1, 0, 0]", "[0, 0, 0, 1]"),
            List.of("1 1 0 0", "0 0 0 1"),
            List.of("1,1,0,0", "0,0,0,1"))) {
      LabelCoding coding = coding(FOUR, cells);
      assertThat(coding.hasIndices()).as("%s", cells).isTrue();
      assertThat(coding.labels(cells.get(0))).as("%s", cells).containsExactly("0", "1");
      assertThat(coding.labels(cells.get(1))).as("%s", cells).containsExactly("3");
      assertThat(coding.count(look(cells))).isEqualTo(4);
      assertThat(coding.isMultiLabel(look(cells))).isTrue();
      assertThat(coding.detail()).isEqualTo("a 0 or 1 for each label (multi-hot)");
    }
  }

  @Test
  void oneOneInEachIsOneLabel() {
    List<?> cells = List.of(List.of(1, 0, 0, 0), List.of(0, 0, 1, 0));
    assertThat(coding(FOUR, cells).isMultiLabel(look(cells))).isFalse();
  }

  @Test
  void listsOfIndices() {
    List<?> cells = List.of(List.of(0, 1), List.of(3), List.of());
    LabelCoding coding = coding(FOUR, cells);
    assertThat(coding.labels(cells.get(0))).containsExactly("0", "1");
    assertThat(coding.labels(cells.get(1))).containsExactly("3");
    assertThat(coding.labels(cells.get(2))).isEmpty();
    // Fewer than there are labels, and none twice.
    List<?> pairs = List.of(List.of(0, 1), List.of(0, 1));
    assertThat(coding(FOUR, pairs).labels(pairs.get(0))).containsExactly("0", "1");
    // Of one object each, and two of the same label.
    List<?> objects = List.of(List.of(2, 2, 0), List.of(1));
    assertThat(coding(FOUR, objects).labels(objects.get(0))).containsExactly("2", "2", "0");
  }

  @Test
  void twoLabelsInBothOrders() {
    List<?> cells = List.of(List.of(0, 1), List.of(1, 0));
    LabelCoding coding = coding(List.of("a", "b"), cells);
    assertThat(coding.labels(cells.get(0))).containsExactly("1");
    assertThat(coding.labels(cells.get(1))).containsExactly("0");
  }

  @Test
  void whatCanBeBothIsRefused() {
    String twoWays =
        "The truth t.csv has in its column labels lists of zeros and ones that can be taken two"
            + " ways, as label indices or as a 0 or 1 for each label: give the names of labels, or"
            + " put indices into a column label_index.";
    assertRefused(List.of("a", "b"), List.of(List.of(0, 1), List.of(0, 1)), twoWays);
    assertRefused(List.of("a"), List.of(List.of(0), List.of(0)), twoWays);
    assertThat(coding(List.of("a"), List.of(List.of(0), List.of(1))).labels(List.of(1)))
        .containsExactly("0");
    assertThat(
            LabelCoding.of(
                    column("label_index"),
                    look(List.of(List.of(0, 1))),
                    Optional.of(known(List.of("a", "b"))))
                .labels(List.of(0, 1)))
        .containsExactly("0", "1");
  }

  @Test
  void asManyPlacesAsLabels() {
    assertRefused(
        FOUR,
        List.of(List.of(0, 1, 0), List.of(1, 1, 0)),
        "The truth t.csv has in its column labels lists of zeros and ones, a place for each label"
            + " as it seems of 3, but the model has 4 labels: give the names of labels, or a column"
            + " for each of them.");
    assertRefused(
        FOUR,
        List.of(List.of(true, false), List.of(true)),
        "The truth t.csv has in its column labels lists of zeros and ones, a place for each label"
            + " as it seems, but they are not of one length: give the names of labels, or a column"
            + " for each of them.");
  }

  @Test
  void sharesOfLabelsAreRefused() {
    assertRefused(
        FOUR,
        List.of(List.of(0.3, 0.7, 0, 0), List.of(1, 0, 0, 0)),
        "The truth t.csv has in its column labels labels that are no whole numbers, such as 0.3,"
            + " 0.7: a label is there or is not. Give names, indices, or a 0 or 1 for each"
            + " label.");
  }

  // --- numbers ----------------------------------------------------------------------------

  @Test
  void numbersInATextAreIndices() {
    LabelCoding coding = coding(FOUR, List.of("0", "3", "1.0"));
    assertThat(coding.hasIndices()).isTrue();
    assertThat(coding.labels("3")).containsExactly("3");
    assertThat(coding.labels("1.0")).containsExactly("1");
    assertThat(coding.detail()).isEqualTo("numbers taken as label indices");
    LabelCoding several = coding(FOUR, List.of("0 3", "1"));
    assertThat(several.labels("0 3")).containsExactly("0", "3");
    assertThat(several.labels("1")).containsExactly("1");
  }

  @Test
  void numbersThatAreNamesAreNames() {
    LabelCoding coding = coding(List.of("1", "2", "7"), List.of("7", "1"));
    assertThat(coding.hasIndices()).isFalse();
    assertThat(coding.labels("7")).containsExactly("7");
    // Where nobody knows labels, as in a training, texts are names.
    assertThat(
            LabelCoding.of(column("label"), look(List.of("0", "3")), Optional.empty()).hasIndices())
        .isFalse();
  }

  @Test
  void numbersOutsideOfTheModelAreRefused() {
    assertRefused(
        FOUR,
        List.of(1, 2, 4),
        "The truth t.csv has in its column labels label indices that the model does not have: 4."
            + " Its indices are 0 to 3, not from 1 up: give the names of labels, or map these with"
            + " --label-map.");
    assertRefused(
        FOUR,
        List.of("0", "17"),
        "The truth t.csv has in its column labels label indices that the model does not have: 17."
            + " Its indices are 0 to 3: give the names of labels, or map these with --label-map.");
    assertRefused(
        FOUR, List.of(List.of(0, 9), List.of(-1)), "that the model does not have: -1, 9.");
  }

  @Test
  void aNumberThatIsTheNameOfAnotherLabelIsRefused() {
    assertRefused(
        List.of("2", "0", "1"),
        List.of(0, 1),
        "The truth t.csv has in its column labels numbers that are indices and names of the model's"
            + " labels at once, such as 0, 1: put indices into a column label_index, or give names"
            + " as texts.");
    assertThat(coding(List.of("0", "1", "2"), List.of(0, 1)).hasIndices()).isTrue();
  }

  @Test
  void classesThatTheFileNames() {
    LabelColumn column =
        new LabelColumn(
            "t.csv",
            "label",
            Optional.empty(),
            TextSplit.NONE,
            Optional.of(List.of("water", "can")));
    LabelCoding coding = LabelCoding.of(column, look(List.of(1, 0, -1)), Optional.of(known(FOUR)));
    assertThat(coding.hasIndices()).isFalse();
    assertThat(coding.labels(1)).containsExactly("can");
    assertThat(coding.labels(List.of(0, 1))).containsExactly("water", "can");
    assertThat(coding.labels(-1)).isEmpty();
    assertThatThrownBy(() -> LabelCoding.of(column, look(List.of(0, 2)), Optional.empty()))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The truth t.csv has in its column label label indices that are none of its 2 classes:"
                + " 2.");
  }

  // --- texts ------------------------------------------------------------------------------

  @Test
  void whatStandsBetweenNamesIsFoundByTheModelsLabels() {
    for (String separator : List.of("|", ";", ", ", ",", " | ")) {
      String cell = "can" + separator + "milk bottle";
      assertThat(coding(FOUR, List.of(cell, "water")).labels(cell))
          .as(cell)
          .containsExactly("can", "milk bottle");
    }
    assertThat(coding(FOUR, List.of("can carton", "water")).labels("can carton"))
        .containsExactly("can", "carton");
    assertThat(coding(FOUR, List.of("[can, milk bottle]", "[water]")).labels("[can, milk bottle]"))
        .containsExactly("can", "milk bottle");
    // In other letters they are cut too, so that each can be told.
    assertThat(coding(FOUR, List.of("Can|Carton")).labels("Can|Carton"))
        .containsExactly("Can", "Carton");
  }

  @Test
  void aTextThatIsALabelStaysWhole() {
    List<String> imageNet = List.of("tench, Tinca tinca", "maillot", "maillot, tank suit", "[x]");
    for (String name : imageNet) {
      assertThat(coding(imageNet, imageNet).labels(name)).containsExactly(name);
    }
    assertThat(coding(FOUR, List.of("milk bottle", "can")).labels("milk bottle"))
        .containsExactly("milk bottle");
    assertThat(coding(FOUR, List.of("bottle of milk")).labels("bottle of milk"))
        .containsExactly("bottle of milk");
  }

  @Test
  void withoutAModelOnlyWhatNoNameHoldsSeparates() {
    assertThat(training("can|carton", "can").labels("can|carton")).containsExactly("can", "carton");
    assertThat(training("can;carton", "can").detail()).isEqualTo("labels separated by ;");
    assertThat(training("tench, Tinca tinca", "red car", "blue car", "red bus").labels("red car"))
        .containsExactly("red car");
    assertThatThrownBy(() -> training("can, carton", "carton, can, milk", "milk"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The truth t.csv has in its column labels labels that may be several with , between"
                + " them, or one whose name holds it: say --label-separator ',' for several, or name"
                + " anything that stands in none of them for one.");
    assertThatThrownBy(() -> training("can carton", "carton", "can"))
        .hasMessageContaining("several with white space between them")
        .hasMessageContaining("say --label-separator ' ' for several");
    LabelColumn given =
        new LabelColumn(
            "t.csv", "labels", Optional.of(TextSplit.of(",")), TextSplit.NONE, Optional.empty());
    LabelCoding coding =
        LabelCoding.of(given, look(List.of("can, carton", "carton, can")), Optional.empty());
    assertThat(coding.labels("can, carton")).containsExactly("can", "carton");
  }

  @Test
  void listsInTexts() {
    List<?> cells = List.of("['can', 'carton']", "['milk bottle']", "water");
    LabelCoding coding = coding(FOUR, cells);
    assertThat(coding.labels(cells.get(0))).containsExactly("can", "carton");
    assertThat(coding.labels("water")).containsExactly("water");
    assertThat(coding.isMultiLabel(look(cells))).isTrue();
    assertThat(coding.count(look(cells))).isEqualTo(4);
  }

  @Test
  void nothingAtAll() {
    List<?> cells = Arrays.asList(null, "", List.of());
    assertThat(coding(FOUR, cells).labels("")).isEmpty();
    assertThat(coding(FOUR, cells).count(look(cells))).isZero();
  }

  private static LabelCoding training(Object... cells) {
    return LabelCoding.of(column("labels"), look(Arrays.asList(cells)), Optional.empty());
  }

  private static void assertRefused(List<String> labels, List<?> cells, String message) {
    assertThatThrownBy(() -> coding(labels, cells))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  private static LabelCoding coding(List<String> labels, List<?> cells) {
    return LabelCoding.of(column("labels"), look(cells), Optional.of(known(labels)));
  }

  private static LabelColumn column(String name) {
    return new LabelColumn("t.csv", name, Optional.empty(), TextSplit.NONE, Optional.empty());
  }

  /** Over two parts, as Spark has it. */
  private static TruthLook look(List<?> cells) {
    TruthLook first = new TruthLook();
    TruthLook second = new TruthLook();
    for (int i = 0; i < cells.size(); i++) {
      (i % 2 == 0 ? first : second).add(i + ".jpg", cells.get(i));
    }
    return first.sum(second);
  }

  private static KnownLabels known(List<String> labels) {
    return new KnownLabels(LabelUniverse.of(labels), TruthNames.none());
  }
}
