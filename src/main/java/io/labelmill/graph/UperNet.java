package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * BEiT with UperNet: logits of the labels at each point of a grid that is four times as fine as the
 * patches. Four states of the encoder become maps of four sizes, the coarsest sees the whole
 * picture by pooling, and each finer one takes the sum of what the coarser ones say.
 *
 * <p>Maps are [batch, rows times columns, width], row by row. What is written is not what the
 * original code does in each step, but equal to it: norms are folded into the products before them;
 * a transposed convolution and the product behind it are one; and instead of enlarging three maps
 * for the last convolution, its nine taps are computed of the small ones, and enlarged and shifted
 * by two constant products, for enlarging commutes with products of channels.
 *
 * <p>Xiao et al., https://arxiv.org/abs/1807.10221; {@code BeitForSemanticSegmentation}.
 */
final class UperNet implements Architecture {
  /** Of norms over a batch, as PyTorch has it where nothing is said. */
  private static final double EPSILON = 1e-5;

  /** Points of the finest map along a side of a patch. */
  private static final int FINENESS = 4;

  private final ModelClass wanted;
  private final BeitTrunk trunk;

  /** After how many layers each map is taken, from the finest to the coarsest. */
  private final List<Integer> taps;

  private final String tapsNote;

  private final Linear twiceFirst;
  private final Linear twiceSecond;
  private final Linear once;
  private final Linear lateral;
  private final List<Integer> scales;
  private final List<Linear> pooled;
  private final Linear bottleneck;
  private final List<Linear> smoothing;
  private final Linear fusion;
  private final Linear classifier;
  private final ModelFacts facts;

  /**
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  UperNet(ModelClass wanted, ModelConfig config, Parameters parameters) {
    this.wanted = wanted;
    BeitTrunk.Shape shape = BeitTrunk.Shape.read(config);
    EncoderConfig sizes = shape.sizes();
    Taps choice = config.taps();
    List<Integer> indices = config.outIndices(sizes.layers());
    this.scales = config.positives("pool_scales", List.of(1, 2, 3, 6));
    this.taps = indices.stream().map(choice::layers).toList();
    int used = taps.stream().mapToInt(Integer::intValue).max().orElse(0);
    if (used > sizes.layers()) {
      config.problem(
          "out_indices is %s in config.json: read as %s does, that asks for the state behind block %d, and there are %d."
              .formatted(indices, choice.reader(), used, sizes.layers()));
    }
    if (sizes.grid().rows() < 2 || sizes.grid().columns() < 2) {
      config.problem(
          "image_size has %d x %d patches in config.json; the coarsest map takes every second one, so at least 2 x 2 are needed."
              .formatted(sizes.grid().rows(), sizes.grid().columns()));
    }
    config.check();
    this.trunk = new BeitTrunk(wanted, shape, config, parameters, used);
    this.tapsNote = note(choice, indices, sizes.layers(), used);

    int width = sizes.hidden();
    this.twiceFirst = normed(parameters.enlargement("fpn1.0", width), "fpn1.1", width, parameters);
    Linear second = parameters.enlargement("fpn1.3", width);
    Linear third = parameters.enlargement("fpn2.0", width);
    String head = "decode_head.";
    List<Linear> laterals = new ArrayList<>();
    List<Linear> smooth = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      laterals.add(block(parameters, head + "lateral_convs." + i, width, width, 1));
      smooth.add(block(parameters, head + "fpn_convs." + i, width, width, 3));
    }
    this.twiceSecond = second.then(laterals.get(0));
    this.once = third.then(laterals.get(1));
    this.lateral = laterals.get(2);
    this.smoothing = List.copyOf(smooth);
    List<Linear> pools = new ArrayList<>();
    for (int i = 0; i < scales.size(); i++) {
      pools.add(block(parameters, head + "psp_modules." + i + ".1", width, width, 1));
    }
    this.pooled = List.copyOf(pools);
    this.bottleneck = block(parameters, head + "bottleneck", (1 + scales.size()) * width, width, 3);
    this.fusion = block(parameters, head + "fpn_bottleneck", 4 * width, width, 3);
    int labels = parameters.rows(head + "classifier.weight", config.labels());
    this.classifier = parameters.convolution(head + "classifier", width, labels, 1, true);
    this.facts = facts(labels, parameters.count());
  }

  /** A convolution without bias, with its norm folded in. */
  private static Linear block(Parameters parameters, String name, int in, int out, int side) {
    Linear convolution = parameters.convolution(name + ".conv", in, out, side, false);
    return normed(convolution, name + ".bn", out, parameters);
  }

  /** {@code linear} with the norm of that name behind it, in one. */
  private static Linear normed(Linear linear, String name, int width, Parameters parameters) {
    Supplier<float[]> gamma = parameters.tensor(name + ".weight", width);
    Supplier<float[]> beta = parameters.tensor(name + ".bias", width);
    Supplier<float[]> mean = parameters.tensor(name + ".running_mean", width);
    Supplier<float[]> variance = parameters.tensor(name + ".running_var", width);
    Supplier<float[]> factors =
        () -> {
          float[] scale = gamma.get();
          float[] spread = variance.get();
          for (int i = 0; i < scale.length; i++) {
            scale[i] = (float) (scale[i] / Math.sqrt(spread[i] + EPSILON));
          }
          return scale;
        };
    Supplier<float[]> offsets =
        () -> {
          float[] centre = mean.get();
          float[] scale = factors.get();
          float[] offset = beta.get();
          for (int i = 0; i < offset.length; i++) {
            offset[i] -= centre[i] * scale[i];
          }
          return offset;
        };
    return linear.followed(factors, offsets);
  }

  private static String note(Taps choice, List<Integer> indices, int layers, int used) {
    List<Integer> others = indices.stream().map(choice.other()::layers).toList();
    String left =
        used < layers
            ? " Blocks %d to %d have no effect and are left out.".formatted(used + 1, layers)
            : "";
    return "out_indices %s are read as %s does, the states behind blocks %s; as %s does, they are those behind blocks %s (--taps %s).%s"
        .formatted(
            indices,
            choice.reader(),
            indices.stream().map(choice::layers).toList(),
            choice.other().reader(),
            others,
            choice.other().word(),
            left);
  }

  private ModelFacts facts(int labels, long parameters) {
    PatchGrid grid = trunk.grid();
    ModelFacts encoder =
        trunk
            .encoder()
            .facts(wanted.name(), outputs(), grid, OptionalInt.of(labels), parameters, 0);
    long width = encoder.hidden();
    long points = grid.patches();
    long square = 2 * width * width;
    long coarse = (long) (grid.rows() / 2) * (grid.columns() / 2);
    long pooledPoints = scales.stream().mapToLong(scale -> (long) scale * scale).sum();
    long products =
        // Enlarging, laterals, and what the pools become.
        square * (4 * points + 16 * points + 4 * points + points + pooledPoints)
            + 9 * square * (1L + scales.size()) * coarse
            // Smoothing, and the taps of the last convolution.
            + 9 * square * (16 + 4 + 1) * points
            + 9 * square * (16 * points + 4 * points + points + coarse)
            + 2L * labels * width * 16 * points;
    // The taps of the second map before and behind their transposition, and the finest maps.
    long wide = width * points * (2 * 9 * 4 + 4 * 16);
    return encoder.ofMaps(
        FINENESS * grid.rows(),
        FINENESS * grid.columns(),
        encoder.flopsPerImage() + products,
        Math.max(encoder.activationBytes(), Float.BYTES * wide));
  }

  @Override
  public ModelFacts facts() {
    return facts;
  }

  @Override
  public Set<GraphOutput> outputs() {
    return EnumSet.of(GraphOutput.LOGITS);
  }

  @Override
  public Optional<Pooling> pooling() {
    return Optional.empty();
  }

  @Override
  public Optional<PositionBias> positionBias() {
    return trunk.positionBias();
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.startsWith("auxiliary_head.")
        || tensor.endsWith(".num_batches_tracked")
        || tensor.startsWith(trunk.prefix() + "pooler.layernorm.")
        || tensor.startsWith(trunk.prefix() + "layernorm.")
        || trunk.isOfLaterLayer(tensor)
        || trunk.ignores(tensor);
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }

  @Override
  public Map<String, String> notes() {
    Map<String, String> all = new LinkedHashMap<>(Map.of("taps", tapsNote));
    all.putAll(trunk.notes());
    return all;
  }

  @Override
  public Optional<Head> head() {
    return Optional.empty();
  }

  @Override
  public Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted) {
    PatchGrid patches = trunk.grid();
    Value pixels = blocks.pixelValues(patches);
    Value zero = blocks.zeroOf(pixels);
    List<Value> states =
        trunk
            .encoder()
            .states(
                blocks, trunk.start(blocks, pixels), trunk.biases(blocks, Optional.of(zero)), taps);
    MapBlocks maps = blocks.maps();
    MapGrid middle = new MapGrid(patches.rows(), patches.columns());
    List<Value> tokens = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      tokens.add(blocks.patchTokens(states.get(i), patches.patches(), "taps." + i));
    }

    MapGrid finest = middle.times(FINENESS);
    MapGrid fine = middle.times(2);
    MapGrid coarse = middle.halved();
    Value enlarged = blocks.linear(tokens.get(0), twiceFirst, Nonlinearity.GELU);
    int width = lateral.out();
    Value quarters = maps.quarters(enlarged, width);
    List<Value> laterals = new ArrayList<>();
    laterals.add(
        maps.arranged(
            blocks.linear(quarters, twiceSecond, Nonlinearity.RELU), middle, 2, width, "finest"));
    laterals.add(
        maps.arranged(
            blocks.linear(tokens.get(1), once, Nonlinearity.RELU), middle, 1, width, "fine"));
    laterals.add(blocks.linear(tokens.get(2), lateral, Nonlinearity.RELU));
    laterals.add(pyramid(maps, blocks, maps.halved(tokens.get(3), middle, width), coarse));
    List<MapGrid> grids = List.of(finest, fine, middle, coarse);

    for (int i = 2; i >= 0; i--) {
      Value above =
          maps.resized(laterals.get(i + 1), grids.get(i + 1), grids.get(i), width, "down." + i);
      laterals.set(i, blocks.node("Add", "sums." + i, List.of(laterals.get(i), above)));
    }
    List<Value> smooth = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      smooth.add(
          blocks.convolution(laterals.get(i), grids.get(i), smoothing.get(i), Nonlinearity.RELU));
    }
    smooth.add(laterals.get(3));
    Value fused = maps.fused(smooth, grids, fusion);
    Value points = blocks.linear(fused, classifier);
    return Map.of(
        GraphOutput.LOGITS,
        blocks.float32(maps.channelsFirst(points, finest, classifier.out(), "maps")));
  }

  /** The coarsest map beside what all of it and its parts are in the mean. */
  private Value pyramid(MapBlocks maps, Blocks blocks, Value map, MapGrid grid) {
    int width = lateral.out();
    List<Value> parts = new ArrayList<>(List.of(map));
    for (int i = 0; i < pooled.size(); i++) {
      MapGrid small = new MapGrid(scales.get(i), scales.get(i));
      Value mean = maps.pooled(map, grid, small, width, "pools." + i);
      Value product = blocks.linear(mean, pooled.get(i), Nonlinearity.RELU);
      parts.add(maps.resized(product, small, grid, width, "pools." + i + ".resized"));
    }
    Value all = blocks.node("Concat", "pools", parts, OnnxWriter.attribute("axis", -1));
    return blocks.convolution(all, grid, bottleneck, Nonlinearity.RELU);
  }
}
