package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The regression against the optimum of a fixed table, found here by Newton's method on the same
 * objective: mean log loss plus reg / 2 times the squared weights of standardised features.
 */
class LogisticFitIT {
  private static final double REG = 0.05;
  private static final int ROWS = 60;
  private static final int FEATURES = 4;

  /** MLlib's ends where steps gain little, that of one task where the gradient is none. */
  private static Offset<Double> loss(int few) {
    return Offset.offset(few == 0 ? 1e-4 : 1e-10);
  }

  /** Correlated features of different scale and place; three classes that overlap. */
  private final double[][] x = new double[ROWS][FEATURES];

  private final int[] y = new int[ROWS];

  LogisticFitIT() {
    Random random = new Random(7);
    double[] scale = {1, 0.01, 50, 3};
    double[] place = {0, 2, -400, 1};
    for (int i = 0; i < ROWS; i++) {
      y[i] = i % 3;
      double common = random.nextGaussian();
      for (int j = 0; j < FEATURES; j++) {
        double signal = j == y[i] ? 1.2 : 0;
        x[i][j] = place[j] + scale[j] * (signal + 0.5 * common + random.nextGaussian());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, LogisticFit.FEW})
  void theMultinomialLossIsThatOfTheOptimum(int few) {
    // Class 0 is rare: most of its rows belong to class 1.
    int[] truth = new int[ROWS];
    long[] counts = new long[3];
    for (int i = 0; i < ROWS; i++) {
      truth[i] = y[i] == 0 && i % 9 != 0 ? 1 : y[i];
      counts[truth[i]]++;
    }
    List<Long> imagesOfClass = List.of(counts[0], counts[1], counts[2]);
    for (ClassWeights weights : ClassWeights.values()) {
      double[] weight = filled(ROWS, 1);
      for (int i = 0; i < ROWS && weights == ClassWeights.BALANCED; i++) {
        weight[i] = ROWS / (3.0 * counts[truth[i]]);
      }
      LogisticFit.Linear fitted =
          new LogisticFit(REG, weights, few).multiClass(table(i -> truth[i]), imagesOfClass);
      double optimum = objective(newton(3, truth, weight), 3, truth, weight);
      double ours = objective(standardised(fitted, weight), 3, truth, weight);
      assertThat(ours).as("%s", weights).isCloseTo(optimum, loss(few));
      assertThat(optimum).as("the optimum is one").isLessThanOrEqualTo(ours + 1e-9);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, LogisticFit.FEW})
  void eachLabelsBinaryLossIsThatOfTheOptimum(int few) {
    for (ClassWeights weights : ClassWeights.values()) {
      LogisticFit.Linear fitted =
          new LogisticFit(REG, weights, few)
              .multiLabel(table(i -> y[i]), List.of(20L, 20L, 20L), ROWS);
      for (int label = 0; label < 3; label++) {
        int[] has = new int[ROWS];
        double[] weight = filled(ROWS, 1);
        for (int i = 0; i < ROWS; i++) {
          has[i] = y[i] == label ? 1 : 0;
          if (weights == ClassWeights.BALANCED) {
            weight[i] = has[i] == 1 ? ROWS / 40.0 : ROWS / 80.0;
          }
        }
        double ours = binaryObjective(standardised(fitted, filled(ROWS, 1))[label], has, weight);
        double optimum = binaryObjective(binaryNewton(has, weight), has, weight);
        assertThat(ours).as("%s %d", weights, label).isCloseTo(optimum, loss(few));
        assertThat(optimum).isLessThanOrEqualTo(ours + 1e-9);
      }
    }
  }

  private static final StructType SCHEMA =
      new StructType()
          .add(LogisticFit.FEATURES, SQLDataTypes.VectorType())
          .add(LogisticFit.LABELS, DataTypes.createArrayType(DataTypes.IntegerType));

  private Row row(int i, int label) {
    return RowFactory.create(Vectors.dense(x[i]), new Integer[] {label});
  }

  private Dataset<Row> table(ToIntFunction<Integer> label) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(row(i, label.applyAsInt(i)));
    }
    return SparkFixture.spark().createDataFrame(rows, SCHEMA);
  }

  private static double[] filled(int length, double value) {
    double[] values = new double[length];
    Arrays.fill(values, value);
    return values;
  }

  /** Features divided by their deviation, and 1 for the intercept at the end. */
  private double[] features(int i, double[] weight) {
    double[] deviation = deviations(weight);
    double[] features = new double[FEATURES + 1];
    for (int j = 0; j < FEATURES; j++) {
      features[j] = x[i][j] / deviation[j];
    }
    features[FEATURES] = 1;
    return features;
  }

  /** Unbiased, of weighted rows: the weights stand for how often a row is there. */
  private double[] deviations(double[] weight) {
    double[] deviation = new double[FEATURES];
    for (int j = 0; j < FEATURES; j++) {
      double sum = 0;
      double mean = 0;
      double squares = 0;
      for (int i = 0; i < ROWS; i++) {
        sum += weight[i];
        squares += weight[i] * weight[i];
        mean += weight[i] * x[i][j];
      }
      mean /= sum;
      double variance = 0;
      for (int i = 0; i < ROWS; i++) {
        variance += weight[i] * (x[i][j] - mean) * (x[i][j] - mean);
      }
      deviation[j] = Math.sqrt(variance / (sum - squares / sum));
    }
    return deviation;
  }

  /** [labels][features and intercept] for features of those weights, see {@link #features}. */
  private double[][] standardised(LogisticFit.Linear linear, double[] weight) {
    double[] deviation = deviations(weight);
    double[][] rows = new double[linear.bias().length][FEATURES + 1];
    for (int label = 0; label < rows.length; label++) {
      for (int j = 0; j < FEATURES; j++) {
        rows[label][j] = linear.weight()[label][j] * deviation[j];
      }
      rows[label][FEATURES] = linear.bias()[label];
    }
    return rows;
  }

  private double objective(double[][] rows, int classes, int[] truth, double[] weight) {
    double loss = 0;
    double sum = 0;
    for (int i = 0; i < ROWS; i++) {
      double[] p = softmax(rows, features(i, weight));
      loss -= weight[i] * Math.log(p[truth[i]]);
      sum += weight[i];
    }
    double penalty = 0;
    for (int c = 0; c < classes; c++) {
      for (int j = 0; j < FEATURES; j++) {
        penalty += rows[c][j] * rows[c][j];
      }
    }
    return loss / sum + REG / 2 * penalty;
  }

  private static double[] softmax(double[][] rows, double[] features) {
    double[] p = new double[rows.length];
    double sum = 0;
    for (int c = 0; c < p.length; c++) {
      p[c] = Math.exp(dot(rows[c], features));
      sum += p[c];
    }
    for (int c = 0; c < p.length; c++) {
      p[c] /= sum;
    }
    return p;
  }

  private double[][] newton(int classes, int[] truth, double[] weight) {
    int width = FEATURES + 1;
    int size = classes * width;
    double sum = Arrays.stream(weight).sum();
    double[] theta = new double[size];
    for (int step = 0; step < 60; step++) {
      double[][] rows = rows(theta, classes, width);
      double[] gradient = new double[size];
      double[][] hessian = new double[size][size];
      for (int i = 0; i < ROWS; i++) {
        double[] f = features(i, weight);
        double[] p = softmax(rows, f);
        for (int a = 0; a < size; a++) {
          int c = a / width;
          double residual = p[c] - (truth[i] == c ? 1 : 0);
          gradient[a] += weight[i] * residual * f[a % width] / sum;
          for (int b = 0; b < size; b++) {
            int d = b / width;
            double curvature = p[c] * ((c == d ? 1 : 0) - p[d]);
            hessian[a][b] += weight[i] * curvature * f[a % width] * f[b % width] / sum;
          }
        }
      }
      for (int a = 0; a < size; a++) {
        if (a % width < FEATURES) {
          gradient[a] += REG * theta[a];
          hessian[a][a] += REG;
        } else {
          // All intercepts may move together: a hair of curvature picks one of the equal optima.
          hessian[a][a] += 1e-9;
        }
      }
      subtract(theta, solve(hessian, gradient));
    }
    return rows(theta, classes, width);
  }

  private static double[][] rows(double[] theta, int classes, int width) {
    double[][] rows = new double[classes][width];
    for (int a = 0; a < theta.length; a++) {
      rows[a / width][a % width] = theta[a];
    }
    return rows;
  }

  private double binaryObjective(double[] row, int[] has, double[] weight) {
    double loss = 0;
    double sum = 0;
    for (int i = 0; i < ROWS; i++) {
      double z = dot(row, features(i, filled(ROWS, 1)));
      loss += weight[i] * Math.log1p(Math.exp(has[i] == 1 ? -z : z));
      sum += weight[i];
    }
    double[] deviation = deviations(weight);
    double[] plain = deviations(filled(ROWS, 1));
    double penalty = 0;
    for (int j = 0; j < FEATURES; j++) {
      double standard = row[j] * deviation[j] / plain[j];
      penalty += standard * standard;
    }
    return loss / sum + REG / 2 * penalty;
  }

  private double[] binaryNewton(int[] has, double[] weight) {
    int width = FEATURES + 1;
    double[] theta = new double[width];
    double[] deviation = deviations(weight);
    double[] plain = deviations(filled(ROWS, 1));
    double sum = 0;
    for (double one : weight) {
      sum += one;
    }
    for (int step = 0; step < 60; step++) {
      double[] gradient = new double[width];
      double[][] hessian = new double[width][width];
      for (int i = 0; i < ROWS; i++) {
        double[] f = features(i, filled(ROWS, 1));
        double p = 1 / (1 + Math.exp(-dot(theta, f)));
        for (int a = 0; a < width; a++) {
          gradient[a] += weight[i] * (p - has[i]) * f[a] / sum;
          for (int b = 0; b < width; b++) {
            hessian[a][b] += weight[i] * p * (1 - p) * f[a] * f[b] / sum;
          }
        }
      }
      for (int a = 0; a < FEATURES; a++) {
        double scale = deviation[a] / plain[a];
        gradient[a] += REG * theta[a] * scale * scale;
        hessian[a][a] += REG * scale * scale;
      }
      subtract(theta, solve(hessian, gradient));
    }
    return theta;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void subtract(double[] from, double[] step) {
    for (int i = 0; i < from.length; i++) {
      from[i] -= step[i];
    }
  }

  /** Gauss, with the largest pivot. */
  private static double[] solve(double[][] matrix, double[] right) {
    int n = right.length;
    double[][] a = new double[n][];
    double[] b = right.clone();
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
    }
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int i = column + 1; i < n; i++) {
        pivot = Math.abs(a[i][column]) > Math.abs(a[pivot][column]) ? i : pivot;
      }
      double[] row = a[pivot];
      a[pivot] = a[column];
      a[column] = row;
      double value = b[pivot];
      b[pivot] = b[column];
      b[column] = value;
      for (int i = column + 1; i < n; i++) {
        double factor = a[i][column] / a[column][column];
        for (int j = column; j < n; j++) {
          a[i][j] -= factor * a[column][j];
        }
        b[i] -= factor * b[column];
      }
    }
    double[] x = new double[n];
    for (int i = n - 1; i >= 0; i--) {
      double sum = b[i];
      for (int j = i + 1; j < n; j++) {
        sum -= a[i][j] * x[j];
      }
      x[i] = sum / a[i][i];
    }
    return x;
  }
}
