package io.labelmill.command;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs commands in this process and keeps what they write. */
final class CapturedTerminal {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What became of a command. */
  record Ended(int exitCode, String out, String err) {
    /** The problems shown, without the program's name in front. */
    List<String> problems() {
      return err.lines().map(line -> line.replaceFirst("^labelmill: ", "")).toList();
    }
  }

  /** A terminal that nobody watches. */
  Terminal terminal() {
    return terminal(false);
  }

  Terminal watched() {
    return terminal(true);
  }

  private Terminal terminal(boolean isInteractive) {
    return new Terminal(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        isInteractive);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Scores an input with a model, into a folder. */
  static Ended score(Path model, String input, Path output, String... more) {
    List<String> words =
        List.of(
            "score", "--model", model.toString(), "--input", input, "--output", output.toString());
    return run(Stream.concat(words.stream(), Stream.of(more)).toArray(String[]::new));
  }

  static Ended run(String... args) {
    CapturedTerminal captured = new CapturedTerminal();
    int exitCode = new Program(captured.terminal()).exitCode(List.of(args));
    return new Ended(exitCode, captured.out(), captured.err());
  }
}
