package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Weights of any architecture and size, each tensor drawn when it is asked for. */
public final class RandomWeights extends Outline {
  private RandomWeights(Map<String, List<Long>> shapes) {
    super(shapes);
  }

  /** Every tensor that the configuration's architecture needs. */
  public static RandomWeights of(JsonNode config) {
    return new RandomWeights(Network.shapes(config));
  }

  @Override
  public float[] floats(String name) {
    Random random = new Random(name.hashCode());
    List<Long> shape = info(name).shape();
    float[] values = new float[Math.toIntExact(info(name).elements())];
    // Of such sizes that every branch counts and no activation is only linear or saturated.
    boolean matrix = name.endsWith(".weight") && shape.size() > 1;
    boolean factor = name.contains("lambda_") || (name.endsWith(".weight") && !matrix);
    double spread = factor ? 0.5 : matrix ? Math.sqrt(12.0 * shape.get(0) / values.length) : 1;
    double centre = factor ? 1 : 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (centre + spread * (random.nextFloat() - 0.5));
    }
    return values;
  }
}
