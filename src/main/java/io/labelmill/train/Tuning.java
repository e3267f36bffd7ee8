package io.labelmill.train;

import io.labelmill.error.UsageException;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Settings;
import io.labelmill.option.Values;
import io.labelmill.tune.Augmentation.Strength;
import io.labelmill.tune.Extent;
import io.labelmill.tune.Schedule;
import java.util.List;

/**
 * How the backbone is tuned behind the fit of the head. Defaults are those of the public samples of
 * Azure ML for BEiT; layer decay and drop path are those of BEiT's authors.
 *
 * @param extent how much; {@link Extent#HEAD} for nothing
 * @param augment how pictures are changed in each epoch
 * @param learningRate of the classifier, behind the warm-up
 * @param weightDecay of the matrices
 * @param layerDecay what the learning rate is multiplied by from layer to layer, back to front
 * @param maxGradNorm to which longer gradients are shortened
 * @param dropPath rate at which branches of the last block are left out
 * @param warmupSteps on which the learning rate goes up
 * @param epochs at most
 * @param batchSize images of a step
 * @param patience epochs without a better one behind which it ends
 * @param validation share of the images to train on that choose the best epoch
 * @param trainers executors that train at once, each on a share of the images
 * @param averageEvery steps behind which these take the mean of their weights; 0 for an epoch's
 * @param keep which model is written
 */
public record Tuning(
    Extent extent,
    Strength augment,
    double learningRate,
    double weightDecay,
    double layerDecay,
    double maxGradNorm,
    double dropPath,
    int warmupSteps,
    Schedule schedule,
    int epochs,
    int batchSize,
    int patience,
    double validation,
    int trainers,
    int averageEvery,
    Keep keep) {
  public static final Option<Extent> TUNE =
      Option.withDefault(
          "--tune",
          "HOW",
          "head: the backbone stays as it is; last:N: its last N blocks are trained, too; all: all"
              + " of it",
          Reader.text().map(Extent::parse),
          "head");
  public static final Option<Keep> KEEP =
      Option.choice(
          "--keep",
          "better: the tuned model where it beat the head alone on the validation images, else"
              + " the head alone; tuned: the tuned one in any case",
          Keep.BETTER);
  public static final Option<Strength> AUGMENT =
      Option.choice(
          "--augment",
          "light: in each epoch another part of each image, maybe mirrored, in a little other"
              + " light; none",
          Strength.LIGHT);
  public static final Option<Integer> EPOCHS =
      Option.withDefault(
          "--number-of-epochs",
          "N",
          "most times that each image is trained on",
          Reader.integer(1, 1_000_000),
          "15");
  public static final Option<Integer> BATCH =
      Option.withDefault(
          "--training-batch-size", "N", "images of a step", Reader.integer(1, 1_000_000), "72");
  public static final Option<Double> LEARNING_RATE =
      Option.withDefault(
          "--learning-rate",
          "RATE",
          "of the classifier, behind the warm-up",
          above0(Reader.atLeast(0), "--learning-rate"),
          "9.973e-5");
  public static final Option<Schedule> SCHEDULER =
      Option.choice(
          "--learning-rate-scheduler", "how the learning rate goes down to 0", Schedule.COSINE);
  public static final Option<Integer> WARMUP_STEPS =
      Option.withDefault(
          "--warmup-steps",
          "N",
          "steps on which the learning rate goes up from 0",
          Reader.integer(0, 1_000_000),
          "0");
  public static final Option<Double> WEIGHT_DECAY =
      Option.withDefault(
          "--weight-decay", "RATE", "AdamW's, of the matrices", Reader.atLeast(0), "1.18e-7");
  public static final Option<Double> LAYER_DECAY =
      Option.withDefault(
          "--layer-decay",
          "FACTOR",
          "what the learning rate is multiplied by from layer to layer, back to front",
          above0(Reader.fraction(), "--layer-decay"),
          "0.85");
  public static final Option<Double> DROP_PATH =
      Option.withDefault(
          "--drop-path",
          "RATE",
          "how often branches of the last block are left out in training; those in front of it"
              + " less often",
          below1("--drop-path"),
          "0.1");
  public static final Option<Double> MAX_GRAD_NORM =
      Option.withDefault(
          "--max-grad-norm",
          "LENGTH",
          "to which longer gradients are shortened, above 0",
          above0(Reader.atLeast(0), "--max-grad-norm"),
          "1.0");
  public static final Option<Integer> PATIENCE =
      Option.withDefault(
          "--early-stopping-patience",
          "N",
          "epochs without a better one behind which training ends",
          Reader.integer(1, 1_000_000),
          "5");
  public static final Option<Double> VALIDATION =
      Option.withDefault(
          "--validation",
          "SHARE",
          "of the images to train on, taken of each combination of labels: these choose the best"
              + " epoch, and between it and the head alone",
          refused(
              below1("--validation"),
              0,
              "--validation is 0: some images must choose the best epoch"),
          "0.2");
  public static final Option<Integer> TRAINERS =
      Option.withDefault(
          "--trainers",
          "N",
          "executors that train at once, each on its share of the images, and take the mean of their"
              + " weights",
          Reader.integer(1, 1_000),
          "1");

  /** 0 for an epoch's steps. */
  public static final Option<Integer> AVERAGE_EVERY =
      Option.withDefault(
          "--average-every",
          "STEPS",
          "steps behind which --trainers take the mean of their weights; or epoch",
          Reader.text().map(Tuning::steps),
          "epoch");

  /** All, in the order of help. */
  public static final List<Option<?>> OPTIONS =
      List.of(
          TUNE,
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

  /** Nothing is tuned. */
  public static final Tuning NONE = new Settings().as(Tuning::read);

  public enum Keep {
    /** The tuned one where it was better on the validation images, else the head alone. */
    BETTER,
    TUNED
  }

  public static Tuning read(Values values) {
    Extent extent = values.get(TUNE);
    boolean nothing = extent.equals(Extent.HEAD) && !values.isWrong(TUNE);
    if (nothing) {
      values.refuse(
          OPTIONS.subList(1, OPTIONS.size()),
          "without --tune last:N or all: add it, or leave it out");
    }
    Strength augment = values.get(AUGMENT);
    double learningRate = values.get(LEARNING_RATE);
    double weightDecay = values.get(WEIGHT_DECAY);
    double layerDecay = values.get(LAYER_DECAY);
    double maxGradNorm = values.get(MAX_GRAD_NORM);
    double dropPath = values.get(DROP_PATH);
    double validation = values.get(VALIDATION);
    int trainers = values.get(TRAINERS);
    if (trainers == 1 && !nothing && !values.isWrong(TRAINERS)) {
      values.refuse(
          List.of(AVERAGE_EVERY), "without --trainers of 2 or more: add it, or leave it out");
    }
    return new Tuning(
        extent,
        augment,
        learningRate,
        weightDecay,
        layerDecay,
        maxGradNorm,
        dropPath,
        values.get(WARMUP_STEPS),
        values.get(SCHEDULER),
        values.get(EPOCHS),
        values.get(BATCH),
        values.get(PATIENCE),
        validation,
        trainers,
        values.get(AVERAGE_EVERY),
        values.get(KEEP));
  }

  private static Reader<Double> above0(Reader<Double> reader, String name) {
    return refused(reader, 0, name + " is 0: it must be above 0");
  }

  private static Reader<Double> below1(String name) {
    return refused(Reader.fraction(), 1, name + " is 1: it must be below 1");
  }

  private static Reader<Double> refused(Reader<Double> reader, double value, String sentence) {
    return reader.map(
        number -> {
          if (number == value) {
            throw new UsageException(sentence);
          }
          return number;
        });
  }

  private static int steps(String text) {
    if (text.equals("epoch")) {
      return 0;
    }
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw new UsageException(
          "--average-every is %s: it must be epoch, or a number of steps from 1".formatted(text));
    }
    return Integer.parseInt(text);
  }

  public boolean isWanted() {
    return extent.kind() != Extent.Kind.HEAD;
  }
}
