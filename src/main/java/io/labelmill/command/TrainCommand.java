package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;
import static io.labelmill.command.CommandOption.repeatable;
import static io.labelmill.command.CommandOption.required;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.graph.Precision;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.IfExists;
import io.labelmill.source.SourceOptions;
import io.labelmill.train.ClassWeights;
import io.labelmill.train.SplitRule;
import io.labelmill.train.TrainJob;
import io.labelmill.train.TrainOptions;
import io.labelmill.train.TrainOptions.Fit;
import io.labelmill.train.TrainResult;
import io.labelmill.train.TuneResult;
import io.labelmill.train.Tuning;
import io.labelmill.train.Tuning.Keep;
import io.labelmill.train.Unmatched;
import io.labelmill.tune.Augmentation.Strength;
import io.labelmill.tune.Extent;
import io.labelmill.tune.Schedule;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code jobs/train}: images and their labels in, a checkpoint of their own out. */
final class TrainCommand implements Command {
  private static final Logger log = LoggerFactory.getLogger(TrainCommand.class);
  private static final String DEFAULT_SPLIT = "0.2";
  private static final String EPOCH = "epoch";

  static final CommandOption MODEL =
      required(
          "--model",
          "MODEL",
          "backbone: Hugging Face checkpoint folder, or hf://ORG/NAME[@REVISION]");
  static final CommandOption EMBEDDINGS =
      optional("--embeddings", "URI", "table that jobs/embed wrote with this model");
  static final CommandOption INPUT =
      repeatable(
          "--input", "URI", "images to embed first, in the same job, as jobs/embed takes them");
  static final CommandOption TRUTH = required("--truth", "URI", EvaluateCommand.TRUTHS);
  static final CommandOption PROBLEM_TYPE =
      optional("--problem-type", "TYPE", "auto, multi-class (one label an image) or multi-label")
          .withDefault("auto: what the run record or the truth says");
  static final CommandOption SPLIT =
      optional(
              "--split",
              "RULE",
              "images to test on: their share, taken of each combination of labels; every-fifth, as"
                  + " the public fridgeObjects samples do; column:NAME of the truth, which holds train"
                  + " or test; or none")
          .withDefault(DEFAULT_SPLIT);
  static final CommandOption SEED =
      optional(
              "--seed",
              "N",
              "another number, other images to test on, and another order to tune in")
          .withDefault("0");
  static final CommandOption REG =
      optional(
              "--reg",
              "R",
              "strength of the L2 penalty on standardised vectors, 0 or more; scikit-learn's C is 1 /"
                  + " (R * images)")
          .withDefault("" + Fit.DEFAULT_REG);
  static final CommandOption CLASS_WEIGHTS =
      optional(
              "--class-weights",
              "HOW",
              "none, or balanced: rare labels count as much as frequent ones")
          .withDefault("none");
  static final CommandOption UNMATCHED =
      optional(
              "--unmatched",
              "ACTION",
              "labels without an image, and images without labels: fail, or leave-out")
          .withDefault("fail");
  static final CommandOption OUTPUT =
      required(
          "--output", "DIR", "folder of the new checkpoint, in the form that Transformers loads");
  static final CommandOption IF_EXISTS =
      optional("--if-exists", "ACTION", "when the folder is there already: fail, or overwrite")
          .withDefault("fail");
  static final CommandOption MAX_FAILED_FRACTION =
      optional(
              "--max-failed-fraction",
              "FRACTION",
              "share of failed images among the labelled ones above which the run fails")
          .withDefault("0.1");

  static final CommandOption TUNE =
      optional(
              "--tune",
              "HOW",
              "head: the backbone stays as it is; last:N: its last N blocks are trained, too; all: all"
                  + " of it")
          .withDefault("head");
  static final CommandOption KEEP =
      optional(
              "--keep",
              "MODEL",
              "better: the tuned model where it beat the head alone on the validation images, else"
                  + " the head alone; tuned: the tuned one in any case")
          .withDefault("better");
  static final CommandOption AUGMENT =
      optional(
              "--augment",
              "HOW",
              "light: in each epoch another part of each image, maybe mirrored, in a little other"
                  + " light; none")
          .withDefault("light");
  static final CommandOption EPOCHS =
      optional("--number-of-epochs", "N", "most times that each image is trained on")
          .withDefault("" + Tuning.NONE.epochs());
  static final CommandOption BATCH =
      optional("--training-batch-size", "N", "images of a step")
          .withDefault("" + Tuning.NONE.batchSize());
  static final CommandOption LEARNING_RATE =
      optional("--learning-rate", "RATE", "of the classifier, behind the warm-up")
          .withDefault("9.973e-5");
  static final CommandOption SCHEDULER =
      optional(
              "--learning-rate-scheduler",
              "HOW",
              "cosine or linear: how the learning rate goes down to 0")
          .withDefault("cosine");
  static final CommandOption WARMUP_STEPS =
      optional("--warmup-steps", "N", "steps on which the learning rate goes up from 0")
          .withDefault("" + Tuning.NONE.warmupSteps());
  static final CommandOption WEIGHT_DECAY =
      optional("--weight-decay", "RATE", "AdamW's, of the matrices").withDefault("1.18e-7");
  static final CommandOption LAYER_DECAY =
      optional(
              "--layer-decay",
              "FACTOR",
              "what the learning rate is multiplied by from layer to layer, back to front")
          .withDefault("" + Tuning.NONE.layerDecay());
  static final CommandOption DROP_PATH =
      optional(
              "--drop-path",
              "RATE",
              "how often branches of the last block are left out in training; those in front of it"
                  + " less often")
          .withDefault("" + Tuning.NONE.dropPath());
  static final CommandOption MAX_GRAD_NORM =
      optional("--max-grad-norm", "LENGTH", "to which longer gradients are shortened, above 0")
          .withDefault("" + Tuning.NONE.maxGradNorm());
  static final CommandOption PATIENCE =
      optional(
              "--early-stopping-patience",
              "N",
              "epochs without a better one behind which training ends")
          .withDefault("" + Tuning.NONE.patience());
  static final CommandOption VALIDATION =
      optional(
              "--validation",
              "SHARE",
              "of the images to train on, taken of each combination of labels: these choose the best"
                  + " epoch, and between it and the head alone")
          .withDefault("" + Tuning.NONE.validation());

  static final CommandOption TRAINERS =
      optional(
              "--trainers",
              "N",
              "executors that train at once, each on its share of the images, and take the mean of their"
                  + " weights")
          .withDefault("" + Tuning.NONE.trainers());
  static final CommandOption AVERAGE_EVERY =
      optional(
              "--average-every",
              "STEPS",
              "steps behind which --trainers take the mean of their weights; or epoch")
          .withDefault(EPOCH);

  /** What says nothing without {@link #TUNE}. */
  private static final List<CommandOption> OF_TUNING =
      List.of(
          KEEP,
          AUGMENT,
          EPOCHS,
          BATCH,
          LEARNING_RATE,
          SCHEDULER,
          WARMUP_STEPS,
          WEIGHT_DECAY,
          LAYER_DECAY,
          DROP_PATH,
          MAX_GRAD_NORM,
          PATIENCE,
          VALIDATION,
          TRAINERS,
          AVERAGE_EVERY);

  /** What says nothing of embeddings. */
  private static final List<CommandOption> OF_INPUT =
      List.of(ScoreCommand.INPUT_FORMAT, ScoreCommand.PATH_COLUMN, ScoreCommand.CONTENT_COLUMN);

  private static final int MOST = 1_000_000;
  private static final int MOST_TRAINERS = 1_000;

  /** What {@code --if-exists} may be. */
  private enum Existing {
    FAIL,
    OVERWRITE
  }

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String purpose() {
    return "Trains a classifier on a BEiT or ViT checkpoint, tunes that where asked, and writes a new one";
  }

  @Override
  public List<OptionSection> sections() {
    return List.of(
        OptionSection.of("What it needs", MODEL, TRUTH, OUTPUT),
        OptionSection.of(
            "Images",
            EMBEDDINGS,
            INPUT,
            ScoreCommand.INPUT_FORMAT,
            ScoreCommand.PATH_COLUMN,
            ScoreCommand.CONTENT_COLUMN,
            ScoreCommand.ALLOW_HOSTS,
            ScoreCommand.ALLOW_SCHEMES,
            ScoreCommand.PROCESSOR,
            ScoreCommand.RESIZE_BACKEND,
            ScoreCommand.POSITION_BIAS,
            MAX_FAILED_FRACTION),
        OptionSection.of(
            "The truth",
            EvaluateCommand.TRUTH_FORMAT,
            EvaluateCommand.TRUTH_PATH_COLUMN,
            EvaluateCommand.TRUTH_LABEL_COLUMN,
            EvaluateCommand.CSV_SEPARATOR,
            EvaluateCommand.LABEL_SEPARATOR,
            EvaluateCommand.MATCH_BY,
            EvaluateCommand.REWRITE,
            PROBLEM_TYPE,
            UNMATCHED),
        OptionSection.of("The classifier", SPLIT, SEED, REG, CLASS_WEIGHTS, IF_EXISTS),
        new OptionSection(
            "Tuning the backbone", Stream.concat(Stream.of(TUNE), OF_TUNING.stream()).toList()));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/train --model beit-base --input photos/ --truth photos/ --output shelf-model/",
        """
        jobs/train --model beit-base --embeddings embeddings/ --truth labels.csv --match-by name \\
            --split every-fifth --output fridge/""",
        "jobs/train --model beit-base --input photos/ --truth photos/ --output tuned/ --tune last:2");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    TrainOptions options = options(arguments);
    try (SparkRun run =
        SparkRun.start(
            "labelmill train", SparkRun.places(arguments, MODEL, EMBEDDINGS, INPUT, TRUTH))) {
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
    if (arguments.isGiven(EMBEDDINGS) == arguments.isGiven(INPUT)) {
      arguments.problem(
          arguments.isGiven(INPUT)
              ? "--embeddings and --input are two ways: give one of them"
              : "what to train on is missing: --embeddings, or --input");
    }
    String splitText = arguments.text(SPLIT).orElse(DEFAULT_SPLIT);
    SplitRule split = arguments.checked(() -> SplitRule.parse(splitText));
    Tuning tuning = tuning(arguments);
    if (arguments.isGiven(SEED)
        && !tuning.isWanted()
        && split != null
        && split.kind() != SplitRule.Kind.FRACTION) {
      arguments.problem(
          "--seed changes nothing with --split "
              + split.text()
              + ": it chooses images where --split is a share");
    }
    ScoreOptions.Model model =
        new ScoreOptions.Model(
            arguments.text(MODEL).orElse(""),
            arguments.text(ScoreCommand.PROCESSOR),
            Optional.empty(),
            Optional.empty(),
            ScoreCommand.originals(arguments),
            Precision.FP32);
    Optional<String> embeddings = arguments.text(EMBEDDINGS);
    TruthOptions truth = EvaluateCommand.truth(arguments, Optional.empty());
    SourceOptions source = source(arguments, truth);
    PathKey key = EvaluateCommand.key(arguments);
    List<ProblemType> kinds = EvaluateCommand.problemTypes(arguments, PROBLEM_TYPE);
    long seed = arguments.wholeNumber(SEED, Long.MIN_VALUE, Long.MAX_VALUE).orElse(0);
    Fit fit =
        new Fit(
            arguments.atLeast(REG, 0).orElse(Fit.DEFAULT_REG),
            arguments.choice(CLASS_WEIGHTS, ClassWeights.class, ClassWeights.NONE));
    Unmatched unmatched = arguments.choice(UNMATCHED, Unmatched.class, Unmatched.FAIL);
    String output = arguments.text(OUTPUT).orElse("");
    Existing existing = arguments.choice(IF_EXISTS, Existing.class, Existing.FAIL);
    double maxFailed = arguments.fraction(MAX_FAILED_FRACTION).orElse(0.1);
    arguments.throwIfWrong();
    return new TrainOptions(
        model,
        embeddings,
        source,
        truth,
        key,
        kinds.size() == 1 ? Optional.of(kinds.get(0)) : Optional.empty(),
        split,
        seed,
        fit,
        tuning,
        unmatched,
        output,
        existing == Existing.OVERWRITE ? IfExists.OVERWRITE : IfExists.FAIL,
        maxFailed,
        arguments.effective());
  }

  /** The images, or the table of embeddings that names them. */
  private static SourceOptions source(Arguments arguments, TruthOptions truth) {
    List<String> inputs = arguments.texts(arguments.isGiven(INPUT) ? INPUT : EMBEDDINGS);
    SourceOptions.Builder builder = SourceOptions.builder(inputs);
    arguments.text(ScoreCommand.INPUT_FORMAT).ifPresent(builder::format);
    arguments.text(ScoreCommand.PATH_COLUMN).ifPresent(builder::pathColumn);
    arguments.text(ScoreCommand.CONTENT_COLUMN).ifPresent(builder::contentColumn);
    if (truth != null) {
      truth.csvSeparator().ifPresent(builder::csvSeparator);
    }
    ScoreCommand.allow(arguments, builder);
    if (arguments.isGiven(EMBEDDINGS)) {
      for (CommandOption option : OF_INPUT) {
        if (arguments.isGiven(option)) {
          arguments.problem(option.name() + " changes nothing without --input: leave it out");
        }
      }
    }
    // Without inputs there is one complaint already.
    return inputs.isEmpty() ? null : arguments.checked(builder::build);
  }

  private static Tuning tuning(Arguments arguments) {
    Tuning defaults = Tuning.NONE;
    Extent extent =
        arguments.checked(() -> arguments.text(TUNE).map(Extent::parse).orElse(Extent.HEAD));
    if (Extent.HEAD.equals(extent)) {
      for (CommandOption option : OF_TUNING) {
        if (arguments.isGiven(option)) {
          arguments.problem(
              option.name()
                  + " changes nothing without --tune last:N or all: add it, or leave it out");
        }
      }
    }
    Strength augment = arguments.choice(AUGMENT, Strength.class, defaults.augment());
    double rate = above0(arguments, LEARNING_RATE, defaults.learningRate());
    double weightDecay = arguments.atLeast(WEIGHT_DECAY, 0).orElse(defaults.weightDecay());
    double layerDecay = arguments.fraction(LAYER_DECAY).orElse(defaults.layerDecay());
    if (layerDecay == 0) {
      arguments.problem("--layer-decay is 0: it must be above 0");
    }
    double gradNorm = above0(arguments, MAX_GRAD_NORM, defaults.maxGradNorm());
    double dropPath = below1(arguments, DROP_PATH, defaults.dropPath());
    double validation = below1(arguments, VALIDATION, defaults.validation());
    if (validation == 0) {
      arguments.problem("--validation is 0: some images must choose the best epoch");
    }
    int trainers = arguments.integer(TRAINERS, 1, MOST_TRAINERS).orElse(defaults.trainers());
    return new Tuning(
        extent == null ? Extent.HEAD : extent,
        augment,
        rate,
        weightDecay,
        layerDecay,
        gradNorm,
        dropPath,
        arguments.integer(WARMUP_STEPS, 0, MOST).orElse(defaults.warmupSteps()),
        arguments.choice(SCHEDULER, Schedule.class, defaults.schedule()),
        arguments.integer(EPOCHS, 1, MOST).orElse(defaults.epochs()),
        arguments.integer(BATCH, 1, MOST).orElse(defaults.batchSize()),
        arguments.integer(PATIENCE, 1, MOST).orElse(defaults.patience()),
        validation,
        trainers,
        averageEvery(arguments, extent),
        arguments.choice(KEEP, Keep.class, defaults.keep()));
  }

  /** Steps; 0 for an epoch's. */
  private static int averageEvery(Arguments arguments, Extent extent) {
    boolean alone = arguments.text(TRAINERS).orElse("1").equals("1");
    if (arguments.isGiven(AVERAGE_EVERY) && alone && !Extent.HEAD.equals(extent)) {
      arguments.problem(
          "--average-every changes nothing without --trainers of 2 or more: add it, or leave it out");
    }
    String steps = arguments.text(AVERAGE_EVERY).orElse(EPOCH);
    if (steps.equals(EPOCH)) {
      return 0;
    }
    if (!steps.matches("[1-9][0-9]{0,5}")) {
      arguments.problem(
          "--average-every is %s: it must be epoch, or a number of steps from 1".formatted(steps));
      return 0;
    }
    return Integer.parseInt(steps);
  }

  private static double above0(Arguments arguments, CommandOption option, double fallback) {
    double value = arguments.atLeast(option, 0).orElse(fallback);
    if (value == 0) {
      arguments.problem(option.name() + " is 0: it must be above 0");
    }
    return value;
  }

  private static double below1(Arguments arguments, CommandOption option, double fallback) {
    double value = arguments.fraction(option).orElse(fallback);
    if (value == 1) {
      arguments.problem(option.name() + " is 1: it must be below 1");
    }
    return value;
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
    line(text, "problem type: %s (--problem-type)", Arguments.word(result.problemType()));
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

  private static void line(StringBuilder text, String format, Object... args) {
    text.append(String.format(Locale.ROOT, format, args)).append(System.lineSeparator());
  }
}
