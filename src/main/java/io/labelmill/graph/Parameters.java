package io.labelmill.graph;

import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The tensors that an architecture is made of. Whatever it asks for is noted with its shape, so
 * that {@link #check} can compare all of it with the checkpoint; numbers are read only when used.
 */
final class Parameters {
  private final TensorStore store;
  private final Map<String, List<Long>> asked = new LinkedHashMap<>();

  Parameters(TensorStore store) {
    this.store = store;
  }

  /** Whether the checkpoint holds a tensor of that name. */
  boolean contains(String name) {
    return store.contains(name);
  }

  /** The first size of a tensor's shape, or the fallback where there is no such tensor. */
  int rows(String name, int fallback) {
    if (!store.contains(name) || store.info(name).shape().isEmpty()) {
      return fallback;
    }
    return Math.toIntExact(store.info(name).shape().get(0));
  }

  Supplier<float[]> tensor(String name, long... shape) {
    asked.put(name, Arrays.stream(shape).boxed().toList());
    return () -> store.floats(name);
  }

  /** {@code name.weight} of [out, in] and {@code name.bias} of [out]. */
  Linear linear(String name, int in, int out) {
    return new Linear(
        name, in, out, tensor(name + ".weight", out, in), Optional.of(tensor(name + ".bias", out)));
  }

  /** {@code name.weight} of [out, in] alone. */
  Linear unbiased(String name, int in, int out) {
    return new Linear(name, in, out, tensor(name + ".weight", out, in), Optional.empty());
  }

  /** A convolution whose stride is its kernel, as the product that it is. */
  Linear patchProjection(String name, PatchGrid grid, int out) {
    return new Linear(
        name,
        grid.patchSize(),
        out,
        tensor(name + ".weight", out, grid.channels(), grid.patchHeight(), grid.patchWidth()),
        Optional.of(tensor(name + ".bias", out)));
  }

  LayerNorm layerNorm(String name, int width, float epsilon) {
    return new LayerNorm(
        name, width, tensor(name + ".weight", width), tensor(name + ".bias", width), epsilon);
  }

  /** The shape of each tensor asked for. */
  Map<String, List<Long>> shapes() {
    return Collections.unmodifiableMap(asked);
  }

  /** Numbers in all tensors asked for. */
  long count() {
    return asked.values().stream().mapToLong(Parameters::elements).sum();
  }

  /**
   * Compares what was asked for with what is there.
   *
   * @param unused recognises tensors that the original code stores without using them here
   * @return a warning, if there are other tensors that nothing uses
   * @throws InputException with every missing, extra, mis-shaped and integer tensor, if any is
   *     missing, mis-shaped or of integers
   */
  Optional<String> check(String architecture, Predicate<String> unused) {
    List<String> problems = new ArrayList<>();
    asked.forEach(
        (name, shape) -> {
          if (!store.contains(name)) {
            problems.add(
                "Tensor '%s' is missing: %s needs it, of shape %s."
                    .formatted(name, architecture, shape));
          } else if (!store.info(name).shape().equals(shape)) {
            problems.add(
                "Tensor '%s' has the shape %s; this %s needs %s."
                    .formatted(name, store.info(name).shape(), architecture, shape));
          } else if (store.info(name).dataType().isInteger()) {
            problems.add(
                "Tensor '%s' is %s: integers are not weights, unless they are read together with what scales them, which this checkpoint does not name."
                    .formatted(name, store.info(name).description()));
          }
        });
    List<String> extra =
        store.names().stream()
            .filter(name -> !asked.containsKey(name) && !unused.test(name))
            .map(name -> "'%s' %s".formatted(name, store.info(name).shape()))
            .toList();
    if (!problems.isEmpty()) {
      extra.forEach(
          tensor -> problems.add("Tensor %s has no use in %s.".formatted(tensor, architecture)));
      throw new InputException(problems);
    }
    return extra.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s has no use for these tensors of the checkpoint: %s."
                .formatted(architecture, String.join(", ", extra)));
  }

  private static long elements(List<Long> shape) {
    return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }
}
