package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import io.labelmill.option.Settings;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "*.jpg, a.jpg, true",
        "*.jpg, x/a.jpg, true",
        "*.jpg, a.jpeg, false",
        "*.jpg, a.jpg/b.png, false",
        "a/*.jpg, x/a/b.jpg, true",
        "a/*.jpg, xa/b.jpg, false",
        "a/*.jpg, a/x/b.jpg, false",
        "a/**, x/a/y/b.jpg, true",
        "a/**/b.jpg, a/b.jpg, true",
        "a/**/b.jpg, a/x/y/b.jpg, true",
        "?.jpg, ä.jpg, true",
        "[a-c]?.jpg, b1.jpg, true",
        "[!a-c].jpg, b.jpg, false",
        "[!a-c].jpg, d.jpg, true",
        "\"{a,b*}.jpg\", b12.jpg, true",
        "\"{a,b*}.jpg\", c.jpg, false",
        "\\*.jpg, *.jpg, true",
        "\\*.jpg, a.jpg, false",
        "a+b (1).jpg, a+b (1).jpg, true",
      })
  void endings(String glob, String path, boolean matches) {
    assertThat(Glob.ending(glob).matches(path)).isEqualTo(matches);
  }

  @Test
  void beneathAFolderTheWholePathOrAFolderOfItMatches() {
    Glob glob = Glob.beneath("20*/x");
    assertThat(glob.matches("2024/x")).isTrue();
    assertThat(glob.matches("2024/x/y/a.jpg")).isTrue();
    assertThat(glob.matches("2024/xy")).isFalse();
    assertThat(glob.matches("a/2024/x")).isFalse();
    assertThat(glob.mayHold("2024")).isTrue();
    assertThat(glob.mayHold("2024/x/y")).isTrue();
    assertThat(glob.mayHold("2024/y")).isFalse();
    assertThat(glob.mayHold("1999")).isFalse();
    assertThat(Glob.beneath("**/a.jpg").mayHold("any/where")).isTrue();
  }

  @Test
  void globsThatAreNotClosedAreOptionErrors() {
    assertThatThrownBy(
            () ->
                new Settings()
                    .with(SourceOptions.INPUT, List.of("x"))
                    .with(SourceOptions.INCLUDE, List.of("{a,b", "*.jpg"))
                    .with(SourceOptions.EXCLUDE, List.of("[a"))
                    .with(SourceOptions.LIMIT, OptionalLong.of(0))
                    .with(SourceOptions.SAMPLE, OptionalDouble.of(1.5))
                    .with(SourceOptions.KEEP, List.of("*", "a"))
                    .as(SourceOptions::read))
        .isInstanceOf(UsageException.class)
        .satisfies(
            e ->
                assertThat(((UsageException) e).problems())
                    .containsExactly(
                        "--limit is 0: it must be 1 or more.",
                        "--sample is 1.5: it must be above 0 and at most 1.",
                        "--keep is *,a: it is either * or a list of columns.",
                        "The glob {a,b is wrong: a { has no }.",
                        "The glob [a is wrong: a [ has no ]."));
  }

  @Test
  void inputsAreNeeded() {
    assertThatThrownBy(
            () -> new Settings().with(SourceOptions.INPUT, List.of()).as(SourceOptions::read))
        .hasMessage("No input is given: name an image, a folder, a glob or a table with --input.");
    assertThatThrownBy(() -> SourceOptions.of("a", " "))
        .hasMessage("An --input is empty: name an image, a folder, a glob or a table.");
  }
}
