package io.labelmill.verify;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.model.Device;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model's logits for the published picture, beside those that are published. */
public final class PublishedComparison {
  private PublishedComparison() {}

  /**
   * Runs the model over the picture.
   *
   * @param model as the user names it
   * @param source the model, opened
   * @param picture file that the user names
   * @param tolerance largest difference of a logit that passes
   * @throws InputException if there are no figures for the model, or it is another picture
   * @throws IOException if the model can't be read or its graph can't be written
   */
  public static Verdict of(
      String model,
      ModelSource source,
      List<PublishedFigures> table,
      Path picture,
      byte[] encoded,
      double tolerance,
      Device device)
      throws IOException {
    Checkpoint checkpoint = source.checkpoint();
    PublishedFigures expected = PublishedFigures.of(table, checkpoint);
    ModelBundle bundle =
        ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), source.graphFolder());
    float[] logits = logits(bundle, picture, encoded, device);
    List<String> lines = new ArrayList<>();
    lines.add("published for " + expected.model());
    lines.add(Verdict.row("", "published", "here", "difference"));
    for (int i = 0; i < expected.logits().size(); i++) {
      double published = expected.logits().get(i);
      lines.add(
          Verdict.row(
              "logit " + i,
              decimal(published),
              decimal(logits[i]),
              Verdict.scientific(Math.abs(logits[i] - published))));
    }
    int best = PublishedFigures.best(logits);
    String label = checkpoint.labels().names().get(best);
    lines.add(Verdict.row("best label", expected.label(), best, "", label));
    List<String> mismatches = expected.mismatches(logits, tolerance);
    String sentence =
        "the model %s %s with %s what is published for %s"
            .formatted(
                model, mismatches.isEmpty() ? "does" : "does not do", picture, expected.model());
    return mismatches.isEmpty()
        ? new Verdict(lines, true, sentence)
        : new Verdict(lines, false, sentence + ": " + String.join("; ", mismatches));
  }

  private static float[] logits(ModelBundle bundle, Path picture, byte[] encoded, Device device)
      throws IOException {
    try (ImageLogits session = ImageLogits.open(bundle, device)) {
      ImageLogits.Result result = session.logits(encoded);
      if (result.width() != PublishedFigures.PICTURE_WIDTH
          || result.height() != PublishedFigures.PICTURE_HEIGHT) {
        throw new InputException(
            "--input %s is %d x %d pixels; %s has %d x %d: it is another picture."
                .formatted(
                    picture,
                    result.width(),
                    result.height(),
                    PublishedFigures.PICTURE,
                    PublishedFigures.PICTURE_WIDTH,
                    PublishedFigures.PICTURE_HEIGHT));
      }
      return result.logits();
    } catch (ImageException e) {
      throw new InputException("--input " + picture + ": " + e.getMessage(), e);
    }
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
