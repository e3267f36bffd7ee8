package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.read.truth.LabelledImages.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SplitTest {
  @Test
  void everyFifthIsThatOfThePublicSamples() {
    List<LabelledPath> examples = examples(12);
    assertThat(tested(examples, Order.ROWS, "every-fifth", 0))
        .as("rows of labels.csv, the header being row 0")
        .containsExactly("4", "9");
    assertThat(tested(examples, Order.PATHS, "every-fifth", 0))
        .as("files of folders, counted from 0")
        .containsExactly("0", "5", "10");
  }

  @Test
  void withoutARuleAllAreTrainedOn() {
    assertThat(tested(examples(7), Order.ROWS, "none", 0)).isEmpty();
  }

  @Test
  void aShareIsTakenOfEachCombinationOfLabelsAndTheSeedChooses() {
    List<LabelledPath> examples = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      examples.add(example(i, i < 60 ? List.of(0) : List.of(0, 1), "sha" + i));
    }
    List<String> tested = tested(examples, Order.ROWS, "0.2", 1);
    assertThat(tested).hasSize(18);
    assertThat(tested.stream().filter(key -> Integer.parseInt(key) < 60).count()).isEqualTo(12);
    assertThat(tested(examples, Order.ROWS, "0.2", 1)).isEqualTo(tested);
    assertThat(tested(examples, Order.ROWS, "0.2", 2)).isNotEqualTo(tested);
    assertThat(tested(examples, Order.ROWS, "0.999", 1)).hasSize(90);
  }

  @Test
  void aColumnTellsTheParts() {
    List<LabelledPath> examples = new ArrayList<>();
    String[] values = {"train", "Test", "validation", " TRAINING ", "val"};
    for (int i = 0; i < values.length; i++) {
      examples.add(
          new LabelledPath("" + i, "/p/" + i, List.of(0), "sha" + i, Optional.of(values[i])));
    }
    assertThat(tested(examples, Order.ROWS, "column:part", 0)).containsExactly("1", "2", "4");
  }

  @Test
  void aColumnOfSomethingElseIsTold() {
    List<LabelledPath> examples =
        List.of(
            new LabelledPath("a", "/p/a", List.of(0), "1", Optional.of("both")),
            new LabelledPath("b", "/p/b", List.of(0), "2", Optional.empty()),
            new LabelledPath("c", "/p/c", List.of(0), "3", Optional.of("train")),
            new LabelledPath("d", "/p/d", List.of(0), "3", Optional.of("test")));
    assertThatThrownBy(() -> Split.of(examples, Order.ROWS, SplitRule.parse("column:part"), 0))
        .isInstanceOfSatisfying(
            InputException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "The column part of the truth must hold train or test (or validation), but 2"
                            + " rows hold something else: both (/p/a), (null) (/p/b)",
                        "The column part puts the same image into both parts 1 times, so that the"
                            + " test would tell nothing: /p/c = /p/d. Put copies into one part."));
  }

  @Property(tries = 200)
  void copiesAreNeverParted(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 8) Integer> contents,
      @ForAll @DoubleRange(min = 0.05, max = 0.95) double share,
      @ForAll long seed) {
    List<LabelledPath> examples = new ArrayList<>();
    for (int i = 0; i < contents.size(); i++) {
      examples.add(example(i, List.of(i % 3), "sha" + contents.get(i)));
    }
    for (String rule : List.of("every-fifth", Double.toString(share))) {
      Map<String, Purpose> parts = Split.of(examples, Order.ROWS, SplitRule.parse(rule), seed);
      assertThat(parts).hasSameSizeAs(examples);
      for (LabelledPath one : examples) {
        for (LabelledPath other : examples) {
          if (one.sha256().equals(other.sha256())) {
            assertThat(parts.get(one.key())).isEqualTo(parts.get(other.key()));
          }
        }
      }
    }
  }

  @Test
  void rulesAreReadAndWrongOnesTold() {
    for (String text : List.of("none", "every-fifth", "column:part", "0.25")) {
      assertThat(SplitRule.parse(text).text()).isEqualTo(text);
    }
    for (String text : List.of("0", "1", "-0.1", "NaN", "fifth", "column:")) {
      assertThatThrownBy(() -> SplitRule.parse(text))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              "--split is "
                  + text
                  + ": it must be none, every-fifth, column:NAME, or the share of test images, above"
                  + " 0 and below 1");
    }
  }

  private static List<LabelledPath> examples(int count) {
    List<LabelledPath> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      examples.add(example(i, List.of(0), "sha" + i));
    }
    return examples;
  }

  private static LabelledPath example(int number, List<Integer> labels, String sha256) {
    return new LabelledPath("" + number, "/p/" + number, labels, sha256, Optional.empty());
  }

  private static List<String> tested(
      List<LabelledPath> examples, Order order, String rule, long seed) {
    Map<String, Purpose> parts = Split.of(examples, order, SplitRule.parse(rule), seed);
    return examples.stream()
        .map(LabelledPath::key)
        .filter(key -> parts.get(key) == Purpose.TEST)
        .toList();
  }
}
