package io.labelmill.evaluate.metric;

import static io.labelmill.evaluate.metric.MetricName.Better.LESS;
import static io.labelmill.evaluate.metric.MetricName.Better.MORE;

import java.util.Locale;

/**
 * All metrics, each with its title and which way is better: what reports, limits and tables know of
 * one. A constant's text is its name in files and options.
 */
public enum MetricName {
  ACCURACY(MORE),
  BALANCED_ACCURACY(MORE),
  BALANCED_ACCURACY_PRESENT_OR_PREDICTED(MORE),
  BALANCED_ACCURACY_ADJUSTED(MORE),
  WEIGHTED_ACCURACY(MORE),
  EXACT_MATCH(MORE),
  ZERO_ONE_LOSS(LESS),
  HAMMING_LOSS(LESS, "Hamming loss"),
  MACRO_PRECISION(MORE),
  MACRO_PRECISION_PRESENT(MORE),
  MICRO_PRECISION(MORE),
  WEIGHTED_PRECISION(MORE),
  MACRO_RECALL(MORE),
  MACRO_RECALL_PRESENT(MORE),
  MICRO_RECALL(MORE),
  WEIGHTED_RECALL(MORE),
  MACRO_F1(MORE, "macro F1 of all labels"),
  MACRO_F1_PRESENT(MORE, "macro F1"),
  MICRO_F1(MORE, "micro F1"),
  WEIGHTED_F1(MORE, "weighted F1"),
  MACRO_JACCARD(MORE),
  MACRO_JACCARD_PRESENT(MORE),
  MICRO_JACCARD(MORE),
  WEIGHTED_JACCARD(MORE),
  SAMPLES_PRECISION(MORE),
  SAMPLES_RECALL(MORE),
  SAMPLES_F1(MORE, "samples F1"),
  SAMPLES_JACCARD(MORE),
  MATTHEWS_CORRELATION(MORE, "Matthews correlation"),
  COHEN_KAPPA(MORE, "Cohen's kappa"),
  COHEN_KAPPA_LINEAR(MORE, "Cohen's kappa, linear"),
  COHEN_KAPPA_QUADRATIC(MORE, "Cohen's kappa, quadratic"),
  /** With its k in place of the letter, as in {@code top_5_accuracy}. */
  TOP_K_ACCURACY(MORE, "top-k accuracy"),
  LOG_LOSS(LESS),
  BINARY_CROSS_ENTROPY(LESS, "binary cross-entropy"),
  BRIER_SCORE(LESS, "Brier score"),
  EXPECTED_CALIBRATION_ERROR(LESS, "calibration error"),
  MAXIMUM_CALIBRATION_ERROR(LESS),
  COVERAGE_ERROR(LESS),
  LABEL_RANKING_AVERAGE_PRECISION(MORE),
  LABEL_RANKING_LOSS(LESS),
  SAMPLES_AVERAGE_PRECISION(MORE),
  SAMPLES_ROC_AUC(MORE, "samples ROC AUC"),
  MACRO_ROC_AUC(MORE, "macro ROC AUC of all labels"),
  MACRO_ROC_AUC_PRESENT(MORE, "macro ROC AUC"),
  MICRO_ROC_AUC(MORE, "micro ROC AUC"),
  WEIGHTED_ROC_AUC(MORE, "weighted ROC AUC of all labels"),
  WEIGHTED_ROC_AUC_PRESENT(MORE, "weighted ROC AUC"),
  MACRO_AVERAGE_PRECISION(MORE, "mAP (macro) of all labels"),
  MACRO_AVERAGE_PRECISION_PRESENT(MORE, "mAP (macro)"),
  MICRO_AVERAGE_PRECISION(MORE),
  WEIGHTED_AVERAGE_PRECISION(MORE),
  MACRO_ROC_AUC_OVO(MORE, "macro ROC AUC, one against one"),
  WEIGHTED_ROC_AUC_OVO(MORE, "weighted ROC AUC, one against one"),
  MIOU(MORE, "mIoU"),
  MACC(MORE, "mAcc"),
  AACC(MORE, "aAcc");

  /** Which of two values is the better one. */
  enum Better {
    MORE,
    LESS
  }

  private final Better better;
  private final String title;

  MetricName(Better better) {
    this.better = better;
    title = toString().replace('_', ' ');
  }

  MetricName(Better better, String title) {
    this.better = better;
    this.title = title;
  }

  /**
   * @param text as files and options have it
   * @throws IllegalArgumentException if no metric is named so
   */
  public static MetricName of(String text) {
    return valueOf(text.replaceFirst("^top_[1-9]\\d*_", "top_k_").toUpperCase(Locale.ROOT));
  }

  /** As files and options have it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The same of {@link #TOP_K_ACCURACY}. */
  static String topAccuracy(int k) {
    return TOP_K_ACCURACY.toString().replace("_k_", "_" + k + "_");
  }

  /** For people, of a name as files and options have it. */
  public static String title(String text) {
    MetricName name = of(text);
    return name == TOP_K_ACCURACY
        ? name.title.replace("-k", "-" + text.replaceAll("\\D", ""))
        : name.title;
  }

  public boolean isLessBetter() {
    return better == LESS;
  }
}
