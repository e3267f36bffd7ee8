package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnPrefixTest {
  private static final List<String> OWN =
      List.of("path", "status", "model_sha256", "settings_sha256", "run_id", "scored_at");

  @ParameterizedTest
  @ValueSource(strings = {"1a", "_a", "a-b", "a b", "ä", "a."})
  void whatIsNoBeginningOfANameIsRefused(String text) {
    assertThatThrownBy(() -> new ColumnPrefix(text))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--column-prefix is "
                + text
                + ": it must be a letter, and at most 63 more letters, digits and underscores");
    assertThatThrownBy(() -> new ColumnPrefix("a".repeat(65))).isInstanceOf(UsageException.class);
  }

  @Test
  void aNameIsThePrefixAndWhatItIsWithout() {
    assertThat(ColumnPrefix.NONE.of("label")).isEqualTo("label");
    assertThat(new ColumnPrefix("lm_").of("label")).isEqualTo("lm_label");
    assertThat(new ColumnPrefix("a".repeat(64)).of("b")).hasSize(65);
  }

  @Test
  void theColumnsOfATableTellItsPrefix() {
    assertThat(ColumnPrefix.found(OWN)).hasValue(ColumnPrefix.NONE);
    assertThat(ColumnPrefix.found(named("lm_"))).hasValue(new ColumnPrefix("lm_"));
    assertThat(ColumnPrefix.found(List.of("path", "label"))).isEmpty();
    assertThat(ColumnPrefix.found(List.of("a_settings_sha256"))).isEmpty();
    List<String> withoutPath = named("lm_");
    withoutPath.remove("lm_path");
    assertThat(ColumnPrefix.found(withoutPath))
        .as("of JSON, in which a path that is null is not written")
        .hasValue(new ColumnPrefix("lm_"));
  }

  /** A table of labels may be the input of the next model, all of its columns kept. */
  @Test
  void ofSeveralTheOneWhosePathComesFirst() {
    List<String> second = new ArrayList<>(List.of("b_path"));
    second.addAll(OWN);
    second.addAll(named("b_").subList(1, OWN.size()));
    assertThat(ColumnPrefix.found(second)).hasValue(new ColumnPrefix("b_"));
    List<String> third = new ArrayList<>(List.of("c_path"));
    third.addAll(second);
    third.addAll(named("c_").subList(1, OWN.size()));
    assertThat(ColumnPrefix.found(third)).hasValue(new ColumnPrefix("c_"));
  }

  private static List<String> named(String prefix) {
    return new ArrayList<>(Stream.of(prefix).flatMap(p -> OWN.stream().map(p::concat)).toList());
  }
}
