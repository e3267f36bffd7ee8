package io.labelmill.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A network with a classifier as it is trained: which tensor of the checkpoint stands where, in
 * front of the blocks, in each block, and behind them.
 *
 * @param relative how tables of relative positions are read; empty where there are none
 * @param start patches and tokens
 * @param blocks all alike but for the names
 * @param end norm and classifier
 */
public record TunableNetwork(
    Shape shape, Optional<Relative> relative, Part start, List<Part> blocks, Part end) {
  public TunableNetwork {
    blocks = List.copyOf(blocks);
  }

  /**
   * Sizes that all of it shares.
   *
   * @param leading tokens in front of the patches
   * @param epsilon of the blocks' norms
   * @param endEpsilon of the last norm
   * @param pooling {@link Pooling#MEAN} or {@link Pooling#CLS}
   */
  public record Shape(
      PatchGrid grid,
      int tokens,
      int leading,
      int hidden,
      int intermediate,
      int heads,
      float epsilon,
      float endEpsilon,
      Nonlinearity activation,
      Pooling pooling,
      int labels) {
    static Shape of(PatchGrid grid, Encoder encoder, Pooling pooling, Head head) {
      Encoder.Layer first = encoder.layers().get(0);
      return new Shape(
          grid,
          encoder.tokens(),
          encoder.tokens() - grid.patches(),
          encoder.hidden(),
          encoder.intermediate(),
          encoder.heads(),
          first.beforeAttention().epsilon(),
          head.norm().epsilon(),
          first.activation(),
          pooling,
          head.classifier().out());
    }
  }

  /**
   * Relative positions.
   *
   * @param index the entry of a table for each pair of tokens, [tokens, tokens]
   * @param exchange [entries, entries] that a table is multiplied by before it is read; empty for
   *     none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Relative(int[] index, int entries, Optional<float[]> exchange) {}

  /**
   * A tensor of the checkpoint.
   *
   * @param role where it stands, the same in each block; ends in {@code .weight} for a factor of a
   *     product or of a norm
   * @param name in the checkpoint
   * @param shape as products take it
   */
  public record Tensor(String role, String name, List<Long> shape) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    static Tensor of(String role, String name, long... shape) {
      return new Tensor(role, name, Arrays.stream(shape).boxed().toList());
    }

    public int elements() {
      return Math.toIntExact(shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b));
    }

    /** Whether it is the matrix of a product: of these alone the weights decay. */
    public boolean isMatrix() {
      return role.endsWith(".weight") && shape.size() > 1;
    }
  }

  public record Part(List<Tensor> tensors) {
    public Part {
      tensors = List.copyOf(tensors);
    }

    public boolean has(String role) {
      return tensors.stream().anyMatch(tensor -> tensor.role().equals(role));
    }
  }

  /** All parts from front to back. */
  public List<Part> parts() {
    return Stream.of(List.of(start), blocks, List.of(end)).flatMap(List::stream).toList();
  }

  static Part start(
      PatchGrid grid,
      Linear projection,
      List<String> leading,
      Optional<String> positions,
      Encoder encoder) {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(
        Tensor.of(
            "projection.weight",
            projection.name() + ".weight",
            encoder.hidden(),
            grid.patchSize()));
    tensors.add(Tensor.of("projection.bias", projection.name() + ".bias", encoder.hidden()));
    for (int i = 0; i < leading.size(); i++) {
      tensors.add(Tensor.of("leading." + i, leading.get(i), 1, 1, encoder.hidden()));
    }
    positions.ifPresent(
        name -> tensors.add(Tensor.of("positions", name, 1, encoder.tokens(), encoder.hidden())));
    return new Part(tensors);
  }

  static Part block(Encoder.Layer layer, List<Tensor> more) {
    List<Tensor> tensors = new ArrayList<>();
    put(tensors, "before_attention", layer.beforeAttention());
    put(tensors, "query", layer.attention().query());
    put(tensors, "key", layer.attention().key());
    put(tensors, "value", layer.attention().value());
    put(tensors, "projection", layer.projection());
    put(tensors, "before_perceptron", layer.beforePerceptron());
    put(tensors, "expansion", layer.expansion());
    put(tensors, "contraction", layer.contraction());
    tensors.addAll(more);
    return new Part(tensors);
  }

  static Part end(Head head) {
    List<Tensor> tensors = new ArrayList<>();
    put(tensors, "norm", head.norm());
    put(tensors, "classifier", head.classifier());
    return new Part(tensors);
  }

  private static void put(List<Tensor> tensors, String role, LayerNorm norm) {
    tensors.add(Tensor.of(role + ".weight", norm.name() + ".weight", norm.width()));
    tensors.add(Tensor.of(role + ".bias", norm.name() + ".bias", norm.width()));
  }

  private static void put(List<Tensor> tensors, String role, Linear linear) {
    tensors.add(Tensor.of(role + ".weight", linear.name() + ".weight", linear.out(), linear.in()));
    if (linear.bias().isPresent()) {
      tensors.add(Tensor.of(role + ".bias", linear.name() + ".bias", linear.out()));
    }
  }
}
