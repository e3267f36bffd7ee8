package io.labelmill.train;

import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.evaluate.metric.Counts;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.Scores;
import io.labelmill.evaluate.pass.Pass;
import io.labelmill.score.Activation;
import io.labelmill.score.Ranking;
import io.labelmill.score.Threshold;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/** What a head gets right on some images. Mergeable; not thread-safe. */
final class HeadMetrics implements Serializable {
  private final Activation activation;
  private final Counts counts;
  private final Scores scores;

  private HeadMetrics(Activation activation, int labels) {
    this.activation = activation;
    boolean several = activation == Activation.SIGMOID;
    counts = Counts.of(several, labels);
    scores = Scores.of(several, labels);
  }

  /**
   * Of images with vectors in column 0 and label indices in column 1.
   *
   * @param activation softmax for classes that exclude each other, sigmoid for any number of labels
   */
  static Metrics of(JavaRDD<Row> images, Broadcast<ClassifierHead> head, Activation activation) {
    return new Gather(head, activation).over(images).metrics();
  }

  /**
   * Of logits.
   *
   * @param truth label indices of each
   */
  static Metrics ofLogits(
      List<float[]> logits, List<List<Integer>> truth, Activation activation, int labels) {
    HeadMetrics metrics = new HeadMetrics(activation, labels);
    for (int i = 0; i < logits.size(); i++) {
      float[] scores = logits.get(i).clone();
      activation.apply(scores, scores);
      metrics.add(scores, truth.get(i));
    }
    return metrics.metrics();
  }

  private void add(float[] given, List<Integer> labels) {
    double[] exact = new double[given.length];
    for (int i = 0; i < given.length; i++) {
      exact[i] = given[i];
    }
    int[] truth = labels.stream().mapToInt(Integer::intValue).sorted().toArray();
    counts.add(
        truth,
        activation == Activation.SIGMOID
            ? IntStream.range(0, given.length)
                .filter(i -> given[i] > (float) Threshold.DEFAULT_VALUE)
                .toArray()
            : new Ranking(1).top(given));
    scores.add(truth, exact);
  }

  private HeadMetrics sum(HeadMetrics other) {
    counts.sum(other.counts);
    scores.sum(other.scores);
    return this;
  }

  private Metrics metrics() {
    return counts.metrics().putAll(scores.metrics());
  }

  private record Gather(Broadcast<ClassifierHead> head, Activation activation)
      implements Pass<HeadMetrics> {
    @Override
    public HeadMetrics empty() {
      return new HeadMetrics(activation, head.value().labels().size());
    }

    @Override
    public void add(HeadMetrics metrics, Row row) {
      double[] numbers = ((Vector) row.get(0)).toArray();
      float[] vector = new float[numbers.length];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) numbers[i];
      }
      double[] exact = head.value().logits(vector);
      float[] scores = new float[exact.length];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = (float) exact[i];
      }
      activation.apply(scores, scores);
      metrics.add(scores, row.getList(1));
    }

    @Override
    public HeadMetrics sum(HeadMetrics metrics, HeadMetrics other) {
      return metrics.sum(other);
    }
  }
}
