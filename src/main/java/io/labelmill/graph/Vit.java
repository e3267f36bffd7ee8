package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.ModelHead;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * ViT: absolute positions, classified from the leading token behind the last norm. The pooler, a
 * product and an activation behind that token, belongs to the base model only.
 */
class Vit implements Architecture {
  private final ModelClass wanted;
  private final String prefix;
  private final List<String> leadingTokens;
  private final PatchGrid grid;
  private final Linear projection;
  private final List<Supplier<float[]>> leading;
  private final Supplier<float[]> positions;
  private final Encoder encoder;
  private final LayerNorm lastNorm;
  private final Optional<Linear> pooler;
  private final Nonlinearity poolerActivation;

  /** Of the leading tokens, one for each; empty where there is no classifier. */
  private final List<Linear> classifiers;

  private final ModelFacts facts;

  /**
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  Vit(ModelClass wanted, ModelConfig config, Parameters parameters) {
    this(wanted, config, parameters, List.of("cls_token"), List.of("classifier"));
  }

  /**
   * @param leadingTokens names of the tokens in front of the patches
   * @param classifierNames of a model with classifiers: the first takes the first leading token,
   *     and so on; logits are the mean of theirs
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  Vit(
      ModelClass wanted,
      ModelConfig config,
      Parameters parameters,
      List<String> leadingTokens,
      List<String> classifierNames) {
    this.wanted = wanted;
    this.leadingTokens = List.copyOf(leadingTokens);
    EncoderConfig sizes = EncoderConfig.read(config);
    this.grid = sizes.grid();
    int hidden = sizes.hidden();
    boolean biased = config.flag("qkv_bias", true);
    this.poolerActivation = config.activation("pooler_act", "tanh");
    config.check();

    this.prefix = parameters.prefix(wanted.family());
    int tokens = grid.patches() + leadingTokens.size();
    this.projection =
        parameters.patchProjection(prefix + "embeddings.patch_embeddings.projection", grid, hidden);
    this.leading =
        leadingTokens.stream()
            .map(token -> parameters.tensor(prefix + "embeddings." + token, 1, 1, hidden))
            .toList();
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
        !classifies() && parameters.contains(prefix + "pooler.dense.weight")
            ? Optional.of(parameters.linear(prefix + "pooler.dense", hidden, hidden))
            : Optional.empty();
    List<Linear> linears = new ArrayList<>();
    if (classifies()) {
      int labels = parameters.rows(classifierNames.get(0) + ".weight", config.labels());
      classifierNames.forEach(each -> linears.add(parameters.linear(each, hidden, labels)));
    }
    this.classifiers = List.copyOf(linears);
    this.facts =
        encoder.facts(
            wanted.name(),
            outputs(),
            grid,
            classifiers.stream().mapToInt(Linear::out).findFirst(),
            parameters.count(),
            0);
  }

  private boolean classifies() {
    return wanted.head() != ModelHead.NONE;
  }

  @Override
  public ModelFacts facts() {
    return facts;
  }

  @Override
  public Set<GraphOutput> outputs() {
    return classifies()
        ? EnumSet.allOf(GraphOutput.class)
        : EnumSet.of(GraphOutput.POOLED, GraphOutput.LAST_HIDDEN_STATE);
  }

  @Override
  public Optional<Pooling> pooling() {
    return Optional.of(pooler.isPresent() ? Pooling.POOLER : Pooling.CLS);
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.equals(prefix + "embeddings.mask_token") || wanted.family().isOfHead(tensor);
  }

  @Override
  public List<String> warnings() {
    return !classifies() && pooler.isEmpty()
        ? List.of(
            "The checkpoint has no pooler (%spooler.dense): pooled is the leading token behind the last norm."
                .formatted(prefix))
        : List.of();
  }

  @Override
  public Optional<Head> head() {
    return classifiers.isEmpty() ? Optional.empty() : Optional.of(new Head(lastNorm, classifier()));
  }

  @Override
  public Optional<TunableNetwork> tunable() {
    if (classifiers.size() != 1) {
      return Optional.empty();
    }
    Head head = head().orElseThrow();
    return Optional.of(
        new TunableNetwork(
            TunableNetwork.Shape.of(grid, encoder, Pooling.CLS, head),
            Optional.empty(),
            TunableNetwork.start(
                grid,
                projection,
                leadingTokens.stream().map(token -> prefix + "embeddings." + token).toList(),
                Optional.of(prefix + "embeddings.position_embeddings"),
                encoder),
            encoder.layers().stream().map(layer -> TunableNetwork.block(layer, List.of())).toList(),
            TunableNetwork.end(head)));
  }

  /** Of as many leading tokens as there are classifiers, one behind the other. */
  private Linear classifier() {
    return classifiers.size() == 1
        ? classifiers.get(0)
        : Linear.averaged("classifiers", classifiers);
  }

  @Override
  public Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted) {
    boolean allTokens = wanted.contains(GraphOutput.LAST_HIDDEN_STATE);
    boolean logits = wanted.contains(GraphOutput.LOGITS);
    int read = logits ? classifiers.size() : 1;
    Stream start =
        blocks.tokens(
            blocks.pixelValues(grid),
            grid,
            encoder.tokens(),
            projection,
            () -> Linear.concatenation(leading, Supplier::get),
            Optional.of(positions));
    List<Optional<Value>> biases = new ArrayList<>();
    encoder.layers().forEach(layer -> biases.add(Optional.empty()));
    Stream end = encoder.write(blocks, start, biases, allTokens ? Encoder.ALL_TOKENS : read);
    Value state = blocks.norm(end, lastNorm).normed();
    Map<GraphOutput, Value> values = new EnumMap<>(GraphOutput.class);
    if (allTokens) {
      values.put(GraphOutput.LAST_HIDDEN_STATE, blocks.float32(state));
    }
    if (logits || wanted.contains(GraphOutput.POOLED)) {
      Value tokens = blocks.float32(allTokens ? blocks.leading(state, read) : state);
      Value token = blocks.squeezed(read == 1 ? tokens : blocks.leading(tokens, 1));
      Value pooled =
          pooler
              .map(linear -> blocks.inFloat32().linear(token, linear, poolerActivation))
              .orElse(token);
      values.put(GraphOutput.POOLED, pooled);
      if (logits) {
        Value input = read == 1 ? pooled : blocks.joined(tokens);
        values.put(GraphOutput.LOGITS, blocks.inFloat32().classifier(input, classifier()));
      }
    }
    return values;
  }
}
