package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
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
 * ViT: absolute positions, classified from the leading token behind the last norm. The pooler, a
 * product and an activation behind that token, belongs to the base model only.
 */
final class Vit implements Architecture {
  private final String name;
  private final boolean classifies;
  private final String prefix;
  private final PatchGrid grid;
  private final Linear projection;
  private final Supplier<float[]> leading;
  private final Supplier<float[]> positions;
  private final Encoder encoder;
  private final LayerNorm lastNorm;
  private final Optional<Linear> pooler;
  private final Activation poolerActivation;
  private final Optional<Linear> classifier;
  private final ModelFacts facts;

  /**
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  Vit(ModelClass wanted, ModelConfig config, Parameters parameters) {
    this.name = wanted.name();
    this.classifies = name.equals(wanted.family().classifier());
    EncoderConfig sizes = EncoderConfig.read(config);
    this.grid = sizes.grid();
    int hidden = sizes.hidden();
    boolean biased = config.flag("qkv_bias", true);
    this.poolerActivation = config.activation("pooler_act", "tanh");
    config.check();

    this.prefix = parameters.prefix(wanted.family());
    int tokens = grid.patches() + 1;
    this.projection =
        parameters.patchProjection(prefix + "embeddings.patch_embeddings.projection", grid, hidden);
    this.leading = parameters.tensor(prefix + "embeddings.cls_token", 1, 1, hidden);
    this.positions =
        parameters.tensor(prefix + "embeddings.position_embeddings", 1, tokens, hidden);
    List<Encoder.Layer> stack = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String layer = prefix + "encoder.layer." + i + ".";
      List<Linear> maps = new ArrayList<>();
      for (String map : List.of("query", "key", "value")) {
        String full = layer + "attention.attention." + map;
        maps.add(
            biased
                ? parameters.linear(full, hidden, hidden)
                : parameters.unbiased(full, hidden, hidden));
      }
      stack.add(
          new Encoder.Layer(
              parameters.layerNorm(layer + "layernorm_before", hidden, sizes.epsilon()),
              new SelfAttention(
                  layer + "attention", sizes.heads(), maps.get(0), maps.get(1), maps.get(2)),
              parameters.linear(layer + "attention.output.dense", hidden, hidden),
              parameters.layerNorm(layer + "layernorm_after", hidden, sizes.epsilon()),
              parameters.linear(layer + "intermediate.dense", hidden, sizes.intermediate()),
              sizes.activation(),
              parameters.linear(layer + "output.dense", sizes.intermediate(), hidden)));
    }
    this.encoder = new Encoder(tokens, hidden, sizes.intermediate(), sizes.heads(), stack);
    this.lastNorm = parameters.layerNorm(prefix + "layernorm", hidden, sizes.epsilon());
    this.pooler =
        !classifies && parameters.contains(prefix + "pooler.dense.weight")
            ? Optional.of(parameters.linear(prefix + "pooler.dense", hidden, hidden))
            : Optional.empty();
    this.classifier =
        classifies
            ? Optional.of(
                parameters.linear(
                    "classifier", hidden, parameters.rows("classifier.weight", config.labels())))
            : Optional.empty();
    this.facts =
        encoder.facts(
            name,
            outputs(),
            grid,
            classifier.map(linear -> OptionalInt.of(linear.out())).orElse(OptionalInt.empty()),
            parameters.count(),
            0);
  }

  @Override
  public ModelFacts facts() {
    return facts;
  }

  @Override
  public Set<GraphOutput> outputs() {
    return classifies
        ? EnumSet.allOf(GraphOutput.class)
        : EnumSet.of(GraphOutput.POOLED, GraphOutput.LAST_HIDDEN_STATE);
  }

  @Override
  public Optional<Pooling> pooling() {
    return Optional.of(pooler.isPresent() ? Pooling.POOLER : Pooling.CLS);
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.equals(prefix + "embeddings.mask_token")
        || (classifies && tensor.startsWith(prefix + "pooler.dense."))
        || (!classifies
            && (tensor.equals("classifier.weight") || tensor.equals("classifier.bias")));
  }

  @Override
  public List<String> warnings() {
    return !classifies && pooler.isEmpty()
        ? List.of(
            "The checkpoint has no pooler (%spooler.dense): pooled is the leading token behind the last norm."
                .formatted(prefix))
        : List.of();
  }

  @Override
  public Optional<Head> head() {
    return classifier.map(linear -> new Head(lastNorm, linear));
  }

  @Override
  public Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted) {
    boolean allTokens = wanted.contains(GraphOutput.LAST_HIDDEN_STATE);
    Stream start =
        blocks.tokens(
            blocks.pixelValues(grid),
            grid,
            encoder.tokens(),
            projection,
            leading,
            Optional.of(positions));
    List<Optional<Value>> biases = new ArrayList<>();
    encoder.layers().forEach(layer -> biases.add(Optional.empty()));
    Stream end =
        encoder.write(
            blocks,
            start,
            biases,
            allTokens ? Encoder.Extent.ALL_TOKENS : Encoder.Extent.LEADING_TOKEN);
    Value state = blocks.norm(end, lastNorm).normed();
    Map<GraphOutput, Value> values = new EnumMap<>(GraphOutput.class);
    if (allTokens) {
      values.put(GraphOutput.LAST_HIDDEN_STATE, blocks.float32(state));
    }
    if (wanted.contains(GraphOutput.POOLED) || wanted.contains(GraphOutput.LOGITS)) {
      Value token = blocks.float32(blocks.squeezed(allTokens ? blocks.leading(state) : state));
      Value pooled =
          pooler
              .map(linear -> blocks.inFloat32().linear(token, linear, poolerActivation))
              .orElse(token);
      values.put(GraphOutput.POOLED, pooled);
      if (wanted.contains(GraphOutput.LOGITS)) {
        values.put(
            GraphOutput.LOGITS, blocks.inFloat32().classifier(pooled, classifier.orElseThrow()));
      }
    }
    return values;
  }
}
