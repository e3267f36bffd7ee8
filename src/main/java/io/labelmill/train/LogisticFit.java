package io.labelmill.train;

import java.util.List;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Logistic regression over vectors by Spark MLlib: the mean log loss plus {@code reg / 2} times the
 * squared weights of standardised features, intercepts apart. What comes out is for features as
 * they are: the standardisation is folded into weights and intercepts.
 *
 * @param reg strength of the penalty, 0 or more; scikit-learn's C is 1 / (reg * images)
 * @param weights how much an image counts
 */
record LogisticFit(double reg, ClassWeights weights) {
  static final String FEATURES = "features";

  /** Indices of an image's labels. */
  static final String LABELS = "labels";

  private static final String TARGET = "target";
  private static final String WEIGHT = "weight";

  /** Far below what float weights hold: where it ends is where it was to end. */
  private static final double TOLERANCE = 1e-8;

  private static final int MAX_ITERATIONS = 1000;

  /**
   * A linear classifier in double precision.
   *
   * @param weight [labels][features]
   * @param bias [labels]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Linear(double[][] weight, double[] bias) {}

  /**
   * Classes that exclude each other: one multinomial regression.
   *
   * @param images with {@value #FEATURES} and one label in {@value #LABELS}; worth caching
   * @param imagesOfClass how many there are of each class, none of them 0
   */
  Linear multiClass(Dataset<Row> images, List<Long> imagesOfClass) {
    int classes = imagesOfClass.size();
    long all = imagesOfClass.stream().mapToLong(Long::longValue).sum();
    Column target = functions.element_at(functions.col(LABELS), 1);
    Column weight = functions.lit(1.0);
    if (weights == ClassWeights.BALANCED) {
      for (int i = 0; i < classes; i++) {
        weight =
            functions
                .when(
                    target.equalTo(i),
                    functions.lit((double) all / (classes * imagesOfClass.get(i))))
                .otherwise(weight);
      }
    }
    LogisticRegressionModel model = regression("multinomial").fit(prepared(images, target, weight));
    double[][] coefficients = new double[classes][model.numFeatures()];
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < model.numFeatures(); j++) {
        coefficients[i][j] = model.coefficientMatrix().apply(i, j);
      }
    }
    return new Linear(coefficients, model.interceptVector().toArray());
  }

  /**
   * Labels for themselves: one binary regression each.
   *
   * @param images with {@value #FEATURES} and any number of labels in {@value #LABELS}; worth
   *     caching
   * @param imagesWithLabel how many have each label, neither none nor all
   * @param all how many there are
   */
  Linear multiLabel(Dataset<Row> images, List<Long> imagesWithLabel, long all) {
    int labels = imagesWithLabel.size();
    double[][] coefficients = new double[labels][];
    double[] bias = new double[labels];
    for (int i = 0; i < labels; i++) {
      Column target = functions.array_contains(functions.col(LABELS), functions.lit(i)).cast("int");
      Column weight = functions.lit(1.0);
      if (weights == ClassWeights.BALANCED) {
        long with = imagesWithLabel.get(i);
        weight =
            functions
                .when(target.equalTo(1), functions.lit(all / (2.0 * with)))
                .otherwise(functions.lit(all / (2.0 * (all - with))));
      }
      LogisticRegressionModel model = regression("binomial").fit(prepared(images, target, weight));
      coefficients[i] = model.coefficients().toArray();
      bias[i] = model.intercept();
    }
    return new Linear(coefficients, bias);
  }

  private static Dataset<Row> prepared(Dataset<Row> images, Column target, Column weight) {
    return images.select(
        functions.col(FEATURES), target.cast("double").as(TARGET), weight.as(WEIGHT));
  }

  private LogisticRegression regression(String family) {
    return new LogisticRegression()
        .setFamily(family)
        .setFeaturesCol(FEATURES)
        .setLabelCol(TARGET)
        .setWeightCol(WEIGHT)
        .setRegParam(reg)
        .setElasticNetParam(0)
        .setStandardization(true)
        .setFitIntercept(true)
        .setTol(TOLERANCE)
        .setMaxIter(MAX_ITERATIONS);
  }
}
