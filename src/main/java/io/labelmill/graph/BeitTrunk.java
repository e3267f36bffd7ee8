package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What all networks of BEiT share: patches behind a leading token, positions absolute or relative
 * or both, and an encoder with layer scale or without.
 */
final class BeitTrunk {
  private final String prefix;
  private final PatchGrid grid;
  private final RelativePositions relative;

  /** How tables are read; empty where all read them alike. */
  private final Optional<PositionBias> positionBias;

  private final Map<String, String> notes;
  private final Linear projection;
  private final boolean scaled;
  private final Supplier<float[]> leading;
  private final Optional<Supplier<float[]>> positions;
  private final Encoder encoder;

  /** Tables that all layers add. */
  private final Optional<Supplier<float[]>> sharedTable;

  /** Tables of the layers; empty where there is none. */
  private final List<Optional<Supplier<float[]>>> tables;

  record Shape(
      EncoderConfig sizes,
      boolean scaled,
      boolean absolute,
      boolean relativeInLayers,
      boolean relativeShared) {
    /** Reads it; wrong values are noted in {@code config}. */
    static Shape read(ModelConfig config) {
      return new Shape(
          EncoderConfig.read(config),
          config.number("layer_scale_init_value", 0.1) > 0,
          config.flag("use_absolute_position_embeddings", false),
          config.flag("use_relative_position_bias", false),
          config.flag("use_shared_relative_position_bias", false));
    }
  }

  /**
   * @param layers the first of the encoder, all or as many as are of use
   */
  BeitTrunk(ModelClass wanted, Shape shape, ModelConfig config, Parameters parameters, int layers) {
    EncoderConfig sizes = shape.sizes();
    this.grid = sizes.grid();
    int hidden = sizes.hidden();
    this.scaled = shape.scaled();
    this.prefix = parameters.prefix(wanted.family());
    this.relative = new RelativePositions(grid.rows(), grid.columns());
    this.positionBias = config.positionBias();
    boolean stretched = shape.absolute() && grid.height() != grid.width();
    if (stretched && positionBias.equals(Optional.of(PositionBias.TRANSFORMERS))) {
      throw new InputException(
          "use_absolute_position_embeddings, with pictures of height %d and width %d: Transformers 4.57 and 5 stretch such positions from a square or fail, which is not done here. For a model that was trained by an earlier one, or by its authors' code, say --position-bias authors: positions are added as they are stored then."
              .formatted(grid.height(), grid.width()));
    }
    boolean isRelative = shape.relativeInLayers() || shape.relativeShared();
    this.notes =
        positionBias
            .map(bias -> Map.of("positions", note(bias, isRelative, config)))
            .orElse(Map.of());
    int tokens = grid.patches() + 1;
    this.projection =
        parameters.patchProjection(prefix + "embeddings.patch_embeddings.projection", grid, hidden);
    this.leading = parameters.tensor(prefix + "embeddings.cls_token", 1, 1, hidden);
    this.positions =
        shape.absolute()
            ? Optional.of(
                parameters.tensor(prefix + "embeddings.position_embeddings", 1, tokens, hidden))
            : Optional.empty();
    this.sharedTable =
        table(parameters, shape.relativeShared(), prefix + "encoder.", sizes.heads());
    List<Encoder.Layer> stack = new ArrayList<>();
    this.tables = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      String layer = prefix + "encoder.layer." + i + ".";
      String attention = layer + "attention.attention.";
      tables.add(table(parameters, shape.relativeInLayers(), attention, sizes.heads()));
      Linear output = parameters.linear(layer + "attention.output.dense", hidden, hidden);
      Linear contraction = parameters.linear(layer + "output.dense", sizes.intermediate(), hidden);
      if (shape.scaled()) {
        output = output.scaled(parameters.tensor(layer + "lambda_1", hidden));
        contraction = contraction.scaled(parameters.tensor(layer + "lambda_2", hidden));
      }
      stack.add(
          new Encoder.Layer(
              parameters.layerNorm(layer + "layernorm_before", hidden, sizes.epsilon()),
              new SelfAttention(
                  layer + "attention",
                  sizes.heads(),
                  parameters.linear(attention + "query", hidden, hidden),
                  parameters.unbiased(attention + "key", hidden, hidden),
                  parameters.linear(attention + "value", hidden, hidden)),
              output,
              parameters.layerNorm(layer + "layernorm_after", hidden, sizes.epsilon()),
              parameters.linear(layer + "intermediate.dense", hidden, sizes.intermediate()),
              sizes.activation(),
              contraction));
    }
    this.encoder = new Encoder(tokens, hidden, sizes.intermediate(), sizes.heads(), stack);
  }

  private Optional<Supplier<float[]>> table(
      Parameters parameters, boolean present, String owner, int heads) {
    if (!present) {
      return Optional.empty();
    }
    Supplier<float[]> table =
        parameters.tensor(
            owner + "relative_position_bias.relative_position_bias_table",
            relative.entries(),
            heads);
    boolean exchanged = positionBias.equals(Optional.of(PositionBias.TRANSFORMERS));
    return Optional.of(exchanged ? () -> relative.exchanged(table.get()) : table);
  }

  /** Which of two formulas is used where the picture is not square. */
  private static String note(PositionBias bias, boolean relative, ModelConfig config) {
    String version = config.transformersVersion();
    String by =
        version.isEmpty()
            ? "config.json names no transformers_version, so "
            : "transformers_version is " + version.replaceAll("[^\\w.+-]", "?") + ", so ";
    if (!relative) {
      return "positions are added as they are stored, as its authors' code and early Transformers do.";
    }
    String read =
        bias == PositionBias.TRANSFORMERS
            ? "the relative positions are read as Transformers does since 4.43, width and height exchanged"
            : "the relative positions are read as its authors' code and Transformers before 4.43 do";
    if (config.namesPositionBias()) {
      return read + ", as was chosen.";
    }
    String other =
        bias == PositionBias.TRANSFORMERS
            ? ". For a model that was trained before, or by its authors' code, say --position-bias authors."
            : ". For a model that was trained by a later one, which exchanges width and height, say --position-bias transformers.";
    return by + read + other;
  }

  PatchGrid grid() {
    return grid;
  }

  /** What stands in front of its tensors' names. */
  String prefix() {
    return prefix;
  }

  Encoder encoder() {
    return encoder;
  }

  Optional<PositionBias> positionBias() {
    return positionBias;
  }

  Map<String, String> notes() {
    return notes;
  }

  /** Position biases that the layers add, all of one shape. */
  int biases() {
    long own = tables.stream().filter(Optional::isPresent).count();
    return own > 0 ? (int) own : sharedTable.isPresent() ? 1 : 0;
  }

  /** Whether the original code stores a tensor of that name that no network here has a use for. */
  boolean ignores(String tensor) {
    return tensor.equals(prefix + "embeddings.mask_token")
        || tensor.endsWith(".relative_position_bias.relative_position_index");
  }

  /** Whether a tensor belongs to a layer behind the last that is of use. */
  boolean isOfLaterLayer(String tensor) {
    String layers = prefix + "encoder.layer.";
    return tensor.startsWith(layers)
        && Integer.parseInt(tensor.substring(layers.length()).replaceAll("\\D.*", ""))
            >= encoder.layers().size();
  }

  /** Tokens of the stream in these blocks: at least those of the picture. */
  int length(Blocks blocks) {
    return biased() ? blocks.biasedTokens(encoder.tokens()) : encoder.tokens();
  }

  /** The stream in front of the first layer. */
  Stream start(Blocks blocks, Value pixelValues) {
    return blocks.tokens(pixelValues, grid, length(blocks), projection, leading, positions);
  }

  /** Whether anything is added to the scores of attention. */
  private boolean biased() {
    return sharedTable.isPresent() || tables.stream().anyMatch(Optional::isPresent);
  }

  /**
   * What each layer adds to the scores of attention.
   *
   * @param zero as {@link Blocks#positionBias} takes it
   */
  List<Optional<Value>> biases(Blocks blocks, Optional<Value> zero) {
    int length = length(blocks);
    if (!biased()) {
      return tables.stream().map(table -> Optional.<Value>empty()).toList();
    }
    Value index =
        blocks.positionIndex(relative.index(), encoder.tokens(), relative.entries(), length);
    if (tables.stream().noneMatch(Optional::isPresent)) {
      Value shared =
          blocks.positionBias(
              "relative_position.bias", sharedTable.orElseThrow(), encoder.heads(), index, zero);
      return tables.stream().map(table -> Optional.of(shared)).toList();
    }
    List<Optional<Value>> biases = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      // A layer that has both adds both: their tables have one shape.
      Supplier<float[]> own = tables.get(i).orElseThrow();
      Supplier<float[]> table =
          sharedTable
              .map(shared -> (Supplier<float[]>) () -> sum(own.get(), shared.get()))
              .orElse(own);
      biases.add(
          Optional.of(
              blocks.positionBias(
                  "relative_position.bias." + i, table, encoder.heads(), index, zero)));
    }
    return biases;
  }

  /** As it is trained with a head behind it. */
  TunableNetwork tunable(Pooling pooling, Head head) {
    List<TunableNetwork.Part> blocks = new ArrayList<>();
    for (int i = 0; i < encoder.layers().size(); i++) {
      String layer = prefix + "encoder.layer." + i + ".";
      List<TunableNetwork.Tensor> more = new ArrayList<>();
      if (scaled) {
        more.add(
            TunableNetwork.Tensor.of("projection.scale", layer + "lambda_1", encoder.hidden()));
        more.add(
            TunableNetwork.Tensor.of("contraction.scale", layer + "lambda_2", encoder.hidden()));
      }
      if (tables.get(i).isPresent()) {
        more.add(table("table", layer + "attention.attention."));
      }
      if (sharedTable.isPresent()) {
        more.add(table("shared_table", prefix + "encoder."));
      }
      blocks.add(TunableNetwork.block(encoder.layers().get(i), more));
    }
    return new TunableNetwork(
        TunableNetwork.Shape.of(grid, encoder, pooling, head),
        biased()
            ? Optional.of(
                new TunableNetwork.Relative(
                    relative.index(),
                    relative.entries(),
                    positionBias.equals(Optional.of(PositionBias.TRANSFORMERS))
                        ? Optional.of(relative.exchange())
                        : Optional.empty()))
            : Optional.empty(),
        TunableNetwork.start(
            grid,
            projection,
            List.of(prefix + "embeddings.cls_token"),
            positions.map(values -> prefix + "embeddings.position_embeddings"),
            encoder),
        blocks,
        TunableNetwork.end(head));
  }

  private TunableNetwork.Tensor table(String role, String owner) {
    return TunableNetwork.Tensor.of(
        role,
        owner + "relative_position_bias.relative_position_bias_table",
        relative.entries(),
        encoder.heads());
  }

  private static float[] sum(float[] left, float[] right) {
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }
}
