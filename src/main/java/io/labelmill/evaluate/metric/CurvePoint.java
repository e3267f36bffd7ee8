package io.labelmill.evaluate.metric;

import java.io.Serializable;

/**
 * A point of the precision-recall and the ROC curve: what is counted when every score from this one
 * up is taken as positive.
 *
 * @param column the label's index, or {@link RankLayout#microColumn()}
 */
public record CurvePoint(int column, double score, long truePositives, long falsePositives)
    implements Serializable {}
