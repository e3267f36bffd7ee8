package io.labelmill.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Logistic regression over vectors: the mean log loss plus {@code reg / 2} times the squared
 * weights of standardised features, intercepts apart. What comes out is for features as they are:
 * the standardisation is folded into weights and intercepts. Spark MLlib fits, for which each step
 * is a job; few images are fitted in one task.
 *
 * @param reg strength of the penalty, 0 or more; scikit-learn's C is 1 / (reg * images)
 * @param weights how much an image counts
 * @param few images that one task holds at most
 */
record LogisticFit(double reg, ClassWeights weights, int few) {
  /** Of 1,024 numbers each these take 64 MB in a task. */
  static final int FEW = 4_000;

  /** Products that a task does in a fraction of a second, for a step of the optimiser. */
  private static final long PRODUCTS = 100_000_000;

  /** Another number than {@link #FEW}: with 0 tests send few images the way of many. */
  private static final String PROPERTY = "labelmill.few-trained";

  /**
   * As many images in one task as it fits about as fast as a job of Spark begins.
   *
   * @param labels that are told apart
   * @param features numbers of an image
   */
  static LogisticFit of(double reg, ClassWeights weights, int labels, int features) {
    long few = Math.min(FEW, PRODUCTS / ((long) labels * (features + 1)));
    return new LogisticFit(reg, weights, Integer.getInteger(PROPERTY, (int) few));
  }

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
  record Linear(double[][] weight, double[] bias) implements Serializable {}

  /**
   * Classes that exclude each other: one multinomial regression.
   *
   * @param images with {@value #FEATURES} and one label in {@value #LABELS}; worth caching
   * @param imagesOfClass how many there are of each class, none of them 0
   */
  Linear multiClass(Dataset<Row> images, List<Long> imagesOfClass) {
    int classes = imagesOfClass.size();
    double[] classWeights =
        classWeights(imagesOfClass.stream().mapToLong(Long::longValue).toArray());
    if (imagesOfClass.stream().mapToLong(Long::longValue).sum() <= few) {
      return inOneTask(images, List.of(new TaskFit.Regression(-1, classWeights))).get(0);
    }
    Column target = functions.element_at(functions.col(LABELS), 1);
    Column weight = weight(target, classWeights);
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
    List<TaskFit.Regression> regressions = new ArrayList<>();
    for (int i = 0; i < labels; i++) {
      long with = imagesWithLabel.get(i);
      regressions.add(new TaskFit.Regression(i, classWeights(all - with, with)));
    }
    double[][] coefficients = new double[labels][];
    double[] bias = new double[labels];
    if (all <= few) {
      List<Linear> fitted = inOneTask(images, regressions);
      for (int i = 0; i < labels; i++) {
        coefficients[i] = fitted.get(i).weight()[0];
        bias[i] = fitted.get(i).bias()[0];
      }
      return new Linear(coefficients, bias);
    }
    for (int i = 0; i < labels; i++) {
      Column target = functions.array_contains(functions.col(LABELS), functions.lit(i)).cast("int");
      Column weight = weight(target, regressions.get(i).weights());
      LogisticRegressionModel model = regression("binomial").fit(prepared(images, target, weight));
      coefficients[i] = model.coefficients().toArray();
      bias[i] = model.intercept();
    }
    return new Linear(coefficients, bias);
  }

  private List<Linear> inOneTask(Dataset<Row> images, List<TaskFit.Regression> regressions) {
    return images
        .select(FEATURES, LABELS)
        .coalesce(1)
        .javaRDD()
        .mapPartitions(new TaskFit(reg, regressions))
        .collect();
  }

  /**
   * What an image counts, by what it is.
   *
   * @param counts images of each
   */
  private double[] classWeights(long... counts) {
    double all = Arrays.stream(counts).sum();
    return Arrays.stream(counts)
        .mapToDouble(
            count -> weights == ClassWeights.BALANCED ? all / (counts.length * (double) count) : 1)
        .toArray();
  }

  private static Column weight(Column target, double[] classWeights) {
    Column[] weights = Arrays.stream(classWeights).mapToObj(functions::lit).toArray(Column[]::new);
    return functions.element_at(functions.array(weights), target.plus(1));
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
