package io.labelmill.score;

import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import java.sql.Timestamp;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
  private final ScoreSettings settings;
  private final List<String> labels;
  private final RunStamp stamp;
  private final InstantSource clock;
  private final String settingsSha256;
  private final Ranking ranking;
  private final float[] scores;

  /**
   * @param table the columns
   * @param labels the model's labels in index order
   * @param clock gives {@code scored_at}
   */
  public ScoreRows(
      ScoreTable table,
      ScoreSettings settings,
      List<String> labels,
      RunStamp stamp,
      InstantSource clock) {
    this.table = table;
    this.settings = settings;
    this.labels = labels;
    this.stamp = stamp;
    this.clock = clock;
    this.settingsSha256 = settings.sha256();
    this.ranking = new Ranking(settings.topK());
    this.scores = new float[labels.size()];
  }

  /**
   * The row of a scored image.
   *
   * @param planned the image's row in the plan: its path at 0, kept columns from {@link
   *     #FIRST_KEPT}
   * @param width of the upright picture, pixels
   * @param height of the upright picture, pixels
   * @param bytes length of the encoded image
   * @param contentVersion see {@link ScoreTable.Column#CONTENT_VERSION}
   * @param logits one per label
   * @throws InputException when a logit is not finite; no row may be written then
   */
  public Row scored(
      Row planned, int width, int height, long bytes, String contentVersion, float[] logits) {
    checkFinite(planned, logits);
    settings.activation().apply(logits, scores);
    int[] top = ranking.top(scores);
    Row[] predictions = new Row[top.length];
    for (int i = 0; i < top.length; i++) {
      predictions[i] = RowFactory.create(labels.get(top[i]), scores[top[i]], top[i]);
    }
    List<Object> values = start(planned, Status.OK, null);
    values.add(labels.get(top[0]));
    values.add(top[0]);
    values.add(scores[top[0]]);
    values.add(settings.thresholds().isNone() ? null : assigned());
    values.add(predictions);
    if (table.scores() == Scores.ALL) {
      values.add(boxed(scores));
    }
    values.add(width);
    values.add(height);
    values.add(bytes);
    return finish(values, contentVersion);
  }

  /**
   * The row of an image that could not be scored.
   *
   * @param bytes length of the encoded image, null when unknown
   * @param contentVersion null when unknown
   */
  public Row failed(Row planned, ImageException failure, Long bytes, String contentVersion) {
    List<Object> values = start(planned, failure.status(), failure.getMessage());
    int empty = table.scores() == Scores.ALL ? 6 : 5;
    for (int i = 0; i < empty; i++) {
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

  private String[] assigned() {
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      count += settings.thresholds().exceededBy(i, scores[i]) ? 1 : 0;
    }
    String[] assigned = new String[count];
    if (count > 0) {
      int[] indices = new int[count];
      float[] assignedScores = new float[count];
      int next = 0;
      for (int i = 0; i < scores.length; i++) {
        if (settings.thresholds().exceededBy(i, scores[i])) {
          indices[next] = i;
          assignedScores[next++] = scores[i];
        }
      }
      int[] order = new Ranking(count).top(assignedScores);
      for (int i = 0; i < count; i++) {
        assigned[i] = labels.get(indices[order[i]]);
      }
    }
    return assigned;
  }

  private void checkFinite(Row planned, float[] logits) {
    for (int i = 0; i < logits.length; i++) {
      if (!Float.isFinite(logits[i])) {
        throw new InputException(
            "the model "
                + stamp.model()
                + " gives "
                + logits[i]
                + " for label "
                + labels.get(i)
                + ", index "
                + i
                + ", on the image "
                + planned.get(0)
                + ": "
                + (settings.precision().equals("fp32")
                    ? "it ran in fp32 already, so its weights are damaged or overflow float32"
                    : "it overflows in "
                        + settings.precision()
                        + ", run it with --precision fp32"));
      }
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
