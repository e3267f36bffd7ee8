package io.labelmill.evaluate.pass;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Thresholds fitted to the truth: for each label the one with the best F1, and the one for all
 * labels with the most exact matches. Fitted and reported on the same images they flatter.
 *
 * @param perLabel by index; where no image has the label, the threshold in use
 * @param isFitted by index, whether the threshold was fitted
 * @param global of the most exact matches; empty where none within 0 to 1 does it
 * @param perLabelMetrics of the reported images at {@code perLabel}
 * @param globalMetrics of the reported images at {@code global}; null where that is empty
 * @param rule that they hold for
 * @param fittedOn images that they were fitted on
 */
@SuppressWarnings("ArrayRecordComponent")
public record FittedThresholds(
    double[] perLabel,
    boolean[] isFitted,
    OptionalDouble global,
    Metrics perLabelMetrics,
    Metrics globalMetrics,
    ThresholdRule rule,
    long fittedOn) {

  /** In the form that {@code jobs/score --threshold} reads; further keys are for people. */
  public ObjectNode json(LabelUniverse labels, boolean floats) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("objective", "best F1 of each label");
    root.put("rule", rule.name().toLowerCase(Locale.ROOT));
    root.put("fitted_on_images", fittedOn);
    if (global.isPresent()) {
      ObjectNode best = root.putObject("best_for_all_labels");
      best.put("objective", "most exact matches");
      put(best, global.getAsDouble(), floats);
    }
    ArrayNode list = root.putArray("thresholds");
    for (int i = 0; i < perLabel.length; i++) {
      ObjectNode one = list.addObject();
      one.put("index", i);
      one.put("label", labels.name(i));
      put(one, perLabel[i], floats);
      one.put("fitted", isFitted[i]);
    }
    return root;
  }

  /** As many digits as tell the number from its neighbours. */
  private static void put(ObjectNode node, double threshold, boolean floats) {
    if (floats) {
      node.put("threshold", (float) threshold);
    } else {
      node.put("threshold", threshold);
    }
  }
}
