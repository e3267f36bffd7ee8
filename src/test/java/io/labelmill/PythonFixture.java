package io.labelmill;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Pythons with pinned packages, as {@code .ci/setup} makes them of {@code src/test/python}. */
public final class PythonFixture {
  private PythonFixture() {}

  /** The interpreter that reads tables; empty, with one loud line, where it was not made. */
  public static Optional<Path> interpreter() {
    return interpreter("python");
  }

  /**
   * The interpreter of an environment; empty, with one loud line, where it was not made.
   *
   * @param name of its folder in {@code target}
   */
  public static Optional<Path> interpreter(String name) {
    Path python = Path.of("target", name, "bin", "python");
    if (Files.isExecutable(python)) {
      return Optional.of(python.toAbsolutePath());
    }
    System.err.println(
        "WARNING: there is no " + python + ": tests in Python do not run. .ci/setup makes it.");
    return Optional.empty();
  }

  /** Runs a script of {@code src/test/python}, and gives what it prints. */
  public static String run(Path interpreter, String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(List.of(interpreter.toString(), "src/test/python/" + script));
    words.addAll(List.of(arguments));
    Path errors = Files.createTempFile("python", ".err");
    Process process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
    try {
      String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(script + " failed: " + Files.readString(errors));
      }
      return printed;
    } finally {
      Files.delete(errors);
    }
  }
}
