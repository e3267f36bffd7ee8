package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.Reference;
import io.labelmill.decode.GoldenImages;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AxisWeightsTest {
  private static final int[] FILTERS = {5, 5, 5, 5, 1, 1, 2, 3, 4, 6, 7};
  private static final int[] SIDES = {30, 30, 30, 120, 120, 500, 2000};
  private static final int GROUP = 100;

  /** What {@code src/test/references/preprocess/axis_weights.py} got out of Pillow. */
  @Test
  void weightsOf100000AxesArePillows() throws Exception {
    List<String> expected =
        Files.readAllLines(Reference.golden().resolve("resizes/axis-weights.txt"));
    assertThat(expected).hasSize(1000);
    Draws draws = new Draws(1);
    List<String> made = new ArrayList<>();
    for (int group = 0; group < expected.size(); group++) {
      CRC32 sum = new CRC32();
      for (int i = 0; i < GROUP; i++) {
        Resampling filter = Resampling.ofCode(FILTERS[draws.next(FILTERS.length)]).orElseThrow();
        int source = 1 + draws.next(SIDES[draws.next(SIDES.length)]);
        int target = 1 + draws.next(SIDES[draws.next(SIDES.length)]);
        AxisWeights axis =
            AxisWeights.of(
                filter, ResizeBackend.PILLOW, source, source == target ? target + 1 : target);
        sum.update(littleEndian(axis.first()));
        sum.update(littleEndian(axis.weights()));
      }
      made.add("%08x".formatted(sum.getValue()));
    }
    assertThat(made).isEqualTo(expected);
  }

  private static byte[] littleEndian(int[] numbers) {
    byte[] bytes = new byte[numbers.length * Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(numbers);
    return bytes;
  }

  static Stream<Named<JsonNode>> torchvisionAxes() {
    return GoldenImages.entries(
            GoldenImages.json("preprocessing-torchvision", "weights.json").get("axes"))
        .map(
            axis ->
                Named.of(
                    "%s to %s by %s"
                        .formatted(axis.get("source"), axis.get("target"), axis.get("resample")),
                    axis));
  }

  @ParameterizedTest
  @MethodSource("torchvisionAxes")
  void weightsOfTorchvisionFit16Bits(JsonNode expected) {
    AxisWeights axis =
        AxisWeights.of(
            Resampling.ofCode(expected.get("resample").asInt()).orElseThrow(),
            ResizeBackend.TORCHVISION,
            expected.get("source").asInt(),
            expected.get("target").asInt());
    int shift = AxisWeights.PRECISION_BITS - expected.get("precision").asInt();
    assertThat(sha256(littleEndian(axis.first()))).isEqualTo(expected.get("first_sha256").asText());
    assertThat(sha256(littleEndian(axis.count()))).isEqualTo(expected.get("count_sha256").asText());
    for (Map.Entry<String, JsonNode> row : expected.get("rows").properties()) {
      int target = Integer.parseInt(row.getKey());
      assertThat(axis.first()[target]).isEqualTo(row.getValue().get("first").asInt());
      int tap = 0;
      for (JsonNode weight : row.getValue().get("weights")) {
        assertThat(axis.weight(target, tap)).isEqualTo(weight.asInt() << shift);
        tap++;
      }
    }
    ByteBuffer weights =
        ByteBuffer.allocate(axis.weights().length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < axis.targetSize(); i++) {
      for (int tap = 0; tap < axis.count()[i]; tap++) {
        assertThat(axis.weight(i, tap) & (1 << shift) - 1).isZero();
        weights.putShort((short) (axis.weight(i, tap) >> shift));
      }
    }
    assertThat(GoldenImages.sha256(weights.array(), weights.position()))
        .isEqualTo(expected.get("weights_sha256").asText());
  }

  private static String sha256(byte[] bytes) {
    return GoldenImages.sha256(bytes, bytes.length);
  }
}
