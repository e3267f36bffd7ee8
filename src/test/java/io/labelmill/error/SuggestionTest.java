package io.labelmill.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
  private static final List<String> OPTIONS =
      List.of("--top-k", "--output", "--output-format", "--scores");

  @ParameterizedTest
  @CsvSource({
    "--topk, --top-k",
    "--otuput, --output",
    "--outputformat, --output-format",
    "--SCORE, --scores",
    "--banana, ",
    "x, ",
  })
  void theNearestWordIsSuggested(String word, String expected) {
    assertThat(Suggestion.nearest(word, OPTIONS).orElse(null)).isEqualTo(expected);
  }

  @Test
  void theSentenceIsEmptyWithoutASuggestion() {
    assertThat(Suggestion.didYouMean("--topk", OPTIONS)).isEqualTo(" Did you mean --top-k?");
    assertThat(Suggestion.didYouMean("--banana", OPTIONS)).isEmpty();
  }
}
