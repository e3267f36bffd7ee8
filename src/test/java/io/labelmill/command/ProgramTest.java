package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.error.Cause;
import io.labelmill.error.OutageException;
import io.labelmill.option.Option;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProgramTest {
  /** Command lines that lack nothing but what is added to them. */
  private static final List<String> SCORE =
      List.of("score", "--model", "m", "--input", "i", "--output", "o");

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void wrongCommandLinesSayWhatIsWrong(List<String> line, List<String> problems) {
    Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(ended.problems()).containsExactlyElementsOf(problems);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
  }

  static Stream<Arguments> wrongCommandLinesSayWhatIsWrong() {
    return Stream.of(
        wrong(
            List.of("score"),
            "--input is missing: URI, image, folder or glob (folders are searched to any depth); or"
                + " a table of images: parquet, orc, csv, tsv, json, jsonl, ndjson, or table:NAME;"
                + " or hf://datasets/ORG/NAME[@REVISION]/PATH from the hub; several times for"
                + " several",
            "--model is missing: MODEL, Hugging Face checkpoint folder (config.json,"
                + " preprocessor_config.json, weights), on any file system that Hadoop knows; or one"
                + " with model.onnx in place of weights; or hf://ORG/NAME[@REVISION] from the hub",
            "--output is missing: URI, folder of the table that is written",
            "such as: jobs/score --model beit-base --input photos/ --output labels/ (jobs/score --help"
                + " tells all options)"),
        wrong(
            List.of("score", "photos/", "--model", "m", "--output", "o"),
            "--input is missing: URI, image, folder or glob (folders are searched to any depth); or"
                + " a table of images: parquet, orc, csv, tsv, json, jsonl, ndjson, or table:NAME;"
                + " or hf://datasets/ORG/NAME[@REVISION]/PATH from the hub; several times for"
                + " several",
            "unexpected argument photos/: images are given by name, --input photos/"),
        wrong(
            score("--topk", "3", "--thresold=0.5"),
            "unknown option --topk. Did you mean --top-k?",
            "unknown option --thresold. Did you mean --threshold?"),
        wrong(score("--frobnicate"), "unknown option --frobnicate."),
        wrong(score("--top-k"), "--top-k has no value: write --top-k K"),
        wrong(
            score("--top-k", "0", "--max-pixels", "many", "--batch-size", "2000"),
            "--top-k is 0: it must be 1 or more",
            "--max-pixels is many, not a whole number",
            "--batch-size is 2000: it must be 1 to 1024"),
        wrong(score("--top-k", "3", "--top-k", "4"), "--top-k is given twice"),
        wrong(
            score("--activation", "softmax", "--threshold", "0.4"),
            "--threshold is only for --activation sigmoid, but --activation is softmax"),
        wrong(
            score("--threshold", "1.5", "--activation", "sigmod"),
            "--activation is sigmod: it must be auto, softmax, sigmoid or none. Did you mean"
                + " sigmoid?",
            "threshold is 1.5, not between 0 and 1"),
        wrong(
            score("--max-failed-fraction", "10%", "--sample", "1.5"),
            "--sample is 1.5: it must be 0 to 1",
            "--max-failed-fraction is 10%, not a number"),
        wrong(
            score("--seed", "7"),
            "--seed changes nothing without --sample: add --sample or leave it out"),
        wrong(
            score("--modified-after", "yesterday"),
            "--modified-after is yesterday, not a time: write 2026-01-31, or with a time and zone"
                + " 2026-01-31T12:00:00Z"),
        wrong(
            score("photos"),
            "unexpected argument photos: quote a value with spaces, and give options by name"),
        wrong(
            score("--config", "/nowhere/score.properties"),
            "--config /nowhere/score.properties: there is no such file"),
        wrong(score("--processor", " "), "--processor is empty"),
        wrong(List.of("model", "inspect"), "MODEL is missing"),
        wrong(
            List.of("demo", "--output", "s3://bucket/demo"),
            "--output is s3://bucket/demo: the demo works on this machine's disk, name a folder"),
        wrong(List.of("model"), "jobs/model needs a command: " + names("model ")),
        wrong(
            List.of("scor"), "unknown command scor. Did you mean score? There are: " + names("")));
  }

  private static String names(String beginning) {
    return Program.COMMANDS.stream()
        .map(Command::name)
        .filter(name -> name.startsWith(beginning))
        .collect(Collectors.joining(", "));
  }

  private static Arguments wrong(List<String> line, String... problems) {
    return Arguments.of(line, List.of(problems));
  }

  private static List<String> score(String... more) {
    List<String> line = new ArrayList<>(SCORE);
    line.addAll(List.of(more));
    return line;
  }

  @Test
  void helpTellsEveryOptionWithItsDefault() {
    for (Command command : Program.COMMANDS) {
      List<String> line = new ArrayList<>(List.of(command.name().split(" ")));
      line.add("--help");
      Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
      assertThat(ended.exitCode()).isZero();
      String text = compact(ended.out());
      for (Option<?> option : command.options()) {
        assertThat(text).contains(compact(option.name())).contains(compact(option.meaning()));
        option.defaultText().ifPresent(d -> assertThat(text).contains(compact("Default: " + d)));
      }
      command.examples().forEach(example -> assertThat(text).contains(compact(example)));
      assertThat(text).contains("--config", "--version", compact("Exit codes: 0 done; 1"));
    }
  }

  @Test
  void helpOfAGroupTellsItsCommands() {
    Ended ended = CapturedTerminal.run("model", "--help");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out())
        .contains("jobs/model inspect", "jobs/model bench")
        .doesNotContain("jobs/score");
  }

  /** On one line, with a blank where a line was broken, and so no broken word. */
  private static String compact(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  @Test
  void helpWithoutACommandListsThem() {
    for (String[] line : new String[][] {{}, {"--help"}}) {
      Ended ended = CapturedTerminal.run(line);
      assertThat(ended.exitCode()).isZero();
      assertThat(ended.out()).contains("jobs/score", "jobs/model inspect", "jobs/model verify");
    }
  }

  @Test
  void versionNamesWhatAReportNeeds() {
    Ended ended = CapturedTerminal.run("score", "--version");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out())
        .matches("Labelmill \\S+ \\(commit \\S+\\), Spark \\d\\S+, Java \\d\\S+\\R");
  }

  @Test
  void aBugEndsWithThreeAndItsName() {
    CapturedTerminal captured = new CapturedTerminal();
    Terminal broken = new Terminal(null, captured.terminal().err(), false);
    assertThat(new Program(broken).exitCode(List.of("--help"))).isEqualTo(3);
    assertThat(captured.err())
        .startsWith("labelmill: failed, and not by a mistake that it knows how to name:")
        .contains("java.lang.NullPointerException")
        .contains("\tat io.labelmill.command.Program.");
  }

  @Test
  void anErrorEndsWithThreeLikeAnyBug() {
    for (Error error : List.of(new AssertionError("odd"), new StackOverflowError())) {
      Ended ended = failing(error);
      assertThat(ended.exitCode()).isEqualTo(3);
      assertThat(ended.err())
          .startsWith("labelmill: failed, and not by a mistake")
          .contains(error.toString())
          .doesNotContain("memory");
    }
  }

  @Test
  void anOutageIsASentenceAndWhatItComesOf() {
    Ended ended =
        failing(
            new IllegalStateException(
                Cause.failure(
                    "The input s3a://a cannot be listed: Read timed out",
                    new SocketTimeoutException("Read timed out"))));
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.err())
        .startsWith("labelmill: The input s3a://a cannot be listed: Read timed out")
        .contains("java.net.SocketTimeoutException: Read timed out")
        .doesNotContain("not by a mistake")
        .as("no stack trace")
        .doesNotContain("\tat ");
    Ended alone = failing(new OutageException("no store answers"));
    assertThat(alone.exitCode()).isEqualTo(3);
    assertThat(alone.err()).isEqualToIgnoringNewLines("labelmill: no store answers");
  }

  @Test
  void withoutMemoryTheUserIsToldWhereMoreComesFrom() {
    Ended ended = failing(new OutOfMemoryError("Java heap space"));
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.problems())
        .contains("java.lang.OutOfMemoryError: Java heap space")
        .endsWith("give the driver more memory: -- --driver-memory 4g");
  }

  /** Ends a command that fails as soon as it says something. */
  private static Ended failing(Throwable failure) {
    CapturedTerminal captured = new CapturedTerminal();
    PrintStream out =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            throw sneaked(failure);
          }
        };
    Terminal terminal = new Terminal(out, captured.terminal().err(), false);
    int exitCode = new Program(terminal).exitCode(List.of("--version"));
    return new Ended(exitCode, captured.out(), captured.err());
  }

  private static RuntimeException sneaked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return (RuntimeException) failure;
  }
}
