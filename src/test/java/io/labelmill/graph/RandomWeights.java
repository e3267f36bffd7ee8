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
    Parameters parameters = new Parameters(new RandomWeights(Map.of()));
    Architecture.of(config, parameters);
    return new RandomWeights(parameters.shapes());
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
    // Norms near one and branches of moderate size, so that nothing overflows or vanishes.
    boolean gamma = name.contains("norm") && name.endsWith("weight");
    float[] values = new float[Math.toIntExact(info(name).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (gamma ? 1 : 0) + 0.07f * (random.nextFloat() - 0.5f);
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
