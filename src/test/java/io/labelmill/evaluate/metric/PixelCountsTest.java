package io.labelmill.evaluate.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MeasuredMaps;
import io.labelmill.segment.Noise;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Counts and metrics against scikit-learn's. */
class PixelCountsTest {
  static List<JsonNode> cases() {
    List<JsonNode> cases = new ArrayList<>();
    Noise.index("metrics").forEach(cases::add);
    assertThat(cases).hasSize(3);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void metricsAreThoseOfScikitLearn(JsonNode expected) {
    int labels = expected.get("labels").asInt();
    PixelCounts counts = new PixelCounts(labels);
    for (MeasuredMaps.Pair pair : MeasuredMaps.of(expected)) {
      PixelCounts one = new PixelCounts(labels);
      one.add(pair.truth(), pair.predicted());
      counts = counts.sum(one);
    }
    long[] confusion = new long[labels * labels];
    PixelCounts again = new PixelCounts(labels);
    for (PixelCounts.Cell cell : counts.cells()) {
      confusion[cell.truth() * labels + cell.predicted()] = cell.pixels();
      again.add(cell);
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES * confusion.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(confusion);
    assertThat(Sha256.of(bytes.array())).isEqualTo(expected.get("confusion_sha256").asText());
    for (int label = 0; label < labels; label++) {
      isClose(again.iou(label), expected.get("iou").get(label));
      isClose(again.accuracy(label), expected.get("accuracy").get(label));
    }
    assertThat(again.metrics().asMap().keySet()).containsExactlyElementsOf(PixelCounts.NAMES);
    for (String name : PixelCounts.NAMES) {
      isClose(again.metrics().get(name), expected.get(name));
    }
    assertThat(expected.get("iou").toString()).contains("null");
  }

  private static void isClose(Metric metric, JsonNode expected) {
    if (expected.isNull()) {
      assertThat(metric).isInstanceOf(Metric.Undefined.class);
    } else {
      assertThat(metric.optional().getAsDouble()).isCloseTo(expected.asDouble(), within(1e-12));
    }
  }

  @Test
  void pixelsWithoutAPredictionAreMissesOfTheirLabelAndNothingElse() {
    PixelCounts counts = new PixelCounts(2);
    counts.add(map(0, 0, 1, 255), map(0, 255, 1, 1));
    assertThat(counts.iou(0)).isEqualTo(Metric.of(0.5));
    assertThat(counts.iou(1)).isEqualTo(Metric.of(1));
    assertThat(counts.metrics().get(MetricName.AACC)).isEqualTo(Metric.of(2 / 3.0));
    counts.add(map(1, 1, 1, 255), null);
    assertThat(counts.truth(1)).isEqualTo(4);
    assertThat(counts.predicted(1)).isEqualTo(1);
    assertThat(counts.iou(1)).isEqualTo(Metric.of(0.25));
    assertThat(counts.metrics().get(MetricName.MIOU)).isEqualTo(Metric.average(0.375, 2));
  }

  @Test
  void whatHasNoPixelIsUndefined() {
    PixelCounts counts = new PixelCounts(2);
    counts.add(map(255, 255, 255, 255), map(0, 1, 0, 1));
    assertThat(counts.metrics().get(MetricName.MIOU))
        .isEqualTo(Metric.undefined("no pixel has a true label"));
    assertThat(counts.metrics().get(MetricName.MACC))
        .isEqualTo(Metric.undefined("no pixel has a true label"));
    assertThat(counts.metrics().get(MetricName.AACC))
        .isEqualTo(Metric.undefined("no pixel has a true label"));
    assertThat(counts.iou(0))
        .isEqualTo(Metric.undefined("no pixel is of this label or was taken for it"));
    assertThat(counts.accuracy(0)).isEqualTo(Metric.undefined("no pixel is of this label"));
  }

  private static LabelMap map(int... indices) {
    byte[] bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) indices[i];
    }
    return new LabelMap(2, 2, bytes);
  }
}
