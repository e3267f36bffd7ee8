package io.labelmill.train;

import io.labelmill.train.LogisticFit.Linear;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/**
 * The regressions of {@link LogisticFit} over images that one task holds: a step of the optimiser
 * is a loop over them, and no job of Spark.
 *
 * @param reg strength of the penalty
 * @param regressions as they are wanted
 */
record TaskFit(double reg, List<Regression> regressions)
    implements FlatMapFunction<Iterator<Row>, Linear>, Serializable {
  /**
   * A regression.
   *
   * @param label whose images are told from others; -1: classes that exclude each other
   * @param weights what an image counts, by what it is: 0 or 1, or its class
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Regression(int label, double[] weights) implements Serializable {
    private int target(List<Integer> labels) {
      return label < 0 ? labels.get(0) : labels.contains(label) ? 1 : 0;
    }

    private int outputs() {
      return label < 0 ? weights.length : 1;
    }
  }

  /** Vectors in column 0, indices of labels in column 1. */
  @Override
  public Iterator<Linear> call(Iterator<Row> rows) {
    List<double[]> vectors = new ArrayList<>();
    List<List<Integer>> labels = new ArrayList<>();
    while (rows.hasNext()) {
      Row row = rows.next();
      vectors.add(((Vector) row.get(0)).toArray());
      labels.add(row.getList(1));
    }
    return regressions.stream()
        .map(one -> new Fitted(vectors, labels, one, reg).linear())
        .iterator();
  }

  /** The mean log loss of a regression and its penalty, of standardised vectors. */
  private static final class Fitted implements Minimum.Function {
    private final double reg;
    private final int outputs;
    private final int features;
    private final double[][] vectors;
    private final int[] targets;
    private final double[] weights;
    private final double allWeights;
    private final double[] mean;
    private final double[] deviation;

    Fitted(List<double[]> given, List<List<Integer>> labels, Regression regression, double reg) {
      this.reg = reg;
      outputs = regression.outputs();
      features = given.get(0).length;
      targets = labels.stream().mapToInt(regression::target).toArray();
      weights = new double[targets.length];
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < targets.length; i++) {
        weights[i] = regression.weights[targets[i]];
        sum += weights[i];
        squares += weights[i] * weights[i];
      }
      allWeights = sum;
      mean = new double[features];
      deviation = new double[features];
      vectors = new double[targets.length][features];
      for (int j = 0; j < features; j++) {
        standardise(given, j, sum - squares / sum);
      }
    }

    /**
     * @param freedom by which squared differences are divided, as MLlib divides them
     */
    private void standardise(List<double[]> given, int feature, double freedom) {
      // By differences, so that the mean of what is the same everywhere is just that.
      double first = given.get(0)[feature];
      mean[feature] = first;
      for (int i = 0; i < weights.length; i++) {
        mean[feature] += weights[i] * (given.get(i)[feature] - first) / allWeights;
      }
      double squares = 0;
      for (int i = 0; i < weights.length; i++) {
        vectors[i][feature] = given.get(i)[feature] - mean[feature];
        squares += weights[i] * vectors[i][feature] * vectors[i][feature];
      }
      deviation[feature] = Math.sqrt(squares / freedom);
      for (double[] vector : vectors) {
        // What is the same everywhere tells nothing.
        vector[feature] = deviation[feature] > 0 ? vector[feature] / deviation[feature] : 0;
      }
    }

    /** For vectors as they were given. */
    Linear linear() {
      double[] point = Minimum.of(this, outputs * (features + 1));
      double[][] weight = new double[outputs][features];
      double[] bias = new double[outputs];
      for (int k = 0; k < outputs; k++) {
        bias[k] = point[intercept(k)];
        for (int j = 0; j < features; j++) {
          weight[k][j] = deviation[j] > 0 ? point[first(k) + j] / deviation[j] : 0;
          bias[k] -= weight[k][j] * mean[j];
        }
      }
      return new Linear(weight, bias);
    }

    /** Where the weights of an output begin. */
    private int first(int output) {
      return output * (features + 1);
    }

    private int intercept(int output) {
      return first(output) + features;
    }

    @Override
    public double at(double[] point, double[] gradient) {
      TaskContext task = TaskContext.get();
      if (task != null && task.isInterrupted()) {
        throw new TaskKilledException();
      }
      Arrays.fill(gradient, 0);
      double loss = 0;
      double[] errors = new double[outputs];
      for (int i = 0; i < vectors.length; i++) {
        for (int k = 0; k < outputs; k++) {
          errors[k] = logit(point, k, vectors[i]);
        }
        double share = weights[i] / allWeights;
        loss += share * (outputs == 1 ? binary(errors, targets[i]) : several(errors, targets[i]));
        for (int k = 0; k < outputs; k++) {
          add(gradient, k, share * errors[k], vectors[i]);
        }
      }
      for (int k = 0; k < outputs; k++) {
        for (int at = first(k); at < intercept(k); at++) {
          loss += reg / 2 * point[at] * point[at];
          gradient[at] += reg * point[at];
        }
      }
      return loss;
    }

    private double logit(double[] point, int output, double[] vector) {
      double sum = point[intercept(output)];
      for (int j = 0, at = first(output); j < features; j++, at++) {
        sum += point[at] * vector[j];
      }
      return sum;
    }

    private void add(double[] gradient, int output, double error, double[] vector) {
      for (int j = 0, at = first(output); j < features; j++, at++) {
        gradient[at] += error * vector[j];
      }
      gradient[intercept(output)] += error;
    }

    /** The log loss of a logit, in whose place comes how far its sigmoid is from the target. */
    private static double binary(double[] logits, int target) {
      double logit = logits[0];
      logits[0] = 1 / (1 + Math.exp(-logit)) - target;
      return Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit;
    }

    /** Likewise of logits and their softmax. */
    private static double several(double[] logits, int target) {
      double most = Arrays.stream(logits).max().orElseThrow();
      double own = logits[target] - most;
      double sum = 0;
      for (int k = 0; k < logits.length; k++) {
        logits[k] = Math.exp(logits[k] - most);
        sum += logits[k];
      }
      for (int k = 0; k < logits.length; k++) {
        logits[k] = logits[k] / sum - (k == target ? 1 : 0);
      }
      return Math.log(sum) - own;
    }
  }
}
