package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.error.InputException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A kind of network: what it reads from a configuration, which tensors it is made of, and what it
 * computes. To add one, write its class, and give {@link ModelFamily} its names; the compiler then
 * asks for its line in {@link #of}.
 */
interface Architecture {
  /**
   * The architecture of a class of Transformers.
   *
   * @throws InputException with every wrong value of the configuration
   */
  static Architecture of(ModelClass wanted, JsonNode config, Parameters parameters) {
    ModelConfig values = new ModelConfig(config);
    return switch (wanted.family()) {
      case BEIT, DATA2VEC_VISION ->
          wanted.head() == ModelHead.SEGMENTATION
              ? new UperNet(wanted, values, parameters)
              : new Beit(wanted, values, parameters);
      case DEIT -> new Deit(wanted, values, parameters);
      case VIT -> new Vit(wanted, values, parameters);
    };
  }

  ModelFacts facts();

  /** What {@link #write} can give. */
  Set<GraphOutput> outputs();

  /** What {@link GraphOutput#POOLED} is; empty where there is none. */
  Optional<Pooling> pooling();

  /** Whether the original code stores a tensor of that name that this network has no use for. */
  boolean ignores(String tensor);

  /** Sentences that the user should see. */
  List<String> warnings();

  /** How relative positions are read where that can be chosen; empty where it can't. */
  default Optional<PositionBias> positionBias() {
    return Optional.empty();
  }

  /** Sentences about what was chosen by what they are about, for who inspects the model. */
  default Map<String, String> notes() {
    return Map.of();
  }

  /** The classifier and what is in front of it; empty where there is no classifier. */
  Optional<Head> head();

  /** What of it can be trained, and how; empty where that is not known. */
  default Optional<TunableNetwork> tunable() {
    return Optional.empty();
  }

  /**
   * Writes the network.
   *
   * @param wanted some of {@link #outputs}
   * @return a value for each
   */
  Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted);
}
