package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One contender with all that is known of it.
 *
 * @param name short, for headings
 * @param predictions the table, as the user named it
 * @param positive index of the class that binary metrics are of, where there is one
 * @param state what the pass over all images gathered
 * @param ranks exact ranks of the scores; empty where they were not ranked
 * @param metrics all scalar ones, in the order in which they are shown
 * @param fitted thresholds fitted, for several labels
 * @param notes sentences that a reader of the metrics must know
 * @param understood lines that say what the truth was taken for
 * @param examples rows of {@link Example#SCHEMA}, kept in memory
 */
public record Evaluated(
    String name,
    String predictions,
    LabelUniverse labels,
    OptionalInt positive,
    Judgement judgement,
    EvaluationState state,
    Optional<RankMetrics> ranks,
    Metrics metrics,
    Optional<FittedThresholds> fitted,
    List<String> notes,
    List<String> understood,
    Dataset<Row> examples) {

  public Evaluated named(String other) {
    return new Evaluated(
        other,
        predictions,
        labels,
        positive,
        judgement,
        state,
        ranks,
        metrics,
        fitted,
        notes,
        understood,
        examples);
  }
}
