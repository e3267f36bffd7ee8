package io.labelmill.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OptionTest {
  private enum Ending {
    AT_ONCE,
    LATER
  }

  private static final Option<Integer> COUNT =
      Option.withDefault("--most-images", "N", "images", Reader.integer(1, 9), "5");
  private static final Option<Ending> ENDING = Option.choice("--ending", "end", Ending.AT_ONCE);
  private static final Option<Optional<String>> NAME =
      Option.optional("--name", "NAME", "name", Reader.text()).orElse("that of the folder");
  private static final Option<Double> SHARE =
      Option.optional("--share", "S", "share", Reader.fraction(), 0.0);
  private static final Option<List<String>> WORDS = Option.repeatable("--word", "W", "words");
  private static final Option<Long> LIMIT = Option.toggle("--all", "all of them", 100L, 10L);

  private static Values values(String... words) {
    Map<String, List<String>> given = new HashMap<>();
    for (int i = 0; i < words.length; i += 2) {
      given.put(words[i], List.of(words[i + 1].split("\\+", -1)));
    }
    return new Values() {
      @Override
      protected Optional<Given> given(Option<?> option) {
        return Optional.ofNullable(given.get(option.name()))
            .map(texts -> new Given(texts, option.name()));
      }
    };
  }

  @Test
  void aDefaultIsSaidOnceAsAUserWouldWriteIt() {
    Values none = values();
    assertThat(none.get(COUNT)).isEqualTo(5);
    assertThat(none.get(ENDING)).isEqualTo(Ending.AT_ONCE);
    assertThat(none.get(NAME)).isEmpty();
    assertThat(none.get(SHARE)).isEqualTo(0.0);
    assertThat(none.get(WORDS)).isEmpty();
    assertThat(none.get(LIMIT)).isEqualTo(10L);
    assertThat(COUNT.defaultValue()).contains("5");
    assertThat(LIMIT.defaultValue()).contains("false");
    assertThat(NAME.defaultText()).contains("that of the folder");
    assertThat(NAME.defaultValue()).as("words for it, and no value").isEmpty();
    assertThat(SHARE.defaultText()).isEmpty();
    assertThatThrownBy(() -> Option.withDefault("--n", "N", "images", Reader.integer(1, 9), "10"))
        .hasMessage("--n is 10: it must be 1 to 9");
  }

  @Test
  void valuesAreReadAsTheirTypes() {
    Values given =
        values(
            "--most-images",
            " 7 ",
            "--ending",
            "later",
            "--name",
            "a b",
            "--share",
            "1",
            "--word",
            "x+y",
            "--all",
            "true");
    assertThat(given.get(COUNT)).isEqualTo(7);
    assertThat(given.get(ENDING)).isEqualTo(Ending.LATER);
    assertThat(given.get(NAME)).contains("a b");
    assertThat(given.get(SHARE)).isEqualTo(1.0);
    assertThat(given.get(WORDS)).containsExactly("x", "y");
    assertThat(given.get(LIMIT)).isEqualTo(100L);
    assertThat(given.isGiven(COUNT)).isTrue();
    assertThat(given.isWrong(COUNT)).isFalse();
    given.throwIfWrong();
  }

  @Test
  void allThatIsWrongIsToldOnce() {
    Values wrong =
        values(
            "--most-images", "10", "--ending", "latr", "--name", " ", "--share", "x", "--all", "1");
    for (int time = 0; time < 2; time++) {
      assertThat(wrong.get(COUNT)).isEqualTo(5);
      assertThat(wrong.get(ENDING)).isEqualTo(Ending.AT_ONCE);
      assertThat(wrong.get(NAME)).isEmpty();
      assertThat(wrong.get(SHARE)).isEqualTo(0.0);
      assertThat(wrong.get(LIMIT)).isEqualTo(10L);
    }
    wrong.refuse(List.of(WORDS, SHARE), "without --much: leave it out");
    assertThat(wrong.isWrong(COUNT)).isTrue();
    assertThatThrownBy(wrong::throwIfWrong)
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "--most-images is 10: it must be 1 to 9",
                        "--ending is latr: it must be at-once or later. Did you mean later?",
                        "--name is empty",
                        "--share is x, not a number",
                        "--all is 1: write true or false",
                        "--share changes nothing without --much: leave it out"));
  }

  @Test
  void numbersHaveTheirRange() {
    assertThat(problem(Reader.wholeNumber(1, Long.MAX_VALUE), "0"))
        .isEqualTo("--n is 0: it must be 1 or more");
    assertThat(problem(Reader.integer(0, 9), "1.5")).isEqualTo("--n is 1.5, not a whole number");
    assertThat(problem(Reader.fraction(), "1.1")).isEqualTo("--n is 1.1: it must be 0 to 1");
    assertThat(problem(Reader.atLeast(0), "-1")).isEqualTo("--n is -1: it must be 0 or more");
    assertThat(problem(Reader.atLeast(0), "Infinity"))
        .isEqualTo("--n is Infinity: it must be 0 or more");
    assertThat(problem(Reader.fraction(), "NaN")).isEqualTo("--n is NaN: it must be 0 to 1");
    assertThat(Reader.wholeNumber(1, 10_000).read(new Given(List.of("1_000"), "--n")))
        .isEqualTo(1_000);
  }

  private static String problem(Reader<?> reader, String text) {
    try {
      return "none: " + reader.read(new Given(List.of(text), "--n"));
    } catch (UsageException e) {
      return e.problems().get(0);
    }
  }

  @Test
  void aCommandMayHaveOtherWordsForTheSame() {
    assertThat(COUNT.meaning("pictures")).isEqualTo(COUNT);
    assertThat(values("--most-images", "2").get(COUNT.meaning("pictures"))).isEqualTo(2);
    assertThat(Option.withDefault("--most-images", "N", "images", Reader.integer(1, 9), "5"))
        .as("of the same name, and read in its own way")
        .isNotEqualTo(COUNT);
    assertThat(COUNT.param()).isEqualTo("mostImages");
    assertThat(COUNT.named("--fewest-images").param()).isEqualTo("fewestImages");
  }

  @Test
  void aProgramSaysValuesOfTheirTypes() {
    Settings settings = new Settings().with(COUNT, 3);
    Settings more = settings.with(NAME, Optional.of("x")).with(COUNT, 4);
    assertThat(settings.<Integer>as(values -> values.get(COUNT))).isEqualTo(3);
    assertThat(more.get(COUNT)).isEqualTo(4);
    assertThat(more.get(NAME)).contains("x");
    assertThat(more.get(ENDING)).isEqualTo(Ending.AT_ONCE);
    assertThat(settings.isGiven(NAME)).isFalse();
    assertThatThrownBy(
            () ->
                more.as(
                    values -> {
                      values.problem("one");
                      throw new UsageException("two");
                    }))
        .isInstanceOfSatisfying(
            UsageException.class, e -> assertThat(e.problems()).containsExactly("one", "two"));
  }
}
