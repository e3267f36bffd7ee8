package io.labelmill.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserExceptionTest {
  @Test
  void aMistakeIsFoundAmongTheCauses() {
    InputException mistake = new InputException("the model gives NaN");
    Exception failure = new IllegalStateException("job aborted", new IOException(mistake));
    assertThat(UserException.in(mistake)).containsSame(mistake);
    assertThat(UserException.in(failure)).containsSame(mistake);
  }

  @Test
  void aMistakeIsFoundInTheTextOfASparkFailure() {
    String text =
        "Job aborted due to stage failure: Task 3 in stage 0.0 failed 4 times, most recent failure:"
            + " Lost task 3.3 (TID 9) (executor 1): io.labelmill.error.InputException: the model"
            + " gives NaN\nrun it with fp32\n"
            + "\tat io.labelmill.score.ScoreRows.checkFinite(ScoreRows.java:1)\n\tat more";
    assertThat(UserException.in(new RuntimeException(text)))
        .hasValueSatisfying(
            mistake -> {
              assertThat(mistake).isInstanceOf(InputException.class);
              assertThat(mistake).hasMessage("the model gives NaN\nrun it with fp32");
              assertThat(mistake.exitCode()).isEqualTo(2);
            });
    String usage = "Lost task: io.labelmill.error.UsageException: wrong";
    assertThat(UserException.in(new RuntimeException(usage)))
        .hasValueSatisfying(mistake -> assertThat(mistake.exitCode()).isEqualTo(1));
  }

  @Test
  void aBugIsNoMistake() {
    assertThat(UserException.in(new NullPointerException())).isEmpty();
    assertThat(UserException.in(new RuntimeException("io.labelmill.error.Other: x"))).isEmpty();
  }

  @Test
  void allProblemsAreKept() {
    UsageException mistake = new UsageException(List.of("first", "second"));
    assertThat(mistake.problems()).containsExactly("first", "second");
    assertThat(mistake).hasMessage("first" + System.lineSeparator() + "second");
  }

  @Test
  void severalMistakesAreOne() {
    InputException input = new InputException("no such model");
    UsageException usage = new UsageException(List.of("wrong glob", "wrong time"));
    assertThat(UserException.of(List.of(input, input)).exitCode()).isEqualTo(2);
    assertThat(UserException.of(List.of(input, usage)))
        .isInstanceOf(UsageException.class)
        .extracting(UserException::problems)
        .isEqualTo(List.of("no such model", "wrong glob", "wrong time"));
  }
}
