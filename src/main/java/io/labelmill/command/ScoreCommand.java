package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;
import static io.labelmill.command.CommandOption.repeatable;
import static io.labelmill.command.CommandOption.required;
import static io.labelmill.command.CommandOption.toggle;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.DeviceChoice;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.Activation;
import io.labelmill.score.CompactJob;
import io.labelmill.score.KeptScores;
import io.labelmill.score.RowOptions;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreResult;
import io.labelmill.score.Threshold;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.AllowedHosts;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.Changed;
import io.labelmill.source.RetryFailed;
import io.labelmill.source.SourceOptions;
import io.labelmill.source.StoreProbe;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/score}: images in, a table of labels and scores out. */
final class ScoreCommand implements Command {
  private static final Logger log = LoggerFactory.getLogger(ScoreCommand.class);

  static final CommandOption MODEL =
      required(
          "--model",
          "MODEL",
          "Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any"
              + " file system that Hadoop knows; or one with model.onnx in place of weights; or"
              + " hf://ORG/NAME[@REVISION] from the hub");
  static final CommandOption INPUT =
      repeatable(
              "--input",
              "URI",
              "image, folder or glob (folders are searched to any depth); or a table of images:"
                  + " "
                  + TableFormat.FILES
                  + ", or table:NAME; or hf://datasets/ORG/NAME[@REVISION]/PATH from the hub; several"
                  + " times for several")
          .atLeastOnce();
  static final CommandOption INPUT_FORMAT =
      optional(
              "--input-format",
              "FORMAT",
              "auto, images, archives (tar and zip), "
                  + TableFormat.NAMES
                  + ", azure (JSON bodies or CSV, as Azure ML's endpoints are sent them), or any Spark"
                  + " data source")
          .withDefault("auto");
  static final CommandOption PATH_COLUMN =
      optional("--path-column", "NAME", "column of a table that holds image URIs")
          .withDefault("path, else image_url");
  static final CommandOption CONTENT_COLUMN =
      optional(
          "--content-column",
          "NAME",
          "column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct"
              + " of bytes and path, or Spark's images; a.b for a field");
  static final CommandOption CSV_SEPARATOR =
      optional("--csv-separator", "CHARACTER", "between the columns of CSV, such as ';', or tab");
  static final CommandOption VERSION_COLUMN =
      optional(
          "--version-column",
          "NAME",
          "column of a table whose value changes when an image's content does; it becomes"
              + " content_version");
  static final CommandOption ALLOW_HOSTS =
      optional(
          "--allow-hosts",
          "HOST[,HOST]",
          "hosts, or HOST:PORT, of which a table's http and https images are fetched; no others"
              + " are");
  static final CommandOption ALLOW_SCHEMES =
      optional(
          "--allow-schemes",
          "SCHEME[,SCHEME]",
          "further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,"
              + " s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs");
  static final CommandOption USER_AGENT =
      optional("--user-agent", "TEXT", "as which http and https images are fetched")
          .withDefault("Labelmill/VERSION");
  static final CommandOption READS_PER_HOST =
      optional(
              "--reads-per-host",
              "N",
              "images that an executor reads at once from one host, bucket or mount, in all of its"
                  + " tasks together")
          .withDefault("32 of a web host; any number of a store");
  static final CommandOption KEEP =
      optional(
          "--keep",
          "COLUMNS",
          "columns of a table to copy through, commas between them, or * for all but those of path"
              + " and content");
  static final CommandOption INCLUDE =
      repeatable(
          "--include",
          "GLOB",
          "only images whose path or name fits; several times: one of them fits");
  static final CommandOption EXCLUDE =
      repeatable("--exclude", "GLOB", "no images whose path or name fits");
  static final CommandOption LIMIT = optional("--limit", "N", "at most so many images");
  static final CommandOption SAMPLE =
      optional(
          "--sample",
          "FRACTION",
          "only this share of the images, above 0 and at most 1; the same ones every time");
  static final CommandOption SEED =
      optional("--seed", "N", "another number, another sample").withDefault("0");
  static final CommandOption MODIFIED_AFTER =
      optional(
          "--modified-after",
          "TIME",
          "only listed files changed after this: 2026-01-31, or 2026-01-31T12:00:00Z; a date begins"
              + " at midnight UTC");
  static final CommandOption OUTPUT =
      required("--output", "URI", "folder of the table that is written");
  static final CommandOption OUTPUT_FORMAT =
      optional(
              "--output-format",
              "FORMAT",
              "parquet, json, csv, azure (one list of predictions, in the order of an azure input),"
                  + " or any Spark data source; in csv, arrays and structs are JSON text")
          .withDefault("parquet");
  static final CommandOption IF_EXISTS =
      optional(
              "--if-exists",
              "ACTION",
              "when there is a table already: fail, append, overwrite (replaced only when the new"
                  + " one is complete), or resume (adds what it lacks)")
          .withDefault("fail");
  static final CommandOption CHANGED =
      optional(
          "--changed",
          "ACTION",
          "whether resume scores images again of which the content changed: check, or ignore; check"
              + " for folders, ignore for tables of paths unless given");
  static final CommandOption RETRY_FAILED =
      optional(
              "--retry-failed",
              "WHICH",
              "failed images that resume tries again: none, transient (not found, denied, read"
                  + " failed, timed out), or all")
          .withDefault("transient");
  static final CommandOption PARTITION_BY =
      optional(
          "--partition-by",
          "COLUMNS",
          "kept columns of whose values the table's folders are made, commas between them");
  static final CommandOption COLUMN_PREFIX =
      optional(
          "--column-prefix",
          "TEXT",
          "stands before the name of every column that is written but the kept ones, so that a kept"
              + " column may be named label");
  static final CommandOption RUN_DIR =
      optional(
              "--run-dir",
              "URI",
              "folder for the run record; required when the output is table:NAME")
          .withDefault("_labelmill in the output");
  static final CommandOption MAX_FAILED_FRACTION =
      optional(
              "--max-failed-fraction",
              "FRACTION",
              "share of failed images above which the run fails, after writing; from "
                  + ScoreResult.FEWEST_ROWS
                  + " images on")
          .withDefault("0.1");
  static final CommandOption COMMIT_EVERY =
      optional("--commit-every", "N", "images per committed wave")
          .withDefault("first 1000, then about two minutes of work");
  static final CommandOption TOP_K =
      optional("--top-k", "K", "predictions kept per image, 1 to the number of labels")
          .withDefault("" + Scoring.DEFAULT_TOP_K);
  static final CommandOption SCORES =
      optional("--scores", "WHICH", "top, or all: adds the full score vector").withDefault("top");
  static final CommandOption ACTIVATION =
      optional(
              "--activation",
              "NAME",
              "what makes scores of logits: auto (from the model's problem_type), softmax, sigmoid,"
                  + " or none for raw logits")
          .withDefault("auto");
  static final CommandOption THRESHOLD =
      optional(
              "--threshold",
              "T",
              "sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a"
                  + " .json file; a label is assigned when its score is greater")
          .withDefault("" + Threshold.DEFAULT_VALUE);
  static final CommandOption ORIENTATION =
      optional("--orientation", "WAY", "upright (turned as EXIF or XMP says), or as-stored")
          .withDefault("upright");
  static final CommandOption RESIZE_BACKEND =
      optional(
              "--resize-backend",
              "auto|pillow|pillow-12|torchvision",
              "whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of"
                  + " torchvision; auto: the one that the checkpoint's files speak for")
          .withDefault("auto");
  static final CommandOption POSITION_BIAS =
      optional(
              "--position-bias",
              "auto|authors|transformers",
              "how BEiT's relative positions are read on pictures that are not square: as its"
                  + " authors' code and Transformers before 4.43, or as Transformers since, which"
                  + " exchanges width and height; auto: by transformers_version in config.json")
          .withDefault("auto");
  static final CommandOption TAPS =
      optional(
              "--taps",
              "transformers|authors",
              "which states of the encoder a segmentation model takes for out_indices: those that"
                  + " Transformers takes, or those of the authors' code, with which figures were"
                  + " published; jobs/model inspect shows both")
          .withDefault("as labelmill_taps in config.json says, else transformers");
  static final CommandOption MAX_PIXELS =
      optional(
              "--max-pixels",
              "N",
              "an image that declares more pixels is TOO_LARGE and is not decoded")
          .withDefault("" + Scoring.DEFAULT_MAX_PIXELS);
  static final CommandOption DEVICE =
      optional(
              "--device",
              "DEVICE",
              "auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for"
                  + " a local master)")
          .withDefault("auto");
  static final CommandOption PRECISION =
      optional(
              "--precision",
              "auto|fp32|bf16|fp16|int8",
              "arithmetic of the model: auto is fp32; bf16 and int8, for processors, and fp16, for GPUs,"
                  + " are faster and close to fp32 (jobs/model verify MODEL --precision int8 --input"
                  + " IMAGES tells how close)")
          .withDefault("auto");
  static final CommandOption BATCH_SIZE =
      optional("--batch-size", "N", "images per forward pass")
          .withDefault("auto: 1 on a processor, 16 on a GPU, 32 there in fp16");
  static final CommandOption PROCESSOR =
      optional(
          "--processor",
          "PATH",
          "folder that holds another preprocessor_config.json, or the file itself");
  static final CommandOption LABELS =
      optional(
          "--labels",
          "FILE",
          "other label names: one a line in index order, or a JSON object from index to name");
  static final CommandOption HEAD =
      optional(
          "--head",
          "FOLDER",
          "classifier that jobs/train wrote, to put on the --model that it was trained on");
  static final CommandOption DRY_RUN =
      toggle("--dry-run", "show what would be scored, and score nothing");

  static final CommandOption COMPACT =
      toggle(
          "--compact",
          "rewrite the table of --output to its current rows, in large files, and score nothing;"
              + " --run-dir goes with it, everything else is left out");

  @Override
  public String name() {
    return "score";
  }

  @Override
  public String purpose() {
    return "Labels images with a BEiT or ViT checkpoint and writes a table of labels and scores";
  }

  @Override
  public List<OptionSection> sections() {
    return List.of(
        OptionSection.of("What it needs", MODEL, INPUT, OUTPUT),
        OptionSection.of(
            "Which images",
            INPUT_FORMAT,
            PATH_COLUMN,
            CONTENT_COLUMN,
            CSV_SEPARATOR,
            VERSION_COLUMN,
            KEEP,
            INCLUDE,
            EXCLUDE,
            LIMIT,
            SAMPLE,
            SEED,
            MODIFIED_AFTER),
        OptionSection.of(
            "How images are read",
            ALLOW_HOSTS,
            ALLOW_SCHEMES,
            USER_AGENT,
            READS_PER_HOST,
            MAX_PIXELS,
            ORIENTATION,
            RESIZE_BACKEND),
        OptionSection.of(
            "The model", HEAD, LABELS, PROCESSOR, POSITION_BIAS, PRECISION, DEVICE, BATCH_SIZE),
        OptionSection.of("What a row holds", TOP_K, SCORES, ACTIVATION, THRESHOLD),
        OptionSection.of("The table", OUTPUT_FORMAT, PARTITION_BY, COLUMN_PREFIX, RUN_DIR),
        OptionSection.of(
            "The run",
            IF_EXISTS,
            CHANGED,
            RETRY_FAILED,
            COMMIT_EVERY,
            MAX_FAILED_FRACTION,
            DRY_RUN,
            COMPACT));
  }

  /**
   * Its options for a command that writes something else of the same images.
   *
   * @param own stands before the options of labels
   * @param without options that the command does not have
   */
  static List<OptionSection> sections(OptionSection own, List<CommandOption> without) {
    List<OptionSection> sections = new ArrayList<>();
    for (OptionSection section : new ScoreCommand().sections()) {
      if (section.options().contains(TOP_K)) {
        sections.add(own);
      }
      List<CommandOption> options = new ArrayList<>(section.options());
      options.removeAll(without);
      if (!options.isEmpty()) {
        sections.add(new OptionSection(section.title(), options));
      }
    }
    return sections;
  }

  @Override
  public List<String> examples() {
    return List.of(
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
        "jobs/score --compact --output labels/");
  }

  @Override
  public boolean waives(CommandOption required, Arguments given) {
    return given.text(COMPACT).equals(Optional.of("true")) && !required.equals(OUTPUT);
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    if (arguments.isOn(COMPACT)) {
      CompactJob.Options options = compaction(arguments);
      try (SparkRun run =
          SparkRun.start("labelmill score --compact", SparkRun.places(arguments, OUTPUT))) {
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
    List<StoreProbe.Place> read = new ArrayList<>(SparkRun.places(arguments, MODEL, INPUT));
    if (arguments.takes(HEAD)) {
      read.addAll(SparkRun.places(arguments, HEAD));
    }
    try (SparkRun run = SparkRun.start("labelmill " + command.name(), read)) {
      log.info("Options: {}", options.effective());
      SparkSession spark = run.session();
      if (arguments.isOn(DRY_RUN)) {
        terminal.out().print(Summary.of(ScoreJob.plan(spark, options)));
        return;
      }
      ScoreResult result;
      try (ConsoleProgress progress = new ConsoleProgress(terminal)) {
        result = ScoreJob.run(spark, options, progress);
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
    return options(arguments, ScoreCommand::scoring);
  }

  /** As {@link #options(Arguments)}, for another answer to what is written about an image. */
  static ScoreOptions options(Arguments arguments, Function<Arguments, RowOptions> written) {
    arguments.refuseOperands(0);
    ScoreOptions.Model model =
        new ScoreOptions.Model(
            arguments.text(MODEL).orElse(""),
            arguments.text(PROCESSOR),
            arguments.text(LABELS),
            arguments.takes(HEAD) ? arguments.text(HEAD) : Optional.empty(),
            originals(arguments),
            precision(arguments, PRECISION));
    SourceOptions source = source(arguments);
    RowOptions rows = written.apply(arguments);
    OutputOptions output = output(arguments);
    ScoreOptions.Execution execution =
        new ScoreOptions.Execution(
            arguments.integer(BATCH_SIZE, 1, 1024),
            arguments.wholeNumber(COMMIT_EVERY, 1, Long.MAX_VALUE),
            arguments.fraction(MAX_FAILED_FRACTION).orElse(0.1),
            device(arguments, DEVICE, model.precision()));
    if (output != null && source != null && !source.keep().contains("*")) {
      arguments.checked(
          () -> {
            output.checkPartitions(source.keep());
            return output;
          });
    }
    arguments.isOn(DRY_RUN);
    arguments.throwIfWrong();
    return new ScoreOptions(model, source, rows, output, execution, arguments.effective());
  }

  /** A file of options may hold those of every night's run; only flags are meant for this one. */
  static CompactJob.Options compaction(Arguments arguments) {
    arguments.refuseOperands(0);
    for (CommandOption option : new ScoreCommand().options()) {
      if (arguments.isFlag(option) && !List.of(COMPACT, OUTPUT, RUN_DIR).contains(option)) {
        arguments.problem(
            option.name() + " changes nothing with --compact, which scores nothing: leave it out");
      }
    }
    Optional<String> output = arguments.text(OUTPUT);
    Optional<String> runDir = arguments.text(RUN_DIR);
    if (output.isPresent() && !output.get().isBlank()) {
      arguments.checked(() -> OutputOptions.existing(output.get(), runDir));
    }
    arguments.throwIfWrong();
    SortedMap<String, String> effective = arguments.effective();
    effective.keySet().retainAll(List.of(COMPACT.key(), OUTPUT.key(), RUN_DIR.key()));
    return new CompactJob.Options(output.orElseThrow(), runDir, effective);
  }

  private static SourceOptions source(Arguments arguments) {
    List<String> inputs = arguments.texts(INPUT);
    SourceOptions.Builder builder = SourceOptions.builder(inputs);
    arguments.text(INPUT_FORMAT).ifPresent(builder::format);
    arguments.text(PATH_COLUMN).ifPresent(builder::pathColumn);
    arguments.text(CONTENT_COLUMN).ifPresent(builder::contentColumn);
    arguments.text(CSV_SEPARATOR).ifPresent(builder::csvSeparator);
    arguments.text(VERSION_COLUMN).ifPresent(builder::versionColumn);
    allow(arguments, builder);
    arguments.text(USER_AGENT).ifPresent(builder::userAgent);
    arguments
        .wholeNumber(READS_PER_HOST, 1, Integer.MAX_VALUE)
        .ifPresent(reads -> builder.readsPerHost((int) reads));
    builder.keep(arguments.commaSeparated(KEEP));
    builder.include(arguments.texts(INCLUDE)).exclude(arguments.texts(EXCLUDE));
    arguments.wholeNumber(LIMIT, 1, Long.MAX_VALUE).ifPresent(builder::limit);
    arguments.fraction(SAMPLE).ifPresent(builder::sample);
    arguments.wholeNumber(SEED, Long.MIN_VALUE, Long.MAX_VALUE).ifPresent(builder::seed);
    if (arguments.isGiven(SEED) && !arguments.isGiven(SAMPLE)) {
      arguments.problem("--seed changes nothing without --sample: add --sample or leave it out");
    }
    arguments
        .text(MODIFIED_AFTER)
        .flatMap(text -> moment(text, arguments))
        .ifPresent(builder::modifiedAfter);
    if (arguments.isGiven(CHANGED)) {
      builder.changed(arguments.choice(CHANGED, Changed.class, Changed.CHECK));
    }
    builder.retryFailed(arguments.choice(RETRY_FAILED, RetryFailed.class, RetryFailed.TRANSIENT));
    for (CommandOption option : List.of(CHANGED, RETRY_FAILED)) {
      if (arguments.isGiven(option) && !arguments.text(IF_EXISTS).equals(Optional.of("resume"))) {
        arguments.problem(
            option.name() + " changes nothing without --if-exists resume: add it, or leave it out");
      }
    }
    // Without inputs there is one complaint already.
    return inputs.isEmpty() ? null : arguments.checked(builder::build);
  }

  /** Where paths of a table may lead. */
  static void allow(Arguments arguments, SourceOptions.Builder builder) {
    AllowedHosts hosts =
        arguments.checked(() -> AllowedHosts.of(arguments.commaSeparated(ALLOW_HOSTS)));
    builder.allowHosts(hosts == null ? AllowedHosts.NONE : hosts);
    AllowedSchemes schemes =
        arguments.checked(() -> AllowedSchemes.of(arguments.commaSeparated(ALLOW_SCHEMES)));
    builder.allowSchemes(schemes == null ? AllowedSchemes.OF_STORES : schemes);
  }

  private static OutputOptions output(Arguments arguments) {
    Optional<String> output = arguments.text(OUTPUT);
    Optional<String> format = arguments.text(OUTPUT_FORMAT);
    IfExists ifExists = arguments.choice(IF_EXISTS, IfExists.class, IfExists.FAIL);
    List<String> partitionBy = arguments.commaSeparated(PARTITION_BY);
    Optional<String> runDir = arguments.text(RUN_DIR);
    ColumnPrefix prefix =
        arguments.checked(() -> new ColumnPrefix(arguments.text(COLUMN_PREFIX).orElse("")));
    // Without an output or a prefix that can be one there is one complaint already.
    return prefix == null || output.isEmpty() || output.get().isBlank()
        ? null
        : arguments.checked(
            () -> new OutputOptions(output.get(), format, ifExists, partitionBy, runDir, prefix));
  }

  private static Optional<Instant> moment(String text, Arguments arguments) {
    try {
      return Optional.of(
          text.contains("T")
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      arguments.problem(
          "--modified-after is "
              + text
              + ", not a time: write 2026-01-31, or with a time and zone 2026-01-31T12:00:00Z");
      return Optional.empty();
    }
  }

  static Scoring scoring(Arguments arguments) {
    Activation activation = arguments.choice(ACTIVATION, Activation.class, Activation.AUTO);
    boolean assignsLabels = activation == Activation.SIGMOID || activation == Activation.AUTO;
    if (arguments.isGiven(THRESHOLD) && !assignsLabels) {
      arguments.problem(
          "--threshold is only for --activation sigmoid, but --activation is "
              + Arguments.word(activation));
    }
    return new Scoring(
        activation,
        ThresholdOption.read(arguments, THRESHOLD),
        arguments.integer(TOP_K, 1, Integer.MAX_VALUE),
        arguments.choice(SCORES, KeptScores.class, KeptScores.TOP),
        orientation(arguments),
        maxPixels(arguments));
  }

  static Orientation orientation(Arguments arguments) {
    return arguments.choice(ORIENTATION, Orientation.class, Orientation.UPRIGHT);
  }

  /** Taps are of commands that take segmentation models. */
  static Originals originals(Arguments arguments) {
    return new Originals(
        arguments.choice(RESIZE_BACKEND, ResizeBackend.class, ResizeBackend.AUTO),
        arguments.choice(POSITION_BIAS, PositionBias.class, PositionBias.AUTO),
        arguments.takes(TAPS) ? arguments.choice(TAPS, Taps.class, null) : null);
  }

  static long maxPixels(Arguments arguments) {
    return arguments.wholeNumber(MAX_PIXELS, 1, Long.MAX_VALUE).orElse(Scoring.DEFAULT_MAX_PIXELS);
  }

  /** What an option says of the arithmetic; {@link Precision#FP32} where it says nothing. */
  static Precision precision(Arguments arguments, CommandOption option) {
    Precision precision =
        arguments.checked(() -> precision(arguments.text(option).orElse("auto").strip()));
    return precision == null ? Precision.FP32 : precision;
  }

  /** What a word says of the arithmetic. */
  static Precision precision(String word) {
    if (word.equals("auto")) {
      return Precision.FP32;
    }
    return Precision.of(word)
        .orElseThrow(
            () ->
                new UsageException(
                    "--precision is " + word + ": it must be auto, fp32, bf16, fp16 or int8"));
  }

  /** Where a model of some precision runs. */
  private static DeviceChoice device(
      Arguments arguments, CommandOption option, Precision precision) {
    DeviceChoice choice = device(arguments, option);
    DeviceChoice fitting = arguments.checked(() -> choice.forPrecision(precision));
    return fitting == null ? choice : fitting;
  }

  /** What an option says of the device; {@link DeviceChoice#AUTO} where it says nothing. */
  static DeviceChoice device(Arguments arguments, CommandOption option) {
    DeviceChoice choice =
        arguments.checked(() -> DeviceChoice.parse(arguments.text(option).orElse("auto").strip()));
    return choice == null ? DeviceChoice.AUTO : choice;
  }
}
