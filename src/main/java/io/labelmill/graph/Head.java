package io.labelmill.graph;

/**
 * What makes logits of a vector.
 *
 * @param norm that the vector comes from
 */
record Head(LayerNorm norm, Linear classifier) {
  /**
   * What the head makes of an error in the normalised vector: the root mean square error of a
   * logit, over the labels, for independent errors of 1 in each number before gamma.
   */
  double gain() {
    float[] weight = classifier.weight().get();
    float[] gamma = norm.gamma().get();
    double sum = 0;
    for (int i = 0; i < weight.length; i++) {
      double factor = (double) weight[i] * gamma[i % gamma.length];
      sum += factor * factor;
    }
    return Math.sqrt(sum / classifier.out());
  }
}
