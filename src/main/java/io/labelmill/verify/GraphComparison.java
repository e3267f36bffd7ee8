package io.labelmill.verify;

import static io.labelmill.verify.Verdict.figure;
import static io.labelmill.verify.Verdict.scientific;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Operators;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.score.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Two graphs of one model over the same images. Used by one thread.
 *
 * @param model as the user names it
 * @param source the model, opened
 * @param images files of this machine
 * @param device that runs both
 */
public record GraphComparison(String model, ModelSource source, List<Path> images, Device device) {
  private static final GraphSpec LOGITS = GraphSpec.of(GraphOutput.LOGITS);
  private static final double LARGEST_OF_LOGITS = 1e-4;
  private static final double MEAN_OF_SCORES = 0.01;

  public GraphComparison {
    images = List.copyOf(images);
  }

  /**
   * The graph that the job runs beside the one of standard operators, both in fp32.
   *
   * @param tolerance largest difference of a logit that passes; empty for the usual one
   * @throws InputException for an exported graph, or where no file is an image
   * @throws IOException if a file can't be read or a graph can't be written
   */
  public Verdict ofOperators(OptionalDouble tolerance) throws IOException {
    if (checkpoint().graph().isPresent()) {
      throw new InputException(
          model
              + " is an exported graph, of which no other can be built: verify the checkpoint that"
              + " it was made of");
    }
    Agreement agreement =
        agreement(
            bundle(LOGITS.withOperators(Operators.STANDARD), "standard"), bundle(LOGITS, "fused"));
    // Logits of points come of sums of thousands, so that a share of the largest is allowed.
    double usual =
        checkpoint().isOfPoints()
            ? LARGEST_OF_LOGITS * agreement.largestLogit()
            : LARGEST_OF_LOGITS;
    double allowed = tolerance.orElse(usual);
    String largest = scientific(agreement.largest());
    List<String> lines =
        lines(agreement, "the graph of the job, and the one of standard operators, both in fp32");
    lines.add(figure("largest difference", largest));
    lines.addAll(labels(agreement));
    boolean agrees = agreement.largest() <= allowed;
    return new Verdict(
        lines,
        agrees,
        "the graphs of %s %s: a logit differs by %s, %s %s"
            .formatted(
                model,
                agrees ? "agree" : "do not agree",
                largest,
                agrees ? "at most" : "more than",
                scientific(allowed)));
  }

  /**
   * The graph in a precision beside the one in fp32.
   *
   * @param precision not fp32
   * @param tolerance mean difference of a score that passes; empty for the usual one
   * @throws InputException where no file is an image
   * @throws IOException if a file can't be read or a graph can't be written
   */
  public Verdict ofPrecisions(Precision precision, OptionalDouble tolerance) throws IOException {
    String word = precision.word();
    ModelBundle exact = bundle(LOGITS, Precision.FP32.word());
    ModelBundle rounded = bundle(LOGITS.withPrecision(precision), word);
    Agreement agreement = agreement(exact, rounded);
    double allowed = tolerance.orElse(MEAN_OF_SCORES);
    String mean = scientific(agreement.meanOfScores());
    List<String> lines = lines(agreement, "scores in " + word + ", and in fp32");
    lines.add(figure("mean difference", mean));
    lines.addAll(labels(agreement));
    rounded.warnings().stream()
        .filter(warning -> !exact.warnings().contains(warning))
        .forEach(lines::add);
    boolean agrees = agreement.meanOfScores() <= allowed && agreement.share() >= Agreement.ALIKE;
    return new Verdict(
        lines,
        agrees,
        ("%s is %s fp32 for %s: a score differs by %s in the mean (at most %s), and %d of %d %s keep"
                + " their best label (at least %.0f%%)")
            .formatted(
                word,
                agrees ? "close enough to" : "too far from",
                model,
                mean,
                scientific(allowed),
                agreement.sameLabel(),
                agreement.points(),
                points(),
                100 * Agreement.ALIKE));
  }

  private Checkpoint checkpoint() {
    return source.checkpoint();
  }

  private ModelBundle bundle(GraphSpec spec, String name) throws IOException {
    Path folder = Files.createDirectories(source.graphFolder().resolve(name));
    return ModelBundle.build(checkpoint(), spec, folder);
  }

  private Agreement agreement(ModelBundle reference, ModelBundle candidate) throws IOException {
    int labels = checkpoint().labels().size();
    Activation activation = Activation.AUTO.resolve(checkpoint().problemType(), labels);
    try (ImageLogits expected = ImageLogits.open(reference, device);
        ImageLogits found = ImageLogits.open(candidate, device)) {
      Agreement agreement = Agreement.over(images, expected, found, labels, activation);
      if (agreement.images() == 0) {
        throw new InputException("none of the %d files is an image".formatted(agreement.unread()));
      }
      return agreement;
    }
  }

  /** What gets a label. */
  private String points() {
    return checkpoint().isOfPoints() ? "points" : "images";
  }

  private static List<String> lines(Agreement agreement, String compared) {
    List<String> lines = new ArrayList<>(List.of(compared, figure("images", agreement.images())));
    if (agreement.unread() > 0) {
      lines.add(figure("not images, or broken", agreement.unread()));
    }
    return lines;
  }

  private List<String> labels(Agreement agreement) {
    boolean ofPoints = checkpoint().isOfPoints();
    List<String> lines = new ArrayList<>();
    lines.add(
        figure(
            "same best label",
            "%d of %d%s"
                .formatted(
                    agreement.sameLabel(), agreement.points(), ofPoints ? " " + points() : "")));
    String other =
        ofPoints
            ? "another label at more than %.0f%% of its points: "
                .formatted(100 * (1 - Agreement.ALIKE))
            : "another label: ";
    agreement.others().forEach(file -> lines.add(other + file));
    return lines;
  }
}
