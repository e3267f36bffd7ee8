package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A kind of network: what it reads from a configuration, which tensors it is made of, and what it
 * computes. To add one, write its class and list it in {@link #FAMILIES}.
 */
interface Architecture {
  /** One class of networks and the names under which configurations ask for it. */
  record Family(List<String> names, Reader reader) {}

  /** Makes an architecture of a configuration that names it. */
  interface Reader {
    /**
     * @param name one of the family's names
     * @throws InputException with every wrong value of the configuration
     */
    Architecture read(String name, ModelConfig config, Parameters parameters);
  }

  List<Family> FAMILIES =
      List.of(new Family(Beit.NAMES, Beit::read), new Family(Vit.NAMES, Vit::read));

  /**
   * The architecture that {@code architectures} of the configuration names.
   *
   * @throws InputException when none is named or it is not supported, listing those that are, or
   *     with every wrong value of the configuration
   */
  static Architecture of(JsonNode config, Parameters parameters) {
    List<String> named = new ArrayList<>();
    config.path("architectures").forEach(name -> named.add(name.asText()));
    for (String name : named) {
      for (Family family : FAMILIES) {
        if (family.names().contains(name)) {
          return family.reader().read(name, new ModelConfig(config), parameters);
        }
      }
    }
    Set<String> supported = new TreeSet<>();
    FAMILIES.forEach(family -> supported.addAll(family.names()));
    throw new InputException(
        "%s; supported are %s."
            .formatted(
                named.isEmpty()
                    ? "config.json names no architecture (key architectures)"
                    : "config.json names the architecture " + String.join(", ", named),
                String.join(", ", supported)));
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

  /** The classifier and what is in front of it; empty where there is no classifier. */
  Optional<Head> head();

  /**
   * Writes the network.
   *
   * @param wanted some of {@link #outputs}
   * @return a value for each
   */
  Map<GraphOutput, Value> write(Blocks blocks, Set<GraphOutput> wanted);
}
