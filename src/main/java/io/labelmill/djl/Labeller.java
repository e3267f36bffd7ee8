package io.labelmill.djl;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.score.Activation;
import io.labelmill.score.Ranking;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores of a model that labels whole images, in DJL's form and as JSON. Thread-safe.
 *
 * @param labels in index order
 * @param topK predictions shown
 * @param activation never AUTO
 */
record Labeller(List<String> labels, int topK, Activation activation) {
  /**
   * Scores in the labels' order.
   *
   * @throws TranslateException if the model has no logits, others than labels, or ones that are no
   *     numbers
   */
  private float[] scores(NDList outputs) throws TranslateException {
    float[] scores = Answer.logits(outputs).toFloatArray();
    if (scores.length != labels.size()) {
      throw new TranslateException(
          "the model gives %d logits an image, and its config.json names %d labels"
              .formatted(scores.length, labels.size()));
    }
    for (int i = 0; i < scores.length; i++) {
      if (!Float.isFinite(scores[i])) {
        throw new TranslateException(
            "the model gives %s for label %s, index %d".formatted(scores[i], labels.get(i), i));
      }
    }
    activation.apply(scores, scores);
    return scores;
  }

  Classifications classifications(NDList outputs) throws TranslateException {
    List<Double> probabilities = new ArrayList<>(labels.size());
    for (float score : scores(outputs)) {
      probabilities.add((double) score);
    }
    Classifications classifications = new Classifications(labels, probabilities);
    classifications.setTopK(topK);
    return classifications;
  }

  ObjectNode json(NDList outputs) throws TranslateException {
    float[] scores = scores(outputs);
    int[] top = new Ranking(topK).top(scores);
    ObjectNode answer = JsonTranslator.object();
    answer.put("label", labels.get(top[0]));
    answer.put("label_index", top[0]);
    answer.put("score", scores[top[0]]);
    ArrayNode predictions = answer.putArray("predictions");
    for (int index : top) {
      predictions
          .addObject()
          .put("label", labels.get(index))
          .put("score", scores[index])
          .put("index", index);
    }
    return answer;
  }
}
