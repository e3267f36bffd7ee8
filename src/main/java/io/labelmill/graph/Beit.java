package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.PositionBias;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

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

  private final BeitTrunk trunk;

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
    BeitTrunk.Shape shape = BeitTrunk.Shape.read(config);
    boolean mean = config.flag("use_mean_pooling", true);
    config.check();

    EncoderConfig sizes = shape.sizes();
    int hidden = sizes.hidden();
    this.trunk = new BeitTrunk(wanted, shape, config, parameters, sizes.layers());
    String prefix = trunk.prefix();
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
    this.facts =
        trunk
            .encoder()
            .facts(
                name,
                outputs(),
                trunk.grid(),
                classifier.map(linear -> OptionalInt.of(linear.out())).orElse(OptionalInt.empty()),
                parameters.count(),
                trunk.biases());
  }

  /** A base model may be saved without what is behind its last layer. */
  private boolean pools(Parameters parameters) {
    boolean saved = parameters.contains(trunk.prefix() + "embeddings.cls_token");
    return classifies
        || (!pretrained
            && (!saved || parameters.contains(trunk.prefix() + "pooler.layernorm.weight")));
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
    return head || trunk.ignores(tensor);
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }

  @Override
  public Optional<PositionBias> positionBias() {
    return trunk.positionBias();
  }

  @Override
  public Map<String, String> notes() {
    return trunk.notes();
  }

  @Override
  public Optional<Head> head() {
    return classifier.map(linear -> new Head(poolingNorm.or(() -> lastNorm).orElseThrow(), linear));
  }

  @Override
  public Optional<TunableNetwork> tunable() {
    return head()
        .map(head -> trunk.tunable(poolingNorm.isPresent() ? Pooling.MEAN : Pooling.CLS, head));
  }

  @Override
  public Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted) {
    boolean allTokens = wanted.contains(GraphOutput.LAST_HIDDEN_STATE);
    Encoder encoder = trunk.encoder();
    int tokens = encoder.tokens();
    int length = trunk.length(blocks);
    Stream start = trunk.start(blocks, blocks.pixelValues(trunk.grid()));
    int read = allTokens || poolingNorm.isPresent() ? Encoder.ALL_TOKENS : 1;
    Stream end = encoder.write(blocks, start, trunk.biases(blocks, Optional.empty()), read);
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
      Value mean = blocks.squeezed(blocks.meanOfPatches(end, trunk.encoder().tokens(), length));
      return blocks.inFloat32().norm(blocks.float32(mean), poolingNorm.get());
    }
    Value leadingToken = allTokens ? blocks.leading(end.sum(), 1) : end.sum();
    return blocks.float32(blocks.squeezed(leadingToken));
  }
}
