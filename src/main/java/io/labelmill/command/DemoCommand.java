package io.labelmill.command;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.error.Cause;
import io.labelmill.evaluate.Evaluation;
import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreTable.Column;
import io.labelmill.train.TrainJob;
import io.labelmill.train.TrainResult;
import io.labelmill.train.Tuning;
import io.labelmill.tune.Extent;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * {@code jobs/demo}: from pictures to an evaluated model, each step exactly what the command would
 * do that it shows. Without options it draws the pictures itself and downloads nothing.
 */
final class DemoCommand extends Command {
  static final Option<String> OUTPUT =
      Option.withDefault(
          "--output",
          "DIR",
          "folder on this machine for pictures, models, tables and report",
          Reader.text(),
          "target/demo");
  static final Option<Optional<String>> IMAGES =
      Option.optional(
          "--images",
          "DIR",
          "your own images in place of drawn ones; goes with --labels",
          Reader.text());
  static final Option<Optional<String>> LABELS =
      Option.optional(
          "--labels",
          "FILE",
          "their labels: the fridgeObjects set's labels.csv, or what else jobs/train takes as --truth",
          Reader.text());
  static final Option<Optional<String>> MODEL =
      Option.optional("--model", "MODEL", "backbone whose embeddings are trained on", Reader.text())
          .orElse("a tiny BEiT with random weights");
  static final Option<Extent> TUNE =
      Tuning.TUNE
          .meaning("how much of the backbone is trained, too, as jobs/train takes it")
          .orElse("head: none of it");

  private static final int PICTURES = 300;
  private static final long PICTURE_SEED = 1;

  /** Of this one's features a head tells the drinks apart. */
  private static final long MODEL_SEED = 15;

  private static final int SHOWN = 8;

  /** Of some hundred pictures, enough steps in an epoch to get anywhere. */
  private static final int TUNED_TOGETHER = 8;

  DemoCommand() {
    super(
        "demo",
        "",
        "Draws fridge pictures, embeds them, trains a head, labels and evaluates; downloads"
            + " nothing",
        List.of(OptionSection.of("Options", OUTPUT, IMAGES, LABELS, MODEL, TUNE)),
        List.of(
            "jobs/demo",
            "jobs/demo --tune last:2",
            """
        jobs/demo --images multilabelFridgeObjects/images \\
            --labels multilabelFridgeObjects/labels.csv --model beit-base"""));
  }

  private record Setting(Path folder, String images, String labels, String model, Extent tune) {
    String at(String name) {
      return uri(folder.resolve(name));
    }
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.refuseOperands(0);
    Path folder = folder(arguments);
    if (arguments.isGiven(IMAGES) != arguments.isGiven(LABELS)) {
      arguments.problem("--images and --labels belong together: give both");
    }
    Extent tune = arguments.get(TUNE);
    refuseOtherMachines(arguments);
    arguments.throwIfWrong();
    Setting setting = setting(arguments, folder, tune, terminal.out());
    try (SparkRun run = SparkRun.start("labelmill demo")) {
      demonstrate(run.session(), setting, terminal);
    }
  }

  static void refuseOtherMachines(Arguments arguments) {
    String master = SparkRun.master();
    if (!master.startsWith("local")) {
      arguments.problem(
          ("the master is %s, but the demo's pictures lie on this machine's disk, where its"
                  + " executors would not find them: leave --master out, or write --master local[*]")
              .formatted(master));
    }
  }

  private static Setting setting(Arguments arguments, Path folder, Extent tune, PrintStream out)
      throws IOException {
    String images;
    String labels;
    if (arguments.isGiven(IMAGES)) {
      images = arguments.get(IMAGES).orElseThrow();
      labels = arguments.get(LABELS).orElseThrow();
    } else {
      Path drawn = draw(new FridgePictures(PICTURES, PICTURE_SEED), folder);
      out.printf("Drew %d pictures of a fridge: %s%n", PICTURES, drawn);
      images = uri(drawn);
      labels = uri(folder.resolve("labels.csv"));
    }
    String model;
    if (arguments.isGiven(MODEL)) {
      model = arguments.get(MODEL).orElseThrow();
      makeFolder(folder);
    } else {
      Path tiny = folder.resolve("tiny-beit");
      makeFolder(folder);
      TinyBeit.checkpoint(MODEL_SEED).write(tiny);
      out.printf("Wrote a tiny BEiT with random weights: %s%n", tiny);
      model = uri(tiny);
    }
    return new Setting(folder, images, labels, model, tune);
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** Embed, train on four of five, label the fifth, evaluate. */
  private static void demonstrate(SparkSession spark, Setting setting, Terminal terminal)
      throws IOException {
    PrintStream out = terminal.out();
    List<String> embed =
        List.of(
            "--model",
            setting.model(),
            "--input",
            setting.images(),
            "--output",
            setting.at("embeddings"),
            "--if-exists",
            "overwrite");
    show(out, "Embed the pictures", "embed", embed);
    ScoreOptions embedding = EmbedCommand.options(Arguments.read(new EmbedCommand(), embed));
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      ScoreJob.run(spark, embedding, progress);
    }

    String trained = setting.at("fridge");
    List<String> train = new ArrayList<>();
    train.addAll(List.of("--model", setting.model(), "--embeddings", setting.at("embeddings")));
    train.addAll(List.of("--truth", setting.labels(), "--split", "every-fifth"));
    if (!Files.isDirectory(Path.of(bare(setting.labels())))) {
      // Tables name files, folders of folders have whole paths.
      train.addAll(List.of("--match-by", "name"));
    }
    train.addAll(List.of("--output", trained, "--if-exists", "overwrite"));
    boolean tunes = !setting.tune().equals(Extent.HEAD);
    if (tunes) {
      train.addAll(List.of("--tune", setting.tune().text()));
      train.addAll(List.of("--training-batch-size", Integer.toString(TUNED_TOGETHER)));
    }
    show(
        out,
        "Train a head on four of five" + (tunes ? ", and tune what is in front of it" : ""),
        "train",
        train);
    TrainResult result;
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      result =
          TrainJob.run(
              spark,
              TrainCommand.options(Arguments.read(new TrainCommand(), train)),
              progress,
              line -> out.println("  truth: " + line));
    }
    result.notes().forEach(note -> out.println("  note: " + note));
    out.printf(
        "  %d labels, %d images to train on, %d to test on%n",
        result.labels().size(), result.trained(), result.tested());
    result.tuned().ifPresent(tuned -> out.println("  " + tuned.verdict(result.problemType())));

    String tested = setting.at("fridge/" + TrainResult.TEST_LIST);
    List<String> score =
        List.of(
            "--model",
            trained,
            "--input",
            tested,
            "--output",
            setting.at("scores"),
            "--scores",
            "all",
            "--if-exists",
            "overwrite");
    show(out, "Label the others", "score", score);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      ScoreJob.run(spark, ScoreCommand.options(score), progress);
    }

    List<String> evaluate =
        List.of(
            "--predictions",
            setting.at("scores"),
            "--truth",
            tested,
            "--training-list",
            setting.at("fridge/" + TrainResult.TRAIN_LIST),
            "--output",
            setting.at("report"));
    show(out, "Compare with the truth", "evaluate", evaluate);
    EvaluateOptions options =
        EvaluateCommand.plan(Arguments.read(new EvaluateCommand(), evaluate)).options();
    EvaluationResult evaluation = new Evaluation(spark, options).run();
    evaluation.leakage().ifPresent(sentence -> terminal.err().println("labelmill: " + sentence));

    out.println();
    out.print(table(spark, setting));
    out.println();
    out.printf("On %d pictures that the head was not trained on:%n", result.tested());
    for (MetricName name : TrainResult.headlines(result.problemType())) {
      if (evaluation.contenders().get(0).metrics().get(name) instanceof Metric.Value value) {
        out.printf(Locale.ROOT, "  %-24s %.4f%n", name, value.number());
      }
    }
    out.printf("checkpoint: %s%n", bare(trained));
    out.printf("model card: %s%n", bare(trained) + "/README.md");
    out.printf("report: %s%n", bare(setting.at("report")) + "/report.html");
  }

  static void show(PrintStream out, String what, String command, List<String> line) {
    out.println();
    out.println(what + ":");
    StringBuilder text = new StringBuilder("  jobs/" + command);
    for (int i = 0; i < line.size(); i += 2) {
      text.append(i == 0 ? " " : " \\%n      ".formatted())
          .append(line.get(i))
          .append(' ')
          .append(quoted(bare(line.get(i + 1))));
    }
    out.println(text);
  }

  /** The folder to work in; a complaint where it can't be one on a local disk. */
  static Path folder(Arguments arguments) {
    String text = arguments.get(OUTPUT);
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

  static Path draw(FridgePictures pictures, Path folder) {
    try {
      return pictures.write(folder);
    } catch (UncheckedIOException e) {
      throw unwritable(folder, e.getCause());
    }
  }

  private static RuntimeException unwritable(Path folder, IOException e) {
    return Cause.failure(
        "%s can not be written: %s. Name another folder with %s."
            .formatted(folder, e, OUTPUT.name()),
        e);
  }

  /** The first test pictures with what is right and what was found, in columns. */
  private static String table(SparkSession spark, Setting setting) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("picture", "truth", "found", "right"));
    for (Row row :
        spark
            .read()
            .parquet(setting.at("report/per_image.parquet"))
            .orderBy(functions.col(Column.PATH.columnName()))
            .limit(SHOWN)
            .collectAsList()) {
      String path = row.getAs(Column.PATH.columnName());
      lines.add(
          List.of(
              path.substring(path.lastIndexOf('/') + 1),
              String.join(" ", row.getList(row.fieldIndex("truth"))),
              row.isNullAt(row.fieldIndex("predicted"))
                  ? ""
                  : String.join(" ", row.getList(row.fieldIndex("predicted"))),
              Boolean.TRUE.equals(row.getAs("correct")) ? "yes" : "no"));
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
  static String uri(Path path) {
    return "file://" + path.toAbsolutePath();
  }

  /** As one writes it on this machine. */
  private static String bare(String uri) {
    return uri.replaceFirst("^file://", "");
  }

  /** As a shell takes it. */
  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
