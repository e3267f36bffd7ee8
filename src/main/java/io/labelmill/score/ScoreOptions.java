package io.labelmill.score;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.decode.Orientation;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.Network;
import io.labelmill.graph.Pooling;
import io.labelmill.graph.Precision;
import io.labelmill.model.DeviceChoice;
import io.labelmill.segment.LabelMap;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import io.labelmill.source.StoreProbe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The command line of {@code jobs/score}, checked and typed: everything that can be judged without
 * opening the model, the input or the output is right. The parts go to the packages that they are
 * named after.
 *
 * <pre>{@code
 * RowSettings settings =
 *     options.rows().resolve(checkpoint, "fp32");
 * }</pre>
 *
 * @param rows what is written about an image
 * @param execution how the work is done
 * @param effective every option with its effective value, credentials taken out, for the log and
 *     the run record; keys as on the command line without dashes
 */
public record ScoreOptions(
    Model model,
    SourceOptions source,
    RowOptions rows,
    OutputOptions output,
    Execution execution,
    SortedMap<String, String> effective) {

  public ScoreOptions {
    effective = Collections.unmodifiableSortedMap(new TreeMap<>(effective));
  }

  private static void refusePixels(Checkpoint checkpoint) {
    if (checkpoint.isOfPoints()) {
      throw new InputException(
          "The model %s gives labels of pixels, not of whole images: run it with jobs/segment"
              .formatted(checkpoint.name()));
    }
  }

  /** Every place that the options name. */
  List<StoreProbe.Place> places() {
    List<StoreProbe.Place> places = new ArrayList<>();
    source.inputs().forEach(input -> places.add(new StoreProbe.Place("--input", input)));
    places.add(new StoreProbe.Place("--model", model.folder()));
    model.processor().ifPresent(uri -> places.add(new StoreProbe.Place("--processor", uri)));
    model.labels().ifPresent(uri -> places.add(new StoreProbe.Place("--labels", uri)));
    model.head().ifPresent(uri -> places.add(new StoreProbe.Place("--head", uri)));
    places.add(new StoreProbe.Place("--output", output.output()));
    output.runFolder().ifPresent(uri -> places.add(new StoreProbe.Place("--run-dir", uri)));
    return places;
  }

  /**
   * Which checkpoint.
   *
   * @param folder path or URI of the checkpoint folder
   * @param processor path or URI of a folder that holds {@code preprocessor_config.json}, or of the
   *     file itself
   * @param labels path or URI of a file of label names
   * @param head path or URI of the folder of a classifier to put on
   * @param originals whose pixels, and whose relative positions
   * @param precision arithmetic that it runs in
   */
  public record Model(
      String folder,
      Optional<String> processor,
      Optional<String> labels,
      Optional<String> head,
      Originals originals,
      Precision precision) {
    /** With the checkpoint's own classifier and pixels, in float32. */
    public Model(String folder, Optional<String> processor, Optional<String> labels) {
      this(folder, processor, labels, Optional.empty(), Originals.OF_THE_FILES, Precision.FP32);
    }
  }

  /**
   * What is written about an image.
   *
   * @param threshold empty when the user gave none
   * @param topK predictions kept per image; empty when the user gave none
   * @param maxPixels width times height above which an image is not decoded
   */
  public record Scoring(
      Activation activation,
      Optional<Threshold> threshold,
      OptionalInt topK,
      KeptScores scores,
      Orientation orientation,
      long maxPixels)
      implements RowOptions {

    /** Predictions kept per image where the user does not say, or all where a model has fewer. */
    public static final int DEFAULT_TOP_K = 5;

    /** Pillow's own limit for an error: twice the size at which it warns. */
    public static final long DEFAULT_MAX_PIXELS = 178_956_970;

    @Override
    public String command() {
      return "score";
    }

    @Override
    public ScoreSettings resolve(Checkpoint checkpoint, String precision) {
      refusePixels(checkpoint);
      return resolve(
          checkpoint.problemType(), checkpoint.labels().names(), checkpoint.originals(), precision);
    }

    /**
     * The settings for a model.
     *
     * @param problemType the checkpoint's, empty when it names none
     * @param labels the model's labels in index order
     * @param originals of the model, see {@link Checkpoint#originals}
     * @param precision arithmetic of the session, such as {@code fp32}
     * @throws UsageException with everything that does not fit the model
     */
    public ScoreSettings resolve(
        Optional<ProblemType> problemType,
        List<String> labels,
        Originals originals,
        String precision) {
      List<String> problems = new ArrayList<>();
      if (labels.isEmpty()) {
        throw new InputException(
            "The model has no classifier, so there are no labels to score: name a checkpoint that"
                + " was fine-tuned for image classification");
      }
      Activation resolved = activation.resolve(problemType, labels.size());
      Thresholds thresholds = Thresholds.none();
      if (resolved == Activation.SIGMOID) {
        try {
          thresholds = threshold.orElse(Threshold.of(Threshold.DEFAULT_VALUE)).perLabel(labels);
        } catch (UsageException e) {
          problems.addAll(e.problems());
        }
      } else if (threshold.isPresent()) {
        problems.add(
            ("--threshold needs independent labels, but this model's activation is %s: leave"
                    + " --threshold out, or add --activation sigmoid if its labels are independent")
                .formatted(resolved.name().toLowerCase(Locale.ROOT)));
      }
      if (topK.isPresent() && topK.getAsInt() > labels.size()) {
        problems.add(
            "--top-k is " + topK.getAsInt() + ", but the model has " + labels.size() + " labels");
      }
      UsageException.throwIfAny(problems);
      return new ScoreSettings(
          resolved,
          thresholds,
          topK.orElse(Math.min(DEFAULT_TOP_K, labels.size())),
          scores,
          precision,
          orientation,
          originals,
          maxPixels);
    }
  }

  /**
   * What is written about an image that is embedded.
   *
   * @param pooling which vector; empty for the one that the model's classifier takes
   * @param scoring how images are labelled in the same pass; empty where they are not
   * @param maxPixels width times height above which an image is not decoded
   */
  public record Embedding(
      Optional<Pooling> pooling,
      Normalization normalization,
      Optional<Scoring> scoring,
      Orientation orientation,
      long maxPixels)
      implements RowOptions {

    /** The vector that the model's classifier takes, as it is. */
    public static final Embedding PLAIN =
        new Embedding(
            Optional.empty(),
            Normalization.NONE,
            Optional.empty(),
            Orientation.UPRIGHT,
            Scoring.DEFAULT_MAX_PIXELS);

    @Override
    public String command() {
      return "embed";
    }

    @Override
    public EmbedSettings resolve(Checkpoint checkpoint, String precision) {
      refusePixels(checkpoint);
      if (checkpoint.graph().isPresent()) {
        throw new InputException(
            "%s is a finished graph, which gives no embeddings: name the checkpoint that it was exported from"
                .formatted(checkpoint.graph().get().onnx().file()));
      }
      Optional<Pooling> own = Network.of(checkpoint.config(), checkpoint.weights()).pooling();
      Pooling wanted =
          pooling
              .or(() -> own)
              .orElseThrow(
                  () ->
                      new InputException(
                          "The model %s has no pooled vector of its own: say which one with --pool mean or --pool cls"
                              .formatted(checkpoint.name())));
      return new EmbedSettings(
          wanted,
          own.equals(Optional.of(wanted)) ? GraphOutput.POOLED : GraphOutput.LAST_HIDDEN_STATE,
          normalization,
          scoring.map(one -> one.resolve(checkpoint, precision)).orElse(null),
          precision,
          orientation,
          checkpoint.originals(),
          maxPixels);
    }
  }

  /**
   * What is written about an image of which each pixel gets a label.
   *
   * @param windowing windows that slide over the picture; empty for the picture as a whole
   * @param maxPixels width times height above which an image is not decoded
   */
  public record Segmentation(
      Masks masks, Optional<Windowing> windowing, Orientation orientation, long maxPixels)
      implements RowOptions {

    @Override
    public String command() {
      return "segment";
    }

    @Override
    public SegmentSettings resolve(Checkpoint checkpoint, String precision) {
      if (!checkpoint.isOfPoints()) {
        throw new InputException(
            ("The model %s gives labels of whole images, not of pixels: run it with jobs/score, or"
                    + " name one for semantic segmentation")
                .formatted(checkpoint.name()));
      }
      int labels = checkpoint.labels().size();
      if (labels > LabelMap.MOST_LABELS) {
        throw new InputException(
            "The model %s has %s labels, and masks tell %s apart"
                .formatted(checkpoint.name(), labels, LabelMap.MOST_LABELS));
      }
      if (windowing.isEmpty() && !checkpoint.processor().showsWholePicture()) {
        throw new InputException(
            "The image processor %s does not show the model whole pictures (%s), and masks would not fit them: give one with do_center_crop false by --processor, or let windows slide over pictures with --window"
                .formatted(checkpoint.processor().source(), checkpoint.processor().steps()));
      }
      int height = checkpoint.processor().height();
      int width = checkpoint.processor().width();
      if (windowing.isPresent()
          && (windowing.get().side() != height || windowing.get().side() != width)) {
        throw new UsageException(
            "--window is %d, and the model takes pictures of [h=%d,w=%d]: windows must be as large"
                .formatted(windowing.get().side(), height, width));
      }
      return new SegmentSettings(
          masks, windowing.orElse(null), precision, orientation, checkpoint.originals(), maxPixels);
    }
  }

  /**
   * How the work is done. None of it changes a row.
   *
   * @param batchSize images per forward pass; empty for the job's own choice
   * @param commitEvery images per committed wave; empty for the job's own choice
   * @param maxFailedFraction share of failed images above which the run fails, 0 to 1
   * @param device where sessions run
   */
  public record Execution(
      OptionalInt batchSize,
      OptionalLong commitEvery,
      double maxFailedFraction,
      DeviceChoice device) {
    /** On what device there is. */
    public Execution(OptionalInt batchSize, OptionalLong commitEvery, double maxFailedFraction) {
      this(batchSize, commitEvery, maxFailedFraction, DeviceChoice.AUTO);
    }
  }
}
