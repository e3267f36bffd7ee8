package io.labelmill.train;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.IfExists;
import io.labelmill.source.SourceOptions;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The command line of {@code jobs/train}, checked and typed.
 *
 * @param embeddings a table of {@code jobs/embed}; empty where inputs are embedded first
 * @param source images to embed first; where there are embeddings, their table's name, and how its
 *     paths are read
 * @param truth labels of the images
 * @param key how paths of truth and embeddings are compared
 * @param problemType classes that exclude each other, or any number of labels; empty: as the truth
 *     says
 * @param tuning of the backbone, behind that
 * @param unmatched what becomes of labels without images and the reverse
 * @param output folder of the checkpoint
 * @param ifExists {@link IfExists#FAIL} or {@link IfExists#OVERWRITE}
 * @param maxFailedFraction share of failed images above which the run fails
 * @param effective every option with its effective value, credentials taken out
 */
public record TrainOptions(
    ScoreOptions.Model model,
    Optional<String> embeddings,
    SourceOptions source,
    TruthOptions truth,
    PathKey key,
    Optional<ProblemType> problemType,
    SplitRule split,
    long seed,
    Fit fit,
    Tuning tuning,
    Unmatched unmatched,
    String output,
    IfExists ifExists,
    double maxFailedFraction,
    SortedMap<String, String> effective) {

  /**
   * The regression.
   *
   * @param reg strength of the penalty, 0 or more
   */
  public record Fit(double reg, ClassWeights classWeights) {}

  public static final Option<String> MODEL =
      JobOptions.MODEL.meaning(
          "backbone: Hugging Face checkpoint folder, or hf://ORG/NAME[@REVISION]");
  public static final Option<Optional<String>> EMBEDDINGS =
      Option.optional(
          "--embeddings", "URI", "table that jobs/embed wrote with this model", Reader.text());
  public static final Option<List<String>> INPUT =
      Option.repeatable(
          "--input", "URI", "images to embed first, in the same job, as jobs/embed takes them");
  public static final Option<Optional<ProblemType>> PROBLEM_TYPE =
      EvaluateOptions.problemType(
          "auto, multi-class (one label an image) or multi-label",
          "auto: what the run record or the truth says");
  public static final Option<SplitRule> SPLIT =
      Option.withDefault(
          "--split",
          "RULE",
          "images to test on: their share, taken of each combination of labels; every-fifth, as"
              + " the public fridgeObjects samples do; column:NAME of the truth, which holds train"
              + " or test; or none",
          Reader.text().map(SplitRule::parse),
          "0.2");
  public static final Option<Long> SEED =
      Option.withDefault(
          "--seed",
          "N",
          "another number, other images to test on, and another order to tune in",
          Reader.wholeNumber(Long.MIN_VALUE, Long.MAX_VALUE),
          "0");

  /** Enough to keep a head of some hundred numbers from learning some hundred images by heart. */
  public static final Option<Double> REG =
      Option.withDefault(
          "--reg",
          "R",
          "strength of the L2 penalty on standardised vectors, 0 or more; scikit-learn's C is 1 /"
              + " (R * images)",
          Reader.atLeast(0),
          "0.01");

  public static final Option<ClassWeights> CLASS_WEIGHTS =
      Option.choice(
          "--class-weights",
          "balanced: rare labels count as much as frequent ones",
          ClassWeights.NONE);
  public static final Option<Unmatched> UNMATCHED =
      Option.choice(
          "--unmatched", "labels without an image, and images without labels", Unmatched.FAIL);
  public static final Option<String> OUTPUT =
      Option.required(
          "--output", "DIR", "folder of the new checkpoint, in the form that Transformers loads");
  public static final Option<IfExists> IF_EXISTS =
      Option.choice(
          "--if-exists",
          "when the folder is there already",
          List.of(IfExists.FAIL, IfExists.OVERWRITE),
          IfExists.FAIL);
  public static final Option<Double> MAX_FAILED_FRACTION =
      JobOptions.MAX_FAILED_FRACTION.meaning(
          "share of failed images among the labelled ones above which the run fails");

  /** What says nothing of embeddings. */
  private static final List<Option<?>> OF_INPUT =
      List.of(SourceOptions.INPUT_FORMAT, SourceOptions.PATH_COLUMN, SourceOptions.CONTENT_COLUMN);

  public TrainOptions {
    problemType.ifPresent(ProblemType::checkedOfLabels);
    effective = Collections.unmodifiableSortedMap(new TreeMap<>(effective));
  }

  /**
   * What options say of a training.
   *
   * @param effective every option with its effective value, credentials taken out
   */
  public static TrainOptions read(Values values, SortedMap<String, String> effective) {
    Optional<String> embeddings = values.get(EMBEDDINGS);
    boolean hasInput = values.isGiven(INPUT);
    if (hasInput == values.isGiven(EMBEDDINGS)) {
      values.problem(
          hasInput
              ? "--embeddings and --input are two ways: give one of them"
              : "what to train on is missing: --embeddings, or --input");
    }
    SplitRule split = values.get(SPLIT);
    Tuning tuning = Tuning.read(values);
    if (!tuning.isWanted() && split.kind() != SplitRule.Kind.FRACTION) {
      values.refuse(
          List.of(SEED),
          "with --split " + split.text() + ": it chooses images where --split is a share");
    }
    // Of what is missing there is one complaint already.
    List<String> images = hasInput ? values.get(INPUT) : List.of(embeddings.orElse("-"));
    SourceOptions source =
        values.checked(() -> SourceOptions.read(values, images, List.of()), null);
    if (values.isGiven(EMBEDDINGS)) {
      values.refuse(OF_INPUT, "without --input: leave it out");
    }
    return new TrainOptions(
        JobOptions.model(values),
        embeddings,
        source,
        TruthOptions.read(values),
        TruthOptions.key(values),
        values.get(PROBLEM_TYPE),
        split,
        values.get(SEED),
        new Fit(values.get(REG), values.get(CLASS_WEIGHTS)),
        tuning,
        values.get(UNMATCHED),
        values.get(OUTPUT),
        values.get(IF_EXISTS),
        values.get(MAX_FAILED_FRACTION),
        effective);
  }

  /** Images to embed first; none where there are embeddings. */
  public List<String> inputs() {
    return embeddings.isPresent() ? List.of() : source.inputs();
  }
}
