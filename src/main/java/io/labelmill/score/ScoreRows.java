package io.labelmill.score;

import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.graph.GraphOutput;
import io.labelmill.model.Outputs;
import io.labelmill.segment.Logits;
import io.labelmill.table.Location;
import java.sql.Timestamp;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Makes the rows of the score table: one per planned image, from its logits or its failure. Not
 * thread-safe: one per task.
 */
public final class ScoreRows {
  /** Position of the first kept column in a planned row. */
  public static final int FIRST_KEPT = 7;

  private final ScoreTable table;
  private final RowSettings settings;
  private final RunStamp stamp;
  private final InstantSource clock;
  private final String settingsSha256;
  private final Optional<Labels> labelling;

  /**
   * @param labels the model's labels in index order
   * @param clock gives {@code scored_at}
   */
  public ScoreRows(
      ScoreTable table,
      RowSettings settings,
      List<String> labels,
      RunStamp stamp,
      InstantSource clock) {
    this.table = table;
    this.settings = settings;
    this.stamp = stamp;
    this.clock = clock;
    this.settingsSha256 = settings.sha256();
    this.labelling = settings.labelling().map(scoring -> new Labels(scoring, labels));
  }

  /**
   * The row of an image that went through the model.
   *
   * @param planned the image's row in the plan: its path at 0, kept columns from {@link
   *     #FIRST_KEPT}
   * @param width of the upright picture, pixels
   * @param height of the upright picture, pixels
   * @param bytes length of the encoded image
   * @param contentVersion see {@link ScoreTable.Column#CONTENT_VERSION}
   * @param outputs what the pass gave
   * @param image its place in the pass
   * @throws InputException when an output is not finite; no row may be written then
   */
  public Row scored(
      Row planned,
      int width,
      int height,
      long bytes,
      String contentVersion,
      Outputs outputs,
      int image) {
    List<Object> values = start(planned, Status.OK, null);
    if (labelling.isPresent()) {
      float[] logits = outputs.tensor(GraphOutput.LOGITS.tensorName()).row(image);
      labelling.get().add(planned, logits, values);
    }
    if (settings.embedding().isPresent()) {
      float[] vector = settings.embedding().get().vector(outputs, image);
      for (int i = 0; i < vector.length; i++) {
        if (!Float.isFinite(vector[i])) {
          throw notFinite(planned, vector[i], "at place " + i + " of the embedding");
        }
      }
      values.add(boxed(vector));
    }
    values.add(width);
    values.add(height);
    values.add(bytes);
    return finish(values, contentVersion);
  }

  /**
   * Refuses logits of an image or one of its windows that are no numbers.
   *
   * @throws InputException naming the first; no row may be written then
   */
  void checkFinite(Row planned, Logits logits) {
    float[] values = logits.values();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        int label = i / (logits.height() * logits.width());
        throw notFinite(planned, values[i], "for label index " + label + " at a pixel");
      }
    }
  }

  /**
   * The row of an image of which each pixel got a label.
   *
   * @param segments the columns that tell them
   */
  Row segmented(
      Row planned,
      int width,
      int height,
      long bytes,
      String contentVersion,
      List<Object> segments) {
    List<Object> values = start(planned, Status.OK, null);
    values.addAll(segments);
    values.add(width);
    values.add(height);
    values.add(bytes);
    return finish(values, contentVersion);
  }

  /**
   * The row of an image that could not be read or decoded.
   *
   * @param bytes length of the encoded image, null when unknown
   * @param contentVersion null when unknown
   */
  public Row failed(Row planned, ImageException failure, Long bytes, String contentVersion) {
    List<Object> values = start(planned, failure.status(), failure.getMessage());
    for (int i = table.resultColumns(); i > 0; i--) {
      values.add(null);
    }
    values.add(boxed(failure.width()));
    values.add(boxed(failure.height()));
    values.add(bytes);
    return finish(values, contentVersion);
  }

  private List<Object> start(Row planned, Status status, String error) {
    List<Object> values = new ArrayList<>(table.schema().size());
    values.add(planned.get(0));
    for (int i = 0; i < table.keptColumns(); i++) {
      values.add(planned.get(FIRST_KEPT + i));
    }
    values.add(status.name());
    values.add(error);
    return values;
  }

  private Row finish(List<Object> values, String contentVersion) {
    values.add(contentVersion);
    values.add(stamp.model());
    values.add(stamp.modelSha256());
    values.add(settingsSha256);
    values.add(settings.precision());
    values.add(stamp.runId());
    values.add(Timestamp.from(clock.instant()));
    return RowFactory.create(values.toArray());
  }

  private InputException notFinite(Row planned, float value, String where) {
    return new InputException(
        "the model %s gives %s %s, on the image %s: %s"
            .formatted(
                stamp.model(),
                value,
                where,
                Location.redacted(String.valueOf(planned.get(0))),
                settings.precision().equals("fp32")
                    ? "it ran in fp32 already, so its weights are damaged or overflow float32"
                    : "it overflows in %s, run it with --precision fp32"
                        .formatted(settings.precision())));
  }

  /** The columns that tell an image's labels. */
  private final class Labels {
    private final ScoreSettings scoring;
    private final List<String> names;
    private final Ranking ranking;
    private final float[] scores;

    Labels(ScoreSettings scoring, List<String> names) {
      this.scoring = scoring;
      this.names = names;
      this.ranking = new Ranking(scoring.topK());
      this.scores = new float[names.size()];
    }

    void add(Row planned, float[] logits, List<Object> values) {
      for (int i = 0; i < logits.length; i++) {
        if (!Float.isFinite(logits[i])) {
          throw notFinite(planned, logits[i], "for label " + names.get(i) + ", index " + i);
        }
      }
      scoring.activation().apply(logits, scores);
      int[] top = ranking.top(scores);
      Row[] predictions = new Row[top.length];
      for (int i = 0; i < top.length; i++) {
        predictions[i] = RowFactory.create(names.get(top[i]), scores[top[i]], top[i]);
      }
      values.add(names.get(top[0]));
      values.add(top[0]);
      values.add(scores[top[0]]);
      values.add(scoring.thresholds().isNone() ? null : assigned());
      values.add(predictions);
      if (table.has(ScoreTable.Column.SCORES)) {
        values.add(boxed(scores));
      }
    }

    private String[] assigned() {
      int count = 0;
      for (int i = 0; i < scores.length; i++) {
        count += scoring.thresholds().exceededBy(i, scores[i]) ? 1 : 0;
      }
      String[] assigned = new String[count];
      if (count > 0) {
        int[] indices = new int[count];
        float[] assignedScores = new float[count];
        int next = 0;
        for (int i = 0; i < scores.length; i++) {
          if (scoring.thresholds().exceededBy(i, scores[i])) {
            indices[next] = i;
            assignedScores[next++] = scores[i];
          }
        }
        int[] order = new Ranking(count).top(assignedScores);
        for (int i = 0; i < count; i++) {
          assigned[i] = names.get(indices[order[i]]);
        }
      }
      return assigned;
    }
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }

  private static Integer boxed(OptionalInt value) {
    return value.isPresent() ? value.getAsInt() : null;
  }
}
