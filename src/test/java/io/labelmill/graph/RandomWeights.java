package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Weights of any architecture and size, each tensor drawn when it is asked for. */
public final class RandomWeights implements TensorStore {
  private final Map<String, List<Long>> shapes;

  private RandomWeights(Map<String, List<Long>> shapes) {
    this.shapes = shapes;
  }

  /** Every tensor that the configuration's architecture needs. */
  public static RandomWeights of(JsonNode config) {
    return new RandomWeights(Network.shapes(config));
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public TensorInfo info(String name) {
    return new TensorInfo(name, DataType.F32, shapes.get(name));
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

  @Override
  public long bytes() {
    return shapes.keySet().stream().mapToLong(name -> info(name).bytes()).sum();
  }

  @Override
  public void close() {}
}
