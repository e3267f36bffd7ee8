package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.PositionBias;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * BEiT: positions absolute or relative or both, layer scale or none, classified from the mean of
 * the patches or from the leading token.
 *
 * <p>With mean pooling there is no norm behind the last layer: the last hidden state is not
 * normalised, and the mean is. Without, it is the reverse.
 */
final class Beit implements Architecture {
  private final String name;
  private final boolean classifies;

  /** Whether the head predicts what was masked: it is not read, and there is no pooling. */
  private final boolean pretrained;

  private final String prefix;
  private final PatchGrid grid;
  private final RelativePositions relative;

  /** How tables are read; empty where all read them alike. */
  private final Optional<PositionBias> positionBias;

  private final List<String> notes;
  private final Linear projection;
  private final Supplier<float[]> leading;
  private final Optional<Supplier<float[]>> positions;
  private final Encoder encoder;

  /** Tables that all layers add. */
  private final Optional<Supplier<float[]>> sharedTable;

  /** Tables of the layers; empty where there is none. */
  private final List<Optional<Supplier<float[]>>> tables;

  /** Behind the last layer; empty with mean pooling. */
  private final Optional<LayerNorm> lastNorm;

  /** Behind the mean; empty without mean pooling and where there is no pooling at all. */
  private final Optional<LayerNorm> poolingNorm;

  private final Optional<Linear> classifier;
  private final ModelFacts facts;

  /**
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  Beit(ModelClass wanted, ModelConfig config, Parameters parameters) {
    this.name = wanted.name();
    this.classifies = wanted.head() == ModelHead.CLASSIFIER;
    this.pretrained = wanted.head() == ModelHead.MASKED_PATCHES;
    EncoderConfig sizes = EncoderConfig.read(config);
    this.grid = sizes.grid();
    int hidden = sizes.hidden();
    boolean scaled = config.number("layer_scale_init_value", 0.1) > 0;
    boolean mean = config.flag("use_mean_pooling", true);
    boolean absolute = config.flag("use_absolute_position_embeddings", false);
    boolean relativeInLayers = config.flag("use_relative_position_bias", false);
    boolean relativeShared = config.flag("use_shared_relative_position_bias", false);
    config.check();

    this.prefix = parameters.prefix(wanted.family());
    this.relative = new RelativePositions(grid.rows(), grid.columns());
    boolean oblong = grid.rows() != grid.columns() && (relativeInLayers || relativeShared);
    this.positionBias = oblong ? Optional.of(config.positionBias()) : Optional.empty();
    this.notes = positionBias.map(bias -> List.of(note(bias, config))).orElse(List.of());
    int tokens = grid.patches() + 1;
    this.projection =
        parameters.patchProjection(prefix + "embeddings.patch_embeddings.projection", grid, hidden);
    this.leading = parameters.tensor(prefix + "embeddings.cls_token", 1, 1, hidden);
    this.positions =
        absolute
            ? Optional.of(
                parameters.tensor(prefix + "embeddings.position_embeddings", 1, tokens, hidden))
            : Optional.empty();
    this.sharedTable = table(parameters, relativeShared, prefix + "encoder.", sizes.heads());
    List<Encoder.Layer> stack = new ArrayList<>();
    this.tables = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String layer = prefix + "encoder.layer." + i + ".";
      String attention = layer + "attention.attention.";
      tables.add(table(parameters, relativeInLayers, attention, sizes.heads()));
      Linear output = parameters.linear(layer + "attention.output.dense", hidden, hidden);
      Linear contraction = parameters.linear(layer + "output.dense", sizes.intermediate(), hidden);
      if (scaled) {
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
    this.lastNorm =
        mean
            ? Optional.empty()
            : Optional.of(parameters.layerNorm(prefix + "layernorm", hidden, sizes.epsilon()));
    this.poolingNorm =
        mean && pools(parameters)
            ? Optional.of(
                parameters.layerNorm(prefix + "pooler.layernorm", hidden, sizes.epsilon()))
            : Optional.empty();
    this.classifier =
        classifies
            ? Optional.of(
                parameters.linear(
                    "classifier", hidden, parameters.rows("classifier.weight", config.labels())))
            : Optional.empty();
    int biases = relativeInLayers ? sizes.layers() : relativeShared ? 1 : 0;
    this.facts =
        encoder.facts(
            name,
            outputs(),
            grid,
            classifier.map(linear -> OptionalInt.of(linear.out())).orElse(OptionalInt.empty()),
            parameters.count(),
            biases);
  }

  /** A base model may be saved without what is behind its last layer. */
  private boolean pools(Parameters parameters) {
    boolean saved = parameters.contains(prefix + "embeddings.cls_token");
    return classifies
        || (!pretrained && (!saved || parameters.contains(prefix + "pooler.layernorm.weight")));
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
  private static String note(PositionBias bias, ModelConfig config) {
    String version = config.transformersVersion();
    String by =
        version.isEmpty()
            ? "config.json names no transformers_version, so "
            : "transformers_version is " + version.replaceAll("[^\\w.+-]", "?") + ", so ";
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

  @Override
  public ModelFacts facts() {
    return facts;
  }

  @Override
  public Set<GraphOutput> outputs() {
    if (classifies) {
      return EnumSet.allOf(GraphOutput.class);
    }
    return pooling().isPresent()
        ? EnumSet.of(GraphOutput.POOLED, GraphOutput.LAST_HIDDEN_STATE)
        : EnumSet.of(GraphOutput.LAST_HIDDEN_STATE);
  }

  @Override
  public Optional<Pooling> pooling() {
    if (poolingNorm.isPresent()) {
      return Optional.of(Pooling.MEAN);
    }
    return pretrained || lastNorm.isEmpty() ? Optional.empty() : Optional.of(Pooling.CLS);
  }

  @Override
  public boolean ignores(String tensor) {
    boolean head =
        pretrained
            ? tensor.startsWith("lm_head.") || tensor.startsWith("layernorm.")
            : tensor.equals("classifier.weight") || tensor.equals("classifier.bias");
    return head
        || tensor.equals(prefix + "embeddings.mask_token")
        || tensor.endsWith(".relative_position_bias.relative_position_index");
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }

  @Override
  public Optional<PositionBias> positionBias() {
    return positionBias;
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public Optional<Head> head() {
    return classifier.map(linear -> new Head(poolingNorm.or(() -> lastNorm).orElseThrow(), linear));
  }

  @Override
  public Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted) {
    boolean allTokens = wanted.contains(GraphOutput.LAST_HIDDEN_STATE);
    int tokens = encoder.tokens();
    int length = biased() ? blocks.biasedTokens(tokens) : tokens;
    Stream start =
        blocks.tokens(blocks.pixelValues(grid), grid, length, projection, leading, positions);
    Stream end =
        encoder.write(
            blocks,
            start,
            biases(blocks, length),
            allTokens || poolingNorm.isPresent() ? Encoder.ALL_TOKENS : 1);
    Map<GraphOutput, Value> values = new EnumMap<>(GraphOutput.class);
    if (allTokens) {
      Stream whole = end;
      Value state =
          lastNorm
              .map(norm -> blocks.norm(whole, norm).normed())
              .orElseGet(() -> blocks.sum(whole));
      values.put(
          GraphOutput.LAST_HIDDEN_STATE, blocks.float32(blocks.first(state, tokens, length)));
      end = Stream.of(state);
    } else if (lastNorm.isPresent()) {
      end = Stream.of(blocks.norm(end, lastNorm.get()).normed());
    }
    if (wanted.contains(GraphOutput.POOLED) || wanted.contains(GraphOutput.LOGITS)) {
      Value pooled = pooled(blocks, end, length, allTokens);
      values.put(GraphOutput.POOLED, pooled);
      classifier.ifPresent(
          linear -> {
            if (wanted.contains(GraphOutput.LOGITS)) {
              values.put(GraphOutput.LOGITS, blocks.inFloat32().classifier(pooled, linear));
            }
          });
    }
    return values;
  }

  /** float32, whatever the stream is. */
  private Value pooled(Blocks blocks, Stream end, int length, boolean allTokens) {
    if (poolingNorm.isPresent()) {
      Value mean = blocks.squeezed(blocks.meanOfPatches(end, encoder.tokens(), length));
      return blocks.inFloat32().norm(blocks.float32(mean), poolingNorm.get());
    }
    Value leadingToken = allTokens ? blocks.leading(end.sum(), 1) : end.sum();
    return blocks.float32(blocks.squeezed(leadingToken));
  }

  /** Whether anything is added to the scores of attention. */
  private boolean biased() {
    return sharedTable.isPresent() || tables.stream().anyMatch(Optional::isPresent);
  }

  private List<Optional<Value>> biases(Blocks blocks, int length) {
    if (!biased()) {
      return tables.stream().map(table -> Optional.<Value>empty()).toList();
    }
    Value index =
        blocks.positionIndex(relative.index(), encoder.tokens(), relative.entries(), length);
    if (tables.stream().noneMatch(Optional::isPresent)) {
      Value shared =
          blocks.positionBias(
              "relative_position.bias", sharedTable.orElseThrow(), encoder.heads(), index);
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
              blocks.positionBias("relative_position.bias." + i, table, encoder.heads(), index)));
    }
    return biases;
  }

  private static float[] sum(float[] left, float[] right) {
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }
}
