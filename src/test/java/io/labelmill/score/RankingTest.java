package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RankingTest {
  @Test
  void equalScoresKeepTheLowerIndexFirst() {
    assertThat(new Ranking(3).top(new float[] {0.1f, 0.4f, 0.2f, 0.4f, 0.4f}))
        .containsExactly(1, 3, 4);
    assertThat(new Ranking(2).top(new float[] {1f, 1f, 1f, 1f})).containsExactly(0, 1);
  }

  @Test
  void saturatedSigmoidsAreTies() {
    float[] scores = new float[3];
    Activation.SIGMOID.apply(new float[] {40f, 90f, 60f}, scores);
    assertThat(scores).containsExactly(1f, 1f, 1f);
    assertThat(new Ranking(2).top(scores)).containsExactly(0, 1);
  }

  @Test
  void zerosOfBothSignsAreTies() {
    assertThat(new Ranking(2).top(new float[] {-0f, 0f})).containsExactly(0, 1);
  }

  @Test
  void serves21841Classes() {
    float[] scores = new float[21_841];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (i * 7919) % 9_973;
    }
    assertThat(new Ranking(5).top(scores)).containsExactly(sorted(scores, 5));
    assertThat(new Ranking(21_841).top(scores)).containsExactly(sorted(scores, 21_841));
  }

  @Test
  void isUsedAgain() {
    Ranking ranking = new Ranking(2);
    assertThat(ranking.top(new float[] {9f, 8f, 7f})).containsExactly(0, 1);
    assertThat(ranking.top(new float[] {1f, 2f, 3f})).containsExactly(2, 1);
  }

  @Test
  void kIsBetweenOneAndTheNumberOfScores() {
    assertThatThrownBy(() -> new Ranking(0)).hasMessage("k is 0, not at least 1");
    assertThatThrownBy(() -> new Ranking(3).top(new float[2]))
        .hasMessage("k is 3, but there are 2 scores");
  }

  @Property
  void equalsAStableSort(
      @ForAll("scores") float[] scores, @ForAll @IntRange(min = 1, max = 60) int k) {
    int top = Math.min(k, scores.length);
    assertThat(new Ranking(top).top(scores)).containsExactly(sorted(scores, top));
  }

  /** Few different values, so that ties are common. */
  @Provide
  Arbitrary<float[]> scores() {
    return Arbitraries.of(0f, 0.25f, 0.5f, 0.75f, 1f, -3f, Float.MIN_VALUE)
        .array(float[].class)
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  private static int[] sorted(float[] scores, int k) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> scores[i]).reversed())
        .mapToInt(i -> i)
        .limit(k)
        .toArray();
  }
}
