package io.labelmill.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.PythonFixture;
import io.labelmill.cluster.JobProcess;
import io.labelmill.cluster.SparkJars;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinySegmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notebooks run from top to bottom, on what {@code jobs/demo} leaves. */
class NotebooksIT {
  private static final String NBCONVERT = "jupyter-nbconvert";
  private static final String PYSPARK = "pyspark-4.1";
  private static final int TRIES = 6;
  private static final Pattern FRACTION = Pattern.compile("-?\\d+\\.\\d+");

  /** Pictures are drawn and stored by the JDK, and not by every one alike to the last bit. */
  private static final Offset<Double> DRAWN = Offset.offset(0.05);

  @TempDir static Path folder;

  @BeforeAll
  static void demonstrate() throws IOException {
    if (!isInstalled() && PythonFixture.interpreter(PYSPARK).isEmpty()) {
      return;
    }
    String output = folder.resolve("target/demo").toString();
    JobProcess demo = JobProcess.run("demo", Map.of(), List.of("--output", output));
    assertThat(demo.exitCode()).as(demo.err()).isZero();
    assertThat(demo.err())
        .as("of unfinished modules of Java, and of native libraries")
        .doesNotContain("incubator", "InstanceBuilder");
    drawForSegments(folder.resolve("target/demo/segment"));
    Files.createSymbolicLink(
        folder.resolve("target/labelmill-0-app.jar"), SparkJars.application().toAbsolutePath());
    Files.createDirectories(folder.resolve("notebooks"));
    for (Path file : Notebook.files()) {
      Files.copy(file, folder.resolve("notebooks").resolve(file.getFileName()));
    }
  }

  /** In the place of {@code jobs/demo segment}, whose fit takes a minute: random weights. */
  private static void drawForSegments(Path segment) {
    new FridgePictures(3, 2).write(segment.resolve("tested"));
    List<String> labels = List.of("fridge", "can", "carton");
    float[] weight = new float[TinySegmenter.FEATURES * labels.size()];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i * 37 % 101 / 101f - 0.5f;
    }
    new TinySegmenter(7)
        .write(segment.resolve("tiny-upernet"), labels, weight, new float[labels.size()]);
  }

  /** Whether notebooks can be run here; one loud line where they can't. */
  private static boolean isInstalled() {
    for (String path : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(path, NBCONVERT))) {
        return true;
      }
    }
    System.err.println(
        "WARNING: no "
            + NBCONVERT
            + " is installed: notebooks are not run."
            + " On Debian: apt-get install jupyter-nbconvert jupyter-client python3-ipykernel");
    return false;
  }

  /** What a notebook is run with: Java's by the Jupyter of this machine, Python's by its own. */
  private static Optional<Map<String, String>> environment(Notebook notebook) {
    if (!notebook.isPython()) {
      return isInstalled() ? Optional.of(Map.of()) : Optional.empty();
    }
    return PythonFixture.interpreter(PYSPARK)
        .map(python -> Map.of("PATH", python.getParent() + ":" + System.getenv("PATH")));
  }

  static List<Path> notebooks() {
    return Notebook.files();
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void itRunsAndGivesTheOutputsThatItIsCommittedWith(Path committed) throws IOException {
    Notebook notebook = Notebook.read(committed);
    Optional<Map<String, String>> environment = environment(notebook);
    Assumptions.assumeTrue(environment.isPresent(), "what runs it is not installed");
    Path copy = folder.resolve("notebooks").resolve(committed.getFileName());
    JobProcess run = execute(copy, environment.get());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(SparkJars.project().resolve("target/notebook/kernels/labelmill/kernel.json"))
        .content()
        .as("what an archive of Spark's classes holds for")
        .contains("\"-cp\", \"" + SparkJars.classPath() + ":");

    List<Notebook.Cell> expected = notebook.cells();
    List<Notebook.Cell> cells = Notebook.read(copy).cells();
    assertThat(cells).hasSameSizeAs(expected).noneMatch(Notebook.Cell::failed);
    for (int i = 0; i < cells.size(); i++) {
      if (!expected.get(i).varies()) {
        assertAgrees(cells.get(i), expected.get(i));
      }
    }
  }

  /** A kernel that loses its first request, as it may on a busy machine, is started again. */
  private static JobProcess execute(Path notebook, Map<String, String> environment) {
    List<String> line =
        List.of(
            "nbconvert",
            "--to",
            "notebook",
            "--execute",
            "--inplace",
            "--ExecutePreprocessor.startup_timeout=60",
            notebook.toString());
    JobProcess run = JobProcess.run("notebook", environment, line);
    for (int tries = 1; tries < TRIES && run.err().contains("Kernel didn't respond"); tries++) {
      run = JobProcess.run("notebook", environment, line);
    }
    return run;
  }

  private static void assertAgrees(Notebook.Cell cell, Notebook.Cell expected) {
    List<String> texts = cell.outputs().stream().map(NotebooksIT::text).toList();
    List<String> others = expected.outputs().stream().map(NotebooksIT::text).toList();
    assertThat(texts.stream().map(NotebooksIT::withoutFractions).toList())
        .as(cell.source())
        .isEqualTo(others.stream().map(NotebooksIT::withoutFractions).toList());
    List<Double> fractions = fractions(String.join(" ", texts));
    List<Double> otherFractions = fractions(String.join(" ", others));
    for (int i = 0; i < fractions.size(); i++) {
      assertThat(fractions.get(i)).as(cell.source()).isCloseTo(otherFractions.get(i), DRAWN);
    }
  }

  /** Without pictures and their names, and without what aligns the columns of tables. */
  private static String text(String output) {
    return output
        .replaceAll(" (title|alt)=\"[^\"]*\"", "")
        .replaceAll("base64,[A-Za-z0-9+/=\\s]+", "base64,")
        .replaceAll("-{2,}|\\s+", " ")
        .strip();
  }

  private static String withoutFractions(String text) {
    return FRACTION.matcher(text).replaceAll("#");
  }

  private static List<Double> fractions(String text) {
    List<Double> fractions = new ArrayList<>();
    Matcher matcher = FRACTION.matcher(text);
    while (matcher.find()) {
      fractions.add(Double.parseDouble(matcher.group()));
    }
    return fractions;
  }

  @Test
  void helpTellsTheForm() {
    JobProcess help = JobProcess.run("notebook", Map.of(), List.of("--help"));
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: jobs/notebook [JUPYTER COMMAND [options]]");
  }

  @Test
  void whatIsMissingIsNamed() {
    JobProcess none = JobProcess.run("notebook", Map.of(), List.of("nonsense", "--help"));
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err())
        .contains("labelmill: no jupyter-nonsense found: install it, or name another");
    JobProcess submit = JobProcess.run("notebook", Map.of(), List.of("--", "--num-executors", "2"));
    assertThat(submit.exitCode()).isEqualTo(1);
    assertThat(submit.err())
        .contains("jobs/notebook runs without spark-submit and has no use for --num-executors");
  }
}
