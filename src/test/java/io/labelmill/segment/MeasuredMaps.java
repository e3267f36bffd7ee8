package io.labelmill.segment;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** True and predicted maps of the reference metrics. */
public final class MeasuredMaps {
  private MeasuredMaps() {}

  /** A picture's maps. */
  public record Pair(LabelMap truth, LabelMap predicted) {}

  /** The pictures of one case of {@code metrics}. */
  public static List<Pair> of(JsonNode expected) {
    int labels = expected.get("labels").asInt();
    List<Pair> pairs = new ArrayList<>();
    for (JsonNode size : expected.get("sizes")) {
      int seed = expected.get("seed").asInt() + 3 * pairs.size();
      int height = size.get(0).asInt();
      int width = size.get(1).asInt();
      LabelMap truth =
          Noise.withNone(
              Noise.blocks(seed, height, width, labels - 1, expected.get("side").asInt()),
              seed + 1);
      byte[] predicted = new byte[height * width];
      for (int i = 0; i < predicted.length; i++) {
        int wrong = Noise.at(seed + 2, i);
        int label = truth.indices()[i] & 0xFF;
        predicted[i] =
            (byte)
                (Integer.remainderUnsigned(wrong, 4) == 0
                    ? (wrong >>> 8) % (labels - 2)
                    : label == LabelMap.NONE ? 0 : label);
      }
      pairs.add(new Pair(truth, new LabelMap(width, height, predicted)));
    }
    return pairs;
  }
}
