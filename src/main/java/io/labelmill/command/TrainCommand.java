package io.labelmill.command;

import static io.labelmill.command.Summary.line;

import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Reader;
import io.labelmill.score.JobOptions;
import io.labelmill.source.SourceOptions;
import io.labelmill.train.TrainJob;
import io.labelmill.train.TrainOptions;
import io.labelmill.train.TrainResult;
import io.labelmill.train.TuneResult;
import io.labelmill.train.Tuning;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/train}: images and their labels in, a checkpoint of their own out. */
final class TrainCommand extends Command {
  private static final Logger log = LoggerFactory.getLogger(TrainCommand.class);

  TrainCommand() {
    super(
        "train",
        "",
        "Trains a classifier on a BEiT or ViT checkpoint, tunes that where asked, and writes a new one",
        List.of(
            OptionSection.of(
                "What it needs", TrainOptions.MODEL, TruthOptions.TRUTH, TrainOptions.OUTPUT),
            OptionSection.of(
                "Images",
                TrainOptions.EMBEDDINGS,
                TrainOptions.INPUT,
                SourceOptions.INPUT_FORMAT,
                SourceOptions.PATH_COLUMN,
                SourceOptions.CONTENT_COLUMN,
                SourceOptions.ALLOW_HOSTS,
                SourceOptions.ALLOW_SCHEMES,
                JobOptions.PROCESSOR,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                TrainOptions.MAX_FAILED_FRACTION),
            OptionSection.of(
                "The truth",
                TruthOptions.TRUTH_FORMAT,
                TruthOptions.TRUTH_PATH_COLUMN,
                TruthOptions.TRUTH_LABEL_COLUMN,
                TruthOptions.CSV_SEPARATOR,
                TruthOptions.LABEL_SEPARATOR,
                TruthOptions.MATCH_BY,
                TruthOptions.REWRITE,
                TrainOptions.PROBLEM_TYPE,
                TrainOptions.UNMATCHED),
            OptionSection.of(
                "The classifier",
                TrainOptions.SPLIT,
                TrainOptions.SEED,
                TrainOptions.REG,
                TrainOptions.CLASS_WEIGHTS,
                TrainOptions.IF_EXISTS),
            new OptionSection("Tuning the backbone", Tuning.OPTIONS)),
        List.of(
            "jobs/train --model beit-base --input photos/ --truth photos/ --output shelf-model/",
            """
        jobs/train --model beit-base --embeddings embeddings/ --truth labels.csv --match-by name \\
            --split every-fifth --output fridge/""",
            "jobs/train --model beit-base --input photos/ --truth photos/ --output tuned/ --tune last:2"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    TrainOptions options = options(arguments);
    SparkConf settings =
        SparkRun.settings(
            "labelmill train",
            SparkRun.places(
                arguments,
                TrainOptions.MODEL,
                TrainOptions.EMBEDDINGS,
                TrainOptions.INPUT,
                TruthOptions.TRUTH));
    if (!SparkRun.isRunning()) {
      TrainJob.refuseExisting(options, SparkRun.hadoopConfiguration());
    }
    try (SparkRun run = SparkRun.start(settings)) {
      log.info("Options: {}", options.effective());
      TrainResult result;
      try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
        result =
            TrainJob.run(
                run.session(), options, progress, line -> terminal.out().println("truth: " + line));
      }
      terminal.leaves(new Path(result.output(), TrainResult.RECORD).toString());
      terminal.out().print(summary(result));
    }
  }

  /**
   * The options as the job takes them.
   *
   * @throws UsageException with everything that is wrong
   */
  static TrainOptions options(Arguments arguments) {
    arguments.refuseOperands(0);
    return arguments.as(values -> TrainOptions.read(values, arguments.effective()));
  }

  /** A finished training, several lines. */
  static String summary(TrainResult result) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%d labels, %,d images to train on, %,d to test on",
        result.labels().size(),
        result.trained(),
        result.tested());
    line(text, "problem type: %s (--problem-type)", Reader.word(result.problemType()));
    result.notes().forEach(note -> line(text, "  note: %s", note));
    result.tuned().ifPresent(tuned -> line(text, "%s", tuned.verdict(result.problemType())));
    Metrics shown = result.onTested().orElse(result.onTrained());
    line(
        text,
        result.onTested().isPresent()
            ? "on the test images"
            : "on the images trained on, which flatters");
    for (MetricName name : TrainResult.headlines(result.problemType())) {
      line(
          text,
          "  %-24s %s%s",
          name,
          shown.get(name).shown(),
          result.tuned().map(tuned -> beside(tuned, name)).orElse(""));
    }
    line(text, "checkpoint: %s", result.output());
    line(text, "head alone: %s", new Path(result.output(), TrainResult.HEAD));
    line(text, "model card: %s", new Path(result.output(), "README.md"));
    return text.toString();
  }

  /** The other model's, where there is one and images to test on. */
  private static String beside(TuneResult tuned, MetricName name) {
    Optional<Metrics> other = tuned.isKept() ? tuned.headOnTested() : tuned.onTested();
    return other
        .map(
            metrics ->
                " (%s %s)"
                    .formatted(tuned.isKept() ? "head alone" : "tuned", metrics.get(name).shown()))
        .orElse("");
  }
}
