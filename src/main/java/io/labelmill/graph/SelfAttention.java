package io.labelmill.graph;

/**
 * The three projections of an attention over several heads. Queries are divided by the square root
 * of the head size, then the position bias is added, then comes the softmax.
 *
 * @param name unique in a graph
 * @param heads evenly dividing the width of the projections
 */
record SelfAttention(String name, int heads, Linear query, Linear key, Linear value) {
  int headSize() {
    return query.out() / heads;
  }
}
