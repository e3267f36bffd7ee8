package io.labelmill.command;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.SegmenterFit;
import io.labelmill.demo.TinySegmenter;
import io.labelmill.evaluate.EvaluationResult;
import io.labelmill.evaluate.SegmentEvaluation;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.score.ScoreJob;
import io.labelmill.segment.MaskPng;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * {@code jobs/demo segment}: from drawn pictures to masks and their metrics, each step exactly what
 * the command would do that it shows.
 */
final class DemoSegmentCommand extends Command {
  /** Pictures to fit to, and others to test on. */
  private static final int FITTED = 80;

  private static final int TESTED = 24;
  private static final long FITTED_SEED = 1;
  private static final long TESTED_SEED = 2;
  private static final long MODEL_SEED = 1;

  DemoSegmentCommand() {
    super(
        "demo segment",
        "",
        "Draws fridge pictures, fits a tiny segmentation model, makes masks and evaluates them;"
            + " downloads nothing",
        List.of(OptionSection.of("Options", DemoCommand.OUTPUT)),
        List.of("jobs/demo segment"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.refuseOperands(0);
    Path folder = DemoCommand.folder(arguments);
    DemoCommand.refuseOtherMachines(arguments);
    arguments.throwIfWrong();
    try (SparkRun run = SparkRun.start("labelmill demo segment")) {
      demonstrate(run.session(), folder.resolve("segment"), terminal);
    }
  }

  private static void demonstrate(SparkSession spark, Path folder, Terminal terminal)
      throws IOException {
    PrintStream out = terminal.out();
    FridgePictures fitted = new FridgePictures(FITTED, FITTED_SEED);
    FridgePictures tested = new FridgePictures(TESTED, TESTED_SEED);
    Path toFit = DemoCommand.draw(fitted, folder.resolve("fitted"));
    Path toTest = DemoCommand.draw(tested, folder.resolve("tested"));
    Path truth = Files.createDirectories(folder.resolve("tested/maps"));
    for (int number = 0; number < TESTED; number++) {
      Files.write(
          truth.resolve(tested.name(number).replace(".jpg", ".png")),
          MaskPng.write(tested.map(number)));
    }
    out.printf("Drew %d pictures of a fridge: %s%n", FITTED + TESTED, folder);
    Path model = folder.resolve("tiny-upernet");
    SegmenterFit.write(
        spark,
        new TinySegmenter(MODEL_SEED),
        fitted,
        toFit,
        folder.resolve("tiny-features"),
        model);
    out.printf(
        "Fitted a tiny BEiT with UperNet, random but for its last product, to %d of them: %s%n",
        FITTED, model);

    List<String> segment =
        List.of(
            "--model",
            DemoCommand.uri(model),
            "--input",
            DemoCommand.uri(toTest),
            "--output",
            DemoCommand.uri(folder.resolve("segments")),
            "--if-exists",
            "overwrite");
    DemoCommand.show(out, "Find a label for each pixel of the others", "segment", segment);
    try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
      ScoreJob.run(
          spark, SegmentCommand.options(Arguments.read(new SegmentCommand(), segment)), progress);
    }
    List<String> evaluate =
        List.of(
            "--problem-type",
            "segmentation",
            "--predictions",
            DemoCommand.uri(folder.resolve("segments")),
            "--truth",
            DemoCommand.uri(truth),
            "--reduce-labels",
            "no",
            "--output",
            DemoCommand.uri(folder.resolve("report")));
    DemoCommand.show(out, "Compare with the truth", "evaluate", evaluate);
    EvaluationResult evaluation =
        new SegmentEvaluation(
                spark,
                EvaluateSegments.plan(Arguments.read(new EvaluateCommand(), evaluate)).options())
            .run();
    out.println();
    out.printf("On %d pictures that the model was not fitted to:%n", TESTED);
    for (Map.Entry<String, Metric> metric :
        evaluation.contenders().get(0).metrics().asMap().entrySet()) {
      if (metric.getValue() instanceof Metric.Value value) {
        out.printf(Locale.ROOT, "  %-24s %.4f%n", metric.getKey(), value.number());
      }
    }
    out.printf("report: %s%n", folder.resolve("report/report.html"));
  }
}
