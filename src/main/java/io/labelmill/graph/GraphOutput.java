package io.labelmill.graph;

import static java.util.stream.Collectors.joining;

import java.util.Collection;

/** What a graph can give for each image, float32, the batch being the first axis. */
public enum GraphOutput {
  /** {@code logits}: [batch, labels], the classifier's result before softmax or sigmoid. */
  LOGITS("logits"),
  /** {@code pooled}: [batch, hidden], the vector that the classifier takes. */
  POOLED("pooled"),
  /** {@code last_hidden_state}: [batch, tokens, hidden], as the base model returns it. */
  LAST_HIDDEN_STATE("last_hidden_state");

  private final String tensorName;

  GraphOutput(String tensorName) {
    this.tensorName = tensorName;
  }

  /** The name of the graph's output. */
  public String tensorName() {
    return tensorName;
  }

  static String names(Collection<GraphOutput> outputs) {
    return outputs.stream().map(GraphOutput::tensorName).collect(joining(", "));
  }
}
