package io.labelmill.command;

import io.labelmill.option.Option;
import io.labelmill.option.Values;
import io.labelmill.score.CompactJob;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ModelAhead;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.ScoreOutput;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/score}: images in, a table of labels and scores out. */
final class ScoreCommand extends Command {
  private static final Logger log = LoggerFactory.getLogger(ScoreCommand.class);

  static final Option<Boolean> DRY_RUN =
      Option.toggle("--dry-run", "show what would be scored, and score nothing");

  static final Option<Boolean> COMPACT =
      Option.toggle(
          "--compact",
          "rewrite the table of --output to its current rows, in large files, and score nothing;"
              + " --run-dir goes with it, everything else is left out");

  ScoreCommand() {
    super(
        "score",
        "",
        "Labels images with a BEiT or ViT checkpoint and writes a table of labels and scores",
        List.of(
            OptionSection.of(
                "What it needs", JobOptions.MODEL, SourceOptions.INPUT, OutputOptions.OUTPUT),
            OptionSection.of(
                "Which images",
                SourceOptions.INPUT_FORMAT,
                SourceOptions.PATH_COLUMN,
                SourceOptions.CONTENT_COLUMN,
                SourceOptions.CSV_SEPARATOR,
                SourceOptions.VERSION_COLUMN,
                SourceOptions.KEEP,
                SourceOptions.INCLUDE,
                SourceOptions.EXCLUDE,
                SourceOptions.LIMIT,
                SourceOptions.SAMPLE,
                SourceOptions.SEED,
                SourceOptions.MODIFIED_AFTER),
            OptionSection.of(
                "How images are read",
                SourceOptions.ALLOW_HOSTS,
                SourceOptions.ALLOW_SCHEMES,
                SourceOptions.USER_AGENT,
                SourceOptions.READS_PER_HOST,
                JobOptions.MAX_PIXELS,
                JobOptions.ORIENTATION,
                JobOptions.RESIZE_BACKEND),
            OptionSection.of(
                "The model",
                JobOptions.HEAD,
                JobOptions.LABELS,
                JobOptions.PROCESSOR,
                JobOptions.POSITION_BIAS,
                JobOptions.PRECISION,
                JobOptions.DEVICE,
                JobOptions.BATCH_SIZE),
            OptionSection.of(
                "What a row holds",
                JobOptions.TOP_K,
                JobOptions.SCORES,
                JobOptions.ACTIVATION,
                JobOptions.THRESHOLD),
            OptionSection.of(
                "The table",
                OutputOptions.OUTPUT_FORMAT,
                OutputOptions.PARTITION_BY,
                OutputOptions.COLUMN_PREFIX,
                OutputOptions.RUN_DIR),
            OptionSection.of(
                "The run",
                OutputOptions.IF_EXISTS,
                SourceOptions.CHANGED,
                SourceOptions.RETRY_FAILED,
                JobOptions.COMMIT_EVERY,
                JobOptions.MAX_FAILED_FRACTION,
                DRY_RUN,
                COMPACT)),
        List.of(
            "jobs/score --model beit-base --input photos/ --output labels/",
            """
        jobs/score --model fridge --input paths.parquet --keep shop,shelf --output labels/ \\
            --threshold can=0.4,carton=0.6\
        """,
            """
        jobs/score --model s3a://models/fridge --input 's3a://shelf/2026-*/' \\
            --output s3a://tables/fridge --if-exists append \\
            -- --master yarn --executor-cores 4\
        """,
            "jobs/score --compact --output labels/"));
  }

  /**
   * Its options for a command that writes something else of the same images.
   *
   * @param own stands before the options of labels
   * @param without options that the command does not have
   */
  static List<OptionSection> sections(OptionSection own, List<Option<?>> without) {
    List<OptionSection> sections = new ArrayList<>();
    for (OptionSection section : new ScoreCommand().sections()) {
      if (section.options().contains(JobOptions.TOP_K)) {
        sections.add(own);
      }
      List<Option<?>> options = new ArrayList<>(section.options());
      options.removeAll(without);
      if (!options.isEmpty()) {
        sections.add(new OptionSection(section.title(), options));
      }
    }
    return sections;
  }

  @Override
  boolean waives(Option<?> required, Arguments given) {
    return given.get(COMPACT) && !required.equals(OutputOptions.OUTPUT);
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    if (arguments.get(COMPACT)) {
      CompactJob.Options options = compaction(arguments);
      try (SparkRun run =
          SparkRun.start(
              "labelmill score --compact", SparkRun.places(arguments, OutputOptions.OUTPUT))) {
        CompactJob.Result result = CompactJob.run(run.session(), options);
        terminal.leaves(result.runRecord());
        terminal.out().print(Summary.of(result));
      }
      return;
    }
    run(this, options(arguments), arguments, terminal);
  }

  /** Runs the job, or plans it where that is asked for. */
  static void run(Command command, ScoreOptions options, Arguments arguments, Terminal terminal)
      throws IOException {
    SparkConf settings =
        SparkRun.settings(
            "labelmill " + command.name(),
            SparkRun.places(arguments, JobOptions.MODEL, SourceOptions.INPUT, JobOptions.HEAD));
    if (!SparkRun.isRunning()) {
      ScoreOutput.refuseExisting(options.output(), SparkRun.hadoopConfiguration());
    }
    try (ModelAhead model = new ModelAhead(settings, SparkRun.hadoopConfiguration(), options)) {
      if (!arguments.get(DRY_RUN)) {
        model.begin();
      }
      run(settings, model, options, arguments, terminal);
    }
  }

  private static void run(
      SparkConf settings,
      ModelAhead model,
      ScoreOptions options,
      Arguments arguments,
      Terminal terminal)
      throws IOException {
    try (SparkRun run = SparkRun.start(settings)) {
      log.info("Options: {}", options.effective());
      SparkSession spark = run.session();
      if (arguments.get(DRY_RUN)) {
        terminal.out().print(Summary.of(ScoreJob.plan(spark, options)));
        return;
      }
      ScoreResult result;
      try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
        result = ScoreJob.run(spark, options, model, progress);
      }
      terminal.leaves(result.runRecord());
      terminal.out().print(Summary.of(result));
      result
          .tooManyFailed(options.execution().maxFailedFraction())
          .ifPresent(
              end -> {
                throw end;
              });
    }
  }

  /**
   * The options of a command line, for commands that score before what they do.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static ScoreOptions options(List<String> line) {
    return options(Arguments.read(new ScoreCommand(), line));
  }

  /**
   * The options as the job takes them.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static ScoreOptions options(Arguments arguments) {
    return options(arguments, JobOptions::scoring);
  }

  /** As {@link #options(Arguments)}, for another answer to what is written about an image. */
  static ScoreOptions options(Arguments arguments, Function<Values, RowOptions> written) {
    arguments.refuseOperands(0);
    List<String> inputs = arguments.get(SourceOptions.INPUT);
    // Of what is missing, or wrong, there is one complaint already.
    List<String> some = inputs.isEmpty() ? List.of("-") : inputs;
    SourceOptions source =
        arguments.checked(
            () -> SourceOptions.read(arguments, some, arguments.get(SourceOptions.KEEP)), null);
    if (arguments.get(OutputOptions.IF_EXISTS) != IfExists.RESUME) {
      arguments.refuse(
          List.of(SourceOptions.CHANGED, SourceOptions.RETRY_FAILED),
          "without --if-exists resume: add it, or leave it out");
    }
    String folder = arguments.get(OutputOptions.OUTPUT);
    OutputOptions output =
        arguments.checked(
            () -> OutputOptions.read(arguments, folder.isEmpty() ? "-" : folder), null);
    if (output != null && source != null && !source.keep().contains("*")) {
      arguments.check(() -> output.checkPartitions(source.keep()));
    }
    ScoreOptions options =
        new ScoreOptions(
            JobOptions.model(arguments),
            source,
            written.apply(arguments),
            output,
            JobOptions.execution(arguments),
            arguments.effective());
    arguments.get(DRY_RUN);
    arguments.throwIfWrong();
    return options;
  }

  /** A file of options may hold those of every night's run; only flags are meant for this one. */
  static CompactJob.Options compaction(Arguments arguments) {
    arguments.refuseOperands(0);
    List<Option<?>> others = new ArrayList<>(new ScoreCommand().options());
    others.removeAll(List.of(COMPACT, OutputOptions.OUTPUT, OutputOptions.RUN_DIR));
    others.removeIf(option -> !arguments.isFlag(option));
    arguments.refuse(others, "with --compact, which scores nothing: leave it out");
    String output = arguments.get(OutputOptions.OUTPUT);
    Optional<String> runDir = arguments.get(OutputOptions.RUN_DIR);
    if (!output.isEmpty()) {
      arguments.check(() -> OutputOptions.existing(output, runDir));
    }
    arguments.throwIfWrong();
    SortedMap<String, String> effective = arguments.effective();
    effective
        .keySet()
        .retainAll(List.of(COMPACT.key(), OutputOptions.OUTPUT.key(), OutputOptions.RUN_DIR.key()));
    return new CompactJob.Options(output, runDir, effective);
  }
}
