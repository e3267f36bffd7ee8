package io.labelmill.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    windows
        .places()
        .forEach(place -> places.append(",[%d,%d]".formatted(place.left(), place.top())));
    assertThat("[" + places.substring(1) + "]").isEqualTo(expected.get("places").toString());
    assertThat(windows.count()).isEqualTo(windows.places().size());
    int labels = expected.get("labels").asInt();
    LabelMap mask =
        MaskMaker.mask(
            new WindowLogits(
                windows,
                labels,
                window ->
                    Noise.logits(
                        1000 * expected.get("seed").asInt() + window,
                        labels,
                        windows.side() / 4,
                        windows.side() / 4)),
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
  }

  /** However long a picture is, and whichever way up. */
  @ParameterizedTest
  @CsvSource({"16,10,16", "16,10,500", "16,16,500", "16,2,160", "16,3,163", "16,15,250"})
  void ofManyWindowsTheLogitsOfFewAreKept(int side, int stride, int length) {
    fewAreKept(new SlidingWindows(side, stride, length, side));
    fewAreKept(new SlidingWindows(side, stride, side, length));
  }

  private static void fewAreKept(SlidingWindows windows) {
    List<Integer> asked = new ArrayList<>();
    AtomicReference<WindowLogits> logits = new AtomicReference<>();
    logits.set(
        new WindowLogits(
            windows,
            3,
            window -> {
              asked.add(window);
              assertThat(logits.get().kept() + 1)
                  .isLessThanOrEqualTo(windows.side() / windows.stride() + 3);
              return Noise.logits(window, 3, 4, 4);
            }));
    MaskMaker.mask(logits.get(), windows.width() * 2, windows.height() / 2);
    assertThat(asked).isEqualTo(IntStream.range(0, windows.count()).boxed().toList());
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
