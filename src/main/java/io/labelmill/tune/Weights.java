package io.labelmill.tune;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.graph.TunableNetwork;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All tensors of a network in training. Used by one thread at a time; whoever opened them closes
 * them.
 */
public final class Weights implements AutoCloseable {
  private final Map<String, Weight> byName;

  private Weights(Map<String, Weight> byName) {
    this.byName = byName;
  }

  /**
   * Copies them out of a checkpoint.
   *
   * @param store stays its owner's
   * @throws InputException when there is no room for them
   */
  public static Weights open(TunableNetwork network, Extent extent, TensorStore store) {
    Map<String, Weight> byName = new LinkedHashMap<>();
    Weights weights = new Weights(byName);
    OrtEnvironment environment = Engine.environment();
    int first = extent.firstPart(network.blocks().size());
    try {
      Map<String, Integer> parts = new LinkedHashMap<>();
      Map<String, Integer> places = new LinkedHashMap<>();
      for (int part = 0; part < network.parts().size(); part++) {
        for (TunableNetwork.Tensor tensor : network.parts().get(part).tensors()) {
          parts.putIfAbsent(tensor.name(), part);
          places.merge(tensor.name(), 1, Integer::sum);
        }
      }
      for (int part = 0; part < network.parts().size(); part++) {
        for (TunableNetwork.Tensor tensor : network.parts().get(part).tensors()) {
          if (parts.get(tensor.name()) == part) {
            boolean shared = places.get(tensor.name()) > 1;
            // What blocks share is trained where all of them are, and as fast as the end.
            int place = shared ? network.parts().size() - 1 : part;
            boolean trained = part >= first;
            byName.put(
                tensor.name(),
                new Weight(
                    environment, tensor, place, store.floats(tensor.name()), trained, shared));
          }
        }
      }
      return weights;
    } catch (OrtException e) {
      weights.close();
      throw new IllegalStateException(e);
    } catch (OutOfMemoryError e) {
      weights.close();
      throw new InputException(
          "There is no room outside of the heap for the weights in training, %,d MB with gradients and what the optimiser remembers: give the JVM that trains more memory (--driver-memory, or spark.executor.memory on a cluster), or train fewer layers with --tune last:N."
              .formatted(bytes(network, first) >> 20),
          e);
    }
  }

  /** Bytes of the weights and of all that is kept beside those that are trained. */
  private static long bytes(TunableNetwork network, int first) {
    long bytes = 0;
    for (int part = 0; part < network.parts().size(); part++) {
      for (TunableNetwork.Tensor tensor : network.parts().get(part).tensors()) {
        bytes += (part >= first ? 4L : 1L) * Float.BYTES * tensor.elements();
      }
    }
    return bytes;
  }

  Weight get(String name) {
    return byName.get(name);
  }

  List<Weight> all() {
    return List.copyOf(byName.values());
  }

  List<Weight> trained() {
    return byName.values().stream().filter(Weight::isTrained).toList();
  }

  /** A copy of the numbers of each tensor by its name. */
  public Map<String, float[]> floats() {
    Map<String, float[]> floats = new LinkedHashMap<>();
    byName.values().forEach(weight -> floats.put(weight.name(), weight.floats()));
    return floats;
  }

  /** A copy of the gradient of each tensor that is trained, by its name. */
  public Map<String, float[]> gradients() {
    Map<String, float[]> floats = new LinkedHashMap<>();
    trained().forEach(weight -> floats.put(weight.name(), Weight.copy(weight.gradient())));
    return floats;
  }

  @Override
  public void close() {
    new ArrayList<>(byName.values()).forEach(Weight::close);
  }
}
