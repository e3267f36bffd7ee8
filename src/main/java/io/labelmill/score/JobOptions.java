package io.labelmill.score;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.Pooling;
import io.labelmill.graph.Precision;
import io.labelmill.model.DeviceChoice;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.score.ScoreOptions.Execution;
import io.labelmill.score.ScoreOptions.Model;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreOptions.Segmentation;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.AzureBodies;
import io.labelmill.table.TextFile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The options of model, rows and work, as {@code jobs/score}, {@code jobs/embed}, {@code
 * jobs/segment} and the stages of Spark ML have them, and what is made of their values.
 */
public final class JobOptions {
  public static final Option<String> MODEL =
      Option.required(
          "--model",
          "MODEL",
          "Hugging Face checkpoint folder (config.json, preprocessor_config.json, weights), on any"
              + " file system that Hadoop knows; or one with model.onnx in place of weights; or"
              + " hf://ORG/NAME[@REVISION] from the hub");
  public static final Option<Optional<String>> PROCESSOR =
      Option.optional(
          "--processor",
          "PATH",
          "folder that holds another preprocessor_config.json, or the file itself",
          Reader.text());
  public static final Option<Optional<String>> LABELS =
      Option.optional(
          "--labels",
          "FILE",
          "other label names: one a line in index order, or a JSON object from index to name",
          Reader.text());
  public static final Option<Optional<String>> HEAD =
      Option.optional(
          "--head",
          "FOLDER",
          "classifier that jobs/train wrote, to put on the --model that it was trained on",
          Reader.text());
  public static final Option<ResizeBackend> RESIZE_BACKEND =
      Option.choice(
          "--resize-backend",
          "whose pixels are computed: those of Pillow 13.0, of Pillow 12.2 and 12.3, or of"
              + " torchvision; auto: the one that the checkpoint's files speak for",
          ResizeBackend.AUTO);
  public static final Option<PositionBias> POSITION_BIAS =
      Option.choice(
          "--position-bias",
          "how BEiT's relative positions are read on pictures that are not square: as its"
              + " authors' code and Transformers before 4.43, or as Transformers since, which"
              + " exchanges width and height; auto: by transformers_version in config.json",
          PositionBias.AUTO);

  /** Of commands that take segmentation models. */
  public static final Option<Optional<Taps>> TAPS =
      Option.choice(
              "--taps",
              "which states of the encoder a segmentation model takes for out_indices: those that"
                  + " Transformers takes, or those of the authors' code, with which figures were"
                  + " published; jobs/model inspect shows both",
              Taps.class)
          .orElse("as labelmill_taps in config.json says, else transformers");

  /** The first stands for one of the others. */
  private static final List<String> PRECISIONS =
      Stream.concat(Stream.of("auto"), Precision.words().stream()).toList();

  public static final Option<Precision> PRECISION =
      Option.withDefault(
          "--precision",
          String.join("|", PRECISIONS),
          "arithmetic of the model: auto is fp32; the others, fp16 on GPUs and the rest on"
              + " processors, are faster and close to it (jobs/model verify MODEL --precision int8"
              + " --input IMAGES tells how close)",
          Reader.choice(PRECISIONS).map(word -> Precision.of(word).orElse(Precision.FP32)),
          "auto");
  public static final Option<DeviceChoice> DEVICE =
      Option.withDefault(
          "--device",
          "DEVICE",
          "auto, cpu, gpu (the one that Spark gives each task), or gpu:N (of this machine, for"
              + " a local master)",
          Reader.parsed(DeviceChoice::parse),
          "auto");
  public static final Option<OptionalInt> BATCH_SIZE =
      Option.optional(
              "--batch-size",
              "N",
              "images per forward pass",
              Reader.integer(1, 1024).map(OptionalInt::of),
              OptionalInt.empty())
          .orElse(
              "auto: %d on a processor, %d on a GPU, %d there in fp16"
                  .formatted(
                      PreparedModel.PROCESSOR_BATCH,
                      PreparedModel.GPU_BATCH,
                      PreparedModel.HALF_BATCH));
  public static final Option<OptionalLong> COMMIT_EVERY =
      Option.optional(
              "--commit-every",
              "N",
              "images per committed wave",
              Reader.wholeNumber(1, Long.MAX_VALUE).map(OptionalLong::of),
              OptionalLong.empty())
          .orElse("first " + WaveSizes.FIRST_WAVE + ", then about two minutes of work");
  public static final Option<Double> MAX_FAILED_FRACTION =
      Option.withDefault(
          "--max-failed-fraction",
          "FRACTION",
          "share of failed images above which the run fails, after writing; from %s images on"
              .formatted(ScoreResult.FEWEST_ROWS),
          Reader.fraction(),
          "0.1");

  public static final Option<Orientation> ORIENTATION =
      Option.choice("--orientation", "upright: turned as EXIF or XMP says", Orientation.UPRIGHT);
  public static final Option<Long> MAX_PIXELS =
      Option.withDefault(
          "--max-pixels",
          "N",
          "an image that declares more pixels is TOO_LARGE and is not decoded",
          Reader.wholeNumber(1, Long.MAX_VALUE),
          "" + Scoring.DEFAULT_MAX_PIXELS);
  public static final Option<OptionalInt> TOP_K =
      Option.optional(
              "--top-k",
              "K",
              "predictions kept per image, 1 to the number of labels",
              Reader.integer(1, Integer.MAX_VALUE).map(OptionalInt::of),
              OptionalInt.empty())
          .orElse("" + Scoring.DEFAULT_TOP_K);
  public static final Option<KeptScores> SCORES =
      Option.choice("--scores", "all: adds the full score vector", KeptScores.TOP);
  public static final Option<Activation> ACTIVATION =
      Option.choice(
          "--activation",
          "what makes scores of logits; auto: by the model's problem_type, none: raw logits",
          Activation.AUTO);
  public static final Option<Optional<Threshold>> THRESHOLD =
      Option.optional(
              "--threshold",
              "T",
              "sigmoid only: a number 0 to 1, label=value pairs with commas between them, or a"
                  + " .json file; a label is assigned when its score is greater",
              Reader.text().map(JobOptions::threshold))
          .orElse("" + Threshold.DEFAULT_VALUE);

  public static final Option<Optional<Pooling>> POOL =
      Option.autoOr(
          "--pool",
          "mean of the patches, the leading token, or auto: the vector that the model's classifier"
              + " takes",
          List.of(Pooling.MEAN, Pooling.CLS));
  public static final Option<Normalization> NORMALIZE =
      Option.choice(
          "--normalize",
          "l2: vectors of length 1, whose products are cosines; jobs/train wants none",
          Normalization.NONE);
  public static final Option<Boolean> WITH_SCORES =
      Option.toggle(
          "--with-scores",
          "write the columns of jobs/score too, from the same forward pass; --top-k, --scores,"
              + " --activation and --threshold need it");

  public static final Option<Masks> MASKS =
      Option.choice(
          "--masks",
          "where masks are written as PNG of the upright picture's size, of which each pixel is a"
              + " label's index: nowhere, into the column mask, or into files below --run-dir, whose"
              + " paths are in the column mask_file",
          Masks.FILES);
  public static final Option<OptionalInt> WINDOW =
      Option.optional(
              "--window",
              "N",
              "let square windows of so many pixels, the model's own, slide over the picture, whose"
                  + " shorter side is brought to theirs, and take the mean of their logits",
              Reader.integer(16, 8192).map(OptionalInt::of),
              OptionalInt.empty())
          .orElse("the whole picture, squeezed into the model's input");
  public static final Option<OptionalInt> STRIDE =
      Option.optional(
              "--stride",
              "N",
              "pixels from one window to the next, an eighth of --window to all of it",
              Reader.integer(1, 8192).map(OptionalInt::of),
              OptionalInt.empty())
          .orElse("two thirds of --window");

  /** Those that say how images are labelled. */
  public static final List<Option<?>> OF_LABELLING = List.of(TOP_K, SCORES, ACTIVATION, THRESHOLD);

  /** Those that {@code jobs/embed} alone has. */
  public static final List<Option<?>> OF_EMBEDDING = List.of(POOL, NORMALIZE, WITH_SCORES);

  /** Those that {@code jobs/segment} has, and {@code jobs/score} has not. */
  public static final List<Option<?>> OF_SEGMENTING = List.of(MASKS, WINDOW, STRIDE, TAPS);

  private JobOptions() {}

  public static Model model(Values values) {
    return new Model(
        values.get(MODEL),
        values.get(PROCESSOR),
        values.get(LABELS),
        values.get(HEAD),
        originals(values),
        values.get(PRECISION));
  }

  public static Originals originals(Values values) {
    return new Originals(
        values.get(RESIZE_BACKEND), values.get(POSITION_BIAS), values.get(TAPS).orElse(null));
  }

  /** How the work is done, on a device that is right for the arithmetic. */
  public static Execution execution(Values values) {
    DeviceChoice device = values.get(DEVICE);
    Precision precision = values.get(PRECISION);
    return new Execution(
        values.get(BATCH_SIZE),
        values.get(COMMIT_EVERY),
        values.get(MAX_FAILED_FRACTION),
        values.checked(() -> device.forPrecision(precision), device));
  }

  public static Scoring scoring(Values values) {
    Activation activation = values.get(ACTIVATION);
    boolean assignsLabels = activation == Activation.SIGMOID || activation == Activation.AUTO;
    if (values.isGiven(THRESHOLD) && !assignsLabels) {
      values.problem(
          "--threshold is only for --activation sigmoid, but --activation is "
              + Reader.word(activation));
    }
    return new Scoring(
        activation,
        values.get(THRESHOLD),
        values.get(TOP_K),
        values.get(SCORES),
        values.get(ORIENTATION),
        values.get(MAX_PIXELS));
  }

  public static Embedding embedding(Values values) {
    boolean labels = values.get(WITH_SCORES);
    if (!labels) {
      values.refuse(OF_LABELLING, "without --with-scores: add it, or leave it out");
    }
    return new Embedding(
        values.get(POOL),
        values.get(NORMALIZE),
        labels ? Optional.of(scoring(values)) : Optional.empty(),
        values.get(ORIENTATION),
        values.get(MAX_PIXELS));
  }

  public static Segmentation segmentation(Values values) {
    if (values.get(OutputOptions.OUTPUT_FORMAT).equals(Optional.of(AzureBodies.FORMAT))) {
      values.problem("--output-format azure has labels of whole images: name another format");
    }
    return new Segmentation(
        values.get(MASKS), windowing(values), values.get(ORIENTATION), values.get(MAX_PIXELS));
  }

  private static Optional<Windowing> windowing(Values values) {
    OptionalInt side = values.get(WINDOW);
    OptionalInt stride = values.get(STRIDE);
    if (side.isEmpty()) {
      if (!values.isGiven(WINDOW)) {
        values.refuse(List.of(STRIDE), "without --window: add it, or leave it out");
      }
      return Optional.empty();
    }
    int step = stride.orElse(side.getAsInt() * 2 / 3);
    if (step > side.getAsInt()) {
      values.problem(
          "--stride is %d, more than --window, %d: pixels between windows would be in none"
              .formatted(step, side.getAsInt()));
      return Optional.empty();
    }
    if ((long) step * Windowing.SMALLEST_PART < side.getAsInt()) {
      values.problem(
          "--stride is %d, less than an eighth of --window, %d: a pixel would be in more than eight windows"
              .formatted(step, side.getAsInt()));
      return Optional.empty();
    }
    values.refuse(
        List.of(BATCH_SIZE),
        "with --window, whose windows go through the model one by one: leave it out");
    return Optional.of(new Windowing(side.getAsInt(), step));
  }

  private static Threshold threshold(String text) {
    return Threshold.isFile(text)
        ? Threshold.parseJson(TextFile.read("--threshold", text), text)
        : Threshold.parse(text);
  }
}
