package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.error.InputException;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreResult;
import io.labelmill.score.ScoreTable.Column;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** {@code jobs/demo}: the whole of it on pictures that it draws itself, without a download. */
final class DemoCommand implements Command {
  static final CommandOption OUTPUT =
      optional("--output", "DIR", "folder on this machine for pictures, model and tables")
          .withDefault("target/demo");

  /** Enough to see several tasks at work, and to train a head on. */
  private static final int PICTURES = 200;

  private static final long PICTURE_SEED = 1;

  /** Of this one's random classifier, not every picture gets the same label. */
  private static final long MODEL_SEED = 15;

  private static final int SHOWN = 8;

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public String purpose() {
    return "Draws fridge pictures and labels them with a tiny untrained model; downloads nothing";
  }

  @Override
  public List<CommandOption> options() {
    return List.of(OUTPUT);
  }

  @Override
  public List<String> examples() {
    return List.of("jobs/demo", "jobs/demo --output /tmp/labelmill-demo");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.refuseOperands(0);
    Path folder = folder(arguments.text(OUTPUT).orElse("target/demo"), arguments);
    String master = SparkRun.master();
    if (!master.startsWith("local")) {
      arguments.problem(
          "the master is "
              + master
              + ", but the demo's pictures lie on this machine's disk, where its executors would not"
              + " find them: leave --master out, or write --master local[*]");
    }
    arguments.throwIfWrong();

    PrintStream out = terminal.out();
    FridgePictures pictures = new FridgePictures(PICTURES, PICTURE_SEED);
    Path images = draw(pictures, folder);
    out.printf("Drew %d pictures of a fridge: %s%n", PICTURES, images);
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(MODEL_SEED).write(model);
    out.printf("Wrote a tiny BEiT with random weights: %s%n", model);

    Path scores = folder.resolve("scores");
    try (SparkRun run = SparkRun.start("labelmill demo")) {
      SparkSession spark = run.session();
      ScoreResult result = score(spark, images, model, scores, terminal);
      out.println();
      out.print(table(spark, scores, pictures));
      out.println();
      out.print(Summary.of(result));
    }
    out.println();
    out.println("This model is untrained: its scores mean nothing, only the way to them is real.");
    out.println("Next, all scores of the same pictures as JSON:");
    out.printf(
        "  jobs/score --model %s --input %s --output %s --output-format json --scores all%n",
        quoted(model), quoted(images), quoted(folder.resolve("scores-json")));
  }

  /** The folder to work in; a complaint where it can't be one on a local disk. */
  private static Path folder(String text, Arguments arguments) {
    try {
      if (!text.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
        return Path.of(text).normalize();
      }
    } catch (InvalidPathException e) {
      // Named below with the others.
    }
    arguments.problem(
        OUTPUT.name() + " is " + text + ": the demo works on this machine's disk, name a folder");
    return Path.of("");
  }

  private static Path draw(FridgePictures pictures, Path folder) {
    try {
      return pictures.write(folder);
    } catch (UncheckedIOException e) {
      throw new InputException(
          "%s can not be written: %s. Name another folder with %s."
              .formatted(folder, e.getCause(), OUTPUT.name()),
          e);
    }
  }

  /** Exactly what {@code jobs/score} would do with these options. */
  private static ScoreResult score(
      SparkSession spark, Path images, Path model, Path scores, Terminal terminal)
      throws IOException {
    List<String> line =
        List.of(
            "--model",
            uri(model),
            "--input",
            uri(images),
            "--output",
            uri(scores),
            "--if-exists",
            "overwrite");
    ScoreOptions options = ScoreCommand.options(line);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      return ScoreJob.run(spark, options, progress);
    }
  }

  /** The first rows of the score table beside what was drawn, in columns. */
  private static String table(SparkSession spark, Path scores, FridgePictures pictures) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("picture", "drawn", "label", "score", "labels with a score above 0.5"));
    List<Row> rows =
        spark
            .read()
            .parquet(uri(scores))
            .orderBy(Column.PATH.columnName())
            .limit(SHOWN)
            .collectAsList();
    Map<String, String> drawn = new HashMap<>();
    for (int number = 0; number < pictures.count(); number++) {
      drawn.put(pictures.name(number), String.join(" ", pictures.labels(number)));
    }
    for (Row row : rows) {
      List<String> labels = row.getList(row.fieldIndex(Column.LABELS.columnName()));
      String path = row.getAs(Column.PATH.columnName());
      String name = path.substring(path.lastIndexOf('/') + 1);
      float score = row.getAs(Column.SCORE.columnName());
      lines.add(
          List.of(
              name,
              drawn.getOrDefault(name, ""),
              row.getAs(Column.LABEL.columnName()),
              String.format(Locale.ROOT, "%.3f", score),
              String.join(" ", labels)));
    }
    return columns(lines);
  }

  /** Lines of equally many cells, each column as wide as its widest cell. */
  private static String columns(List<List<String>> lines) {
    int columns = lines.get(0).size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder padded = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        padded.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + 2));
      }
      text.append(padded.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** With a scheme, for Hadoop: its default file system need not be this machine's. */
  private static String uri(Path path) {
    return "file://" + path.toAbsolutePath();
  }

  /** As a shell takes it. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
