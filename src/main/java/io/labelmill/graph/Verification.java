package io.labelmill.graph;

import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares what a model computes with numbers that the original code computed: a golden file holds
 * {@code pixel_values} and, under the names of the model's outputs, what comes of them; a name that
 * ends in 64 is the same output computed in float64.
 */
public final class Verification {
  private static final String PIXEL_VALUES = "pixel_values";

  /** Absolute tolerances by output, float32 against float32 or float64. */
  private static final Map<String, Double> TOLERANCES =
      Map.of("logits", 1e-5, "pooled", 1e-5, "last_hidden_state", 4e-5, "probabilities", 2e-6);

  /** Images, labels, rows, columns. */
  private static final int MAP_AXES = 4;

  private static final double OF_THE_LARGEST = 1e-4;

  private Verification() {}

  /** A model that is ready to run. */
  @FunctionalInterface
  public interface Forward {
    /**
     * One pass.
     *
     * @param pixelValues float32, row-major
     * @param shape [batch, channels, height, width]
     * @return outputs by name, flat and row-major; besides the graph's own, {@code probabilities}
     *     may be among them
     */
    Map<String, float[]> outputs(float[] pixelValues, long... shape);
  }

  /**
   * How far one tensor is from the golden one.
   *
   * @param tensor name in the golden file
   * @param largest absolute difference of any element; NaN where an element is no number
   * @param tolerance that {@code largest} should not exceed
   */
  public record Difference(String tensor, double largest, double tolerance) {
    /** The same difference, held to another tolerance. */
    public Difference within(double newTolerance) {
      return new Difference(tensor, largest, newTolerance);
    }

    /** Whether it is small enough; one that is no number is not. */
    public boolean isWithinTolerance() {
      return largest <= tolerance;
    }
  }

  /**
   * Runs the golden input as one batch and compares every tensor that both sides have, in the order
   * of the golden file.
   *
   * @param input the shape of the model's input, from the outermost axis; sizes below 1 fit any
   * @throws InputException when the golden file has no input, one of another shape than the model
   *     takes, or nothing to compare, or a tensor's size is another
   */
  public static List<Difference> compare(TensorStore golden, List<Long> input, Forward model) {
    long[] shape = inputShape(golden, input);
    Map<String, float[]> outputs = model.outputs(golden.floats(PIXEL_VALUES), shape);
    List<Difference> differences = new ArrayList<>();
    for (String name : golden.names()) {
      String output = name.endsWith("64") ? name.substring(0, name.length() - 2) : name;
      if (TOLERANCES.containsKey(output) && outputs.containsKey(output)) {
        double largest = largest(name, golden.floats(name), outputs.get(output));
        differences.add(new Difference(name, largest, tolerance(golden, name, output)));
      }
    }
    if (differences.isEmpty()) {
      throw new InputException(
          "The golden file holds %s and the model gives %s: there is nothing to compare."
              .formatted(golden.names(), outputs.keySet()));
    }
    return differences;
  }

  /** Logits of points are held to a share of the largest: they come of sums of thousands. */
  private static double tolerance(TensorStore golden, String name, String output) {
    if (!output.equals("logits") || golden.info(name).shape().size() != MAP_AXES) {
      return TOLERANCES.get(output);
    }
    double largest = 0;
    for (float logit : golden.floats(name)) {
      largest = Math.max(largest, Math.abs(logit));
    }
    return OF_THE_LARGEST * largest;
  }

  /** As {@link #compare(TensorStore, List, Forward)}, for a model of any batch. */
  public static List<Difference> compare(TensorStore golden, ModelFacts facts, Forward model) {
    return compare(golden, List.of(0L, 3L, (long) facts.height(), (long) facts.width()), model);
  }

  private static long[] inputShape(TensorStore golden, List<Long> input) {
    if (!golden.contains(PIXEL_VALUES)) {
      throw new InputException(
          "The golden file has no pixel_values; it holds %s."
              .formatted(String.join(", ", golden.names())));
    }
    List<Long> shape = golden.info(PIXEL_VALUES).shape();
    boolean fits = shape.size() == input.size();
    for (int i = 0; fits && i < shape.size(); i++) {
      fits = input.get(i) < 1 || input.get(i).equals(shape.get(i));
    }
    if (!fits) {
      throw new InputException(
          "pixel_values of the golden file is %s; the model takes [%s]."
              .formatted(
                  shape,
                  IntStream.range(0, input.size())
                      .mapToObj(axis -> size(axis, input.get(axis)))
                      .collect(Collectors.joining(", "))));
    }
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  private static String size(int axis, long size) {
    return size > 0 ? Long.toString(size) : axis == 0 ? "batch" : "any";
  }

  private static double largest(String name, float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      throw new InputException(
          "%s of the golden file has %d elements; the model gives %d."
              .formatted(name, expected.length, actual.length));
    }
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = Math.abs((double) expected[i] - actual[i]);
      if (Double.isNaN(difference)) {
        return Double.NaN;
      }
      largest = Math.max(largest, difference);
    }
    return largest;
  }
}
