package io.labelmill.graph;

import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.graph.TensorPatterns.Group;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** What stands in front of the names: nothing where a base model was saved alone. */
  String prefix(ModelFamily family) {
    return contains("embeddings.cls_token") ? "" : family.prefix();
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

  /**
   * A convolution of a square kernel over whole maps: {@code name.weight} of [out, in, side, side],
   * each row's numbers in the order channel, row, column.
   */
  Linear convolution(String name, int in, int out, int side, boolean biased) {
    return new Linear(
        name,
        in * side * side,
        out,
        tensor(name + ".weight", out, in, side, side),
        biased ? Optional.of(tensor(name + ".bias", out)) : Optional.empty());
  }

  /**
   * A transposed convolution that makes four points of each, as a product: rows are those of the
   * upper left point, the upper right, the lower left and the lower right.
   */
  Linear enlargement(String name, int width) {
    Supplier<float[]> stored = tensor(name + ".weight", width, width, 2, 2);
    Supplier<float[]> bias = tensor(name + ".bias", width);
    return new Linear(
        name,
        width,
        4 * width,
        () -> {
          float[] values = stored.get();
          float[] rows = new float[values.length];
          for (int i = 0; i < values.length; i++) {
            // [in, out, place] to [place, out, in].
            int out = i / 4 % width;
            rows[(i % 4 * width + out) * width + i / 4 / width] = values[i];
          }
          return rows;
        },
        Optional.of(() -> Linear.concatenation(Collections.nCopies(4, bias), Supplier::get)));
  }

  LayerNorm layerNorm(String name, int width, float epsilon) {
    return new LayerNorm(
        name, width, tensor(name + ".weight", width), tensor(name + ".bias", width), epsilon);
  }

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
    Map<String, List<Long>> absent = new LinkedHashMap<>();
    asked.forEach(
        (name, shape) -> {
          if (!store.contains(name)) {
            absent.put(name, shape);
          }
        });
    Map<String, Group> missing = TensorPatterns.of(absent);
    Map<String, List<Long>> others = new LinkedHashMap<>();
    store.names().stream()
        .filter(name -> !asked.containsKey(name) && !unused.test(name))
        .forEach(name -> others.put(name, store.info(name).shape()));
    Map<String, Group> surplus = TensorPatterns.of(others);
    if (missing.size() == asked.size()) {
      throw new InputException(
          "None of the %d tensors that %s needs is there, such as %s. There are %d others: %s. They are of another network, or another program named them."
              .formatted(
                  asked.size(),
                  architecture,
                  missing.values().iterator().next(),
                  others.size(),
                  TensorPatterns.listing(surplus)));
    }
    Set<String> problems = new LinkedHashSet<>();
    asked.forEach(
        (name, shape) -> {
          if (missing.containsKey(name)) {
            problems.add(missing(missing.get(name), architecture));
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
    if (!problems.isEmpty()) {
      if (!surplus.isEmpty()) {
        problems.add(
            "%s has no use for %s.".formatted(architecture, TensorPatterns.listing(surplus)));
      }
      throw new InputException(List.copyOf(problems));
    }
    return surplus.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s has no use for these tensors of the checkpoint: %s."
                .formatted(architecture, TensorPatterns.listing(surplus)));
  }

  private static String missing(Group group, String architecture) {
    return group.isOne()
        ? "Tensor '%s' is missing: %s needs it, of shape %s."
            .formatted(group.pattern(), architecture, group.shape())
        : "Tensors '%s' are missing, where %s: %s needs them, of shape %s."
            .formatted(group.pattern(), group.range(), architecture, group.shape());
  }

  private static long elements(List<Long> shape) {
    return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
  }
}
