package io.labelmill.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Masks against those of Transformers and of sliding windows in PyTorch, pixel for pixel. */
class MaskMakerTest {
  static List<JsonNode> masks() {
    List<JsonNode> cases = new ArrayList<>();
    Noise.index("masks").forEach(cases::add);
    assertThat(cases).hasSizeGreaterThan(10);
    return cases;
  }

  static List<JsonNode> windows() {
    List<JsonNode> cases = new ArrayList<>();
    Noise.index("windows").forEach(cases::add);
    assertThat(cases).hasSizeGreaterThan(5);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("masks")
  void masksAreThoseOfTransformers(JsonNode expected) {
    Logits logits =
        Noise.logits(
            expected.get("seed").asInt(),
            expected.get("labels").asInt(),
            expected.get("points").get(0).asInt(),
            expected.get("points").get(1).asInt());
    LabelMap mask =
        MaskMaker.mask(
            logits, expected.get("size").get(1).asInt(), expected.get("size").get(0).asInt());
    assertThat(Noise.sha256(mask)).isEqualTo(expected.get("sha256").asText());
    assertThat(segments(mask)).isEqualTo(expected.get("segments").toString());
  }

  @ParameterizedTest
  @MethodSource("windows")
  void masksOfWindowsAreThoseOfPyTorch(JsonNode expected) {
    SlidingWindows windows =
        new SlidingWindows(
            expected.get("window").asInt(),
            expected.get("stride").asInt(),
            expected.get("resized").get(1).asInt(),
            expected.get("resized").get(0).asInt());
    StringBuilder places = new StringBuilder();
    List<Logits> logits = new ArrayList<>();
    for (SlidingWindows.Place place : windows.places()) {
      places.append(",[%d,%d]".formatted(place.left(), place.top()));
      logits.add(
          Noise.logits(
              1000 * expected.get("seed").asInt() + logits.size(),
              expected.get("labels").asInt(),
              windows.side() / 4,
              windows.side() / 4));
    }
    assertThat("[" + places.substring(1) + "]").isEqualTo(expected.get("places").toString());
    assertThat(windows.count()).isEqualTo(logits.size());
    LabelMap mask =
        MaskMaker.mask(
            new WindowLogits(windows, logits),
            expected.get("size").get(1).asInt(),
            expected.get("size").get(0).asInt());
    assertThat(Noise.sha256(mask)).isEqualTo(expected.get("sha256").asText());
    assertThat(segments(mask)).isEqualTo(expected.get("segments").toString());
  }

  @Test
  void ofEqualLogitsTheFirstLabelWins() {
    Logits equal = new Logits(new float[3 * 4], 3, 2, 2);
    assertThat(MaskMaker.mask(equal, 5, 7).indices()).containsOnly(0);
  }

  @Test
  void moreLabelsThanAMaskTellsApartAreRefused() {
    Logits many = new Logits(new float[256], 256, 1, 1);
    assertThatThrownBy(() -> MaskMaker.mask(many, 1, 1))
        .hasMessage("256 labels are more than the 255 of a mask");
  }

  @Test
  void windowsThatLeaveSomethingOutAreRefused() {
    assertThatThrownBy(() -> new SlidingWindows(4, 5, 9, 9))
        .hasMessage("windows of 4 in steps of 5 over [h=9,w=9]");
    assertThatThrownBy(() -> new SlidingWindows(4, 2, 3, 9)).hasMessageContaining("over [h=9,w=3]");
    SlidingWindows two = new SlidingWindows(4, 2, 5, 4);
    assertThatThrownBy(() -> new WindowLogits(two, List.of())).hasMessage("0 logits of 2 windows");
  }

  private static String segments(LabelMap mask) {
    StringBuilder text = new StringBuilder();
    for (Segment segment : Segment.of(mask)) {
      text.append(
          ",[%d,%d,%s]".formatted(segment.index(), segment.pixels(), (double) segment.share()));
    }
    return "[" + text.substring(1) + "]";
  }
}
