package io.labelmill.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A stack of transformer layers that normalise before each branch: attention, then two products
 * with an activation between.
 */
record Encoder(int tokens, int hidden, int intermediate, int heads, List<Layer> layers) {
  Encoder {
    layers = List.copyOf(layers);
  }

  /**
   * One layer.
   *
   * @param projection of the attention's result, layer scale folded in
   * @param contraction second product of the perceptron, layer scale folded in
   */
  record Layer(
      LayerNorm beforeAttention,
      SelfAttention attention,
      Linear projection,
      LayerNorm beforePerceptron,
      Linear expansion,
      Nonlinearity activation,
      Linear contraction) {}

  /** For {@link #write}: all tokens are wanted. */
  static final int ALL_TOKENS = 0;

  /**
   * @param biases of the attention scores, one per layer, each [1, heads, tokens, tokens] or empty
   * @param wanted how many tokens are wanted behind the last layer, the first ones, or {@link
   *     #ALL_TOKENS}
   * @return the stream behind the last layer, its last product still waiting
   */
  Stream write(Blocks blocks, Stream start, List<Optional<Value>> biases, int wanted) {
    return blocks.encoded(this, start, biases, wanted);
  }

  /** The layers one by one, in the vocabulary of these blocks; parameters as for {@link #write}. */
  Stream writeLayers(Blocks blocks, Stream start, List<Optional<Value>> biases, int wanted) {
    Stream stream = start;
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      stream =
          write(
              blocks,
              layers.get(i),
              blocks.norm(stream, layers.get(i).beforeAttention()),
              biases.get(i),
              last ? wanted : ALL_TOKENS);
    }
    return stream;
  }

  /**
   * The states behind so many layers each, of which only as many are written as the last needs.
   *
   * @param after layers before each state, 0 for the start
   * @return [batch, tokens, hidden] each
   */
  List<Value> states(
      Blocks blocks, Stream start, List<Optional<Value>> biases, List<Integer> after) {
    int needed = after.stream().mapToInt(Integer::intValue).max().orElseThrow();
    List<Value> sums = new ArrayList<>();
    Stream stream = start;
    for (int i = 0; i < needed; i++) {
      Blocks.Normed normed = blocks.norm(stream, layers.get(i).beforeAttention());
      sums.add(normed.stream().sum());
      stream = write(blocks, layers.get(i), normed, biases.get(i), ALL_TOKENS);
    }
    sums.add(blocks.sum(stream));
    return after.stream().map(sums::get).toList();
  }

  private static Stream write(
      Blocks blocks, Layer layer, Blocks.Normed normed, Optional<Value> bias, int wanted) {
    Stream stream = normed.stream();
    Value queries = normed.normed();
    Optional<Value> scores = bias;
    if (wanted != ALL_TOKENS) {
      // Nothing after this mixes tokens: the others serve as keys and values only.
      stream = blocks.leading(stream, wanted);
      queries = blocks.leading(queries, wanted);
      scores = bias.map(value -> blocks.firstQueries(value, wanted));
    }
    Value mixed = blocks.attention(queries, normed.normed(), layer.attention(), scores);
    Blocks.Normed between =
        blocks.norm(stream.plus(mixed, layer.projection()), layer.beforePerceptron());
    Value expanded = blocks.linear(between.normed(), layer.expansion(), layer.activation());
    return between.stream().plus(expanded, layer.contraction());
  }

  /**
   * The numbers of a network that is this encoder behind patches and before a classifier.
   *
   * @param parameters numbers in all tensors
   * @param biases how many position biases the session holds gathered
   */
  ModelFacts facts(
      String architecture,
      Set<GraphOutput> outputs,
      PatchGrid grid,
      OptionalInt labels,
      long parameters,
      int biases) {
    long scores = (long) heads * tokens * tokens;
    long perToken = 2L * hidden * (4L * hidden + 2L * intermediate);
    long layer = tokens * perToken + 4L * tokens * tokens * hidden;
    long patches = 2L * grid.patches() * grid.patchSize() * hidden;
    long classifier = 2L * hidden * labels.orElse(0);
    // Stream, norm and the widest product with its result live at once, or the attention's scores.
    long wide = (long) tokens * (3L * hidden + Math.max(3L * hidden, 2L * intermediate));
    return new ModelFacts(
        architecture,
        outputs,
        grid.height(),
        grid.width(),
        grid.patchHeight(),
        grid.patchWidth(),
        tokens,
        hidden,
        layers.size(),
        heads,
        intermediate,
        labels,
        labels.isPresent() ? List.of(labels.getAsInt()) : List.of(),
        parameters,
        layers.size() * layer + patches + classifier,
        Float.BYTES * (parameters + biases * scores),
        Float.BYTES * (wide + scores));
  }
}
