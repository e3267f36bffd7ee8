package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThresholdTest {
  private static final List<String> FRIDGE =
      List.of("can", "carton", "milk_bottle", "water_bottle");
  private static final List<String> CRANES = List.of("crane", "tench, Tinca tinca", "crane", "a=b");

  @Test
  void aNumberIsForAllLabels() {
    assertThat(Threshold.parse("0.4").perLabel(FRIDGE))
        .isEqualTo(Thresholds.of(0.4f, 0.4f, 0.4f, 0.4f));
  }

  @Test
  void pairsLeaveTheOthersAtTheDefault() {
    assertThat(Threshold.parse("carton=0.3,can = 0.6").perLabel(FRIDGE))
        .isEqualTo(Thresholds.of(0.6f, 0.3f, 0.5f, 0.5f));
  }

  @Test
  void namesMayHoldCommasAndEqualsSigns() {
    assertThat(Threshold.parse("tench, Tinca tinca=0.25,a=b=0.75").perLabel(CRANES))
        .isEqualTo(Thresholds.of(0.5f, 0.25f, 0.5f, 0.75f));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"carton\": 0.3, \"can\": 0.6}",
        "{\"thresholds\": {\"carton\": 0.3, \"can\": 0.6}}",
        "{\"thresholds\": [{\"label\": \"carton\", \"threshold\": 0.3},"
            + " {\"index\": 0, \"threshold\": 0.6}]}",
        "{\"metric\": \"f1\", \"thresholds\": [{\"index\": 1, \"label\": \"carton\","
            + " \"threshold\": 0.3, \"f1\": 1}, {\"index\": 0, \"label\": \"can\", \"threshold\":"
            + " 0.6}]}",
      })
  void jsonComesInThreeShapes(String json) {
    assertThat(Threshold.parseJson(json, "t.json").perLabel(FRIDGE))
        .isEqualTo(Thresholds.of(0.6f, 0.3f, 0.5f, 0.5f));
  }

  @Test
  void aLabelMayBeCalledThresholds() {
    Threshold threshold = Threshold.parseJson("{\"thresholds\": 0.25}", "t.json");
    assertThat(threshold.perLabel(List.of("thresholds"))).isEqualTo(Thresholds.of(0.25f));
  }

  @Test
  void anIndexTellsEqualNamesApart() {
    String json = "{\"thresholds\": [{\"index\": 2, \"label\": \"crane\", \"threshold\": 0.25}]}";
    assertThat(Threshold.parseJson(json, "t.json").perLabel(CRANES))
        .isEqualTo(Thresholds.of(0.5f, 0.5f, 0.25f, 0.5f));
  }

  @Test
  void aScoreMustExceedTheFloatThreshold() {
    // 0.1 as a float is greater than 0.1 as a double: the float counts.
    Thresholds thresholds = Threshold.of(0.1).perLabel(List.of("can"));
    assertThat(thresholds.exceededBy(0, 0.1f)).isFalse();
    assertThat(thresholds.exceededBy(0, Math.nextUp(0.1f))).isTrue();
    assertThat(Threshold.of(1).perLabel(List.of("can")).exceededBy(0, 1f)).isFalse();
  }

  @Test
  void filesAreToldByTheirEnding() {
    assertThat(Threshold.isFile("s3a://models/run=7/thresholds.json")).isTrue();
    assertThat(Threshold.isFile("can=0.5")).isFalse();
  }

  @Test
  void wrongArgumentsSaySo() {
    refused(
        () -> Threshold.parse("half"),
        "threshold half is neither a number, nor label=value pairs, nor the name of a .json file");
    refused(() -> Threshold.parse("1.5"), "threshold is 1.5, not between 0 and 1");
    refused(
        () -> Threshold.parse("can=high,carton=-1,can=0.5,can=0.6,milk_bottle"),
        "threshold of label can is high, not a number",
        "threshold of label carton is -1.0, not between 0 and 1",
        "threshold of label can is given twice",
        "threshold of label milk_bottle has no value: write label=value");
  }

  @Test
  void wrongFilesSaySo() {
    String neither =
        "threshold file t.json holds neither an object label: threshold, nor a list of index,"
            + " label, threshold";
    refused(() -> Threshold.parseJson("7", "t.json"), neither);
    refused(() -> Threshold.parseJson("", "t.json"), neither);
    assertThatThrownBy(() -> Threshold.parseJson("{\"can\": 0.5", "t.json"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("threshold file t.json is not valid JSON: ");
    assertThatThrownBy(() -> Threshold.parseJson("{\"can\": 0.5, \"can\": 0.6}", "t.json"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Duplicate field 'can'");
    refused(
        () -> Threshold.parseJson("{\"can\": \"0.5\", \"carton\": 7}", "t.json"),
        "threshold of label can in t.json is \"0.5\", not a number",
        "threshold of label carton in t.json is 7.0, not between 0 and 1");
    refused(
        () -> Threshold.parseJson("{\"thresholds\": [{\"f1\": 1}]}", "t.json"),
        "entry 0 of thresholds in t.json has neither an index nor a label",
        "threshold of entry 0 of thresholds in t.json is missing, not a number");
  }

  @Test
  void labelsThatDoNotFitTheModelSaySo() {
    refused(
        () -> Threshold.parse("milk_botle=0.5,fish=0.5").perLabel(FRIDGE),
        "threshold of label milk_botle: the model has no such label. Did you mean milk_bottle?",
        "threshold of label fish: the model has no such label.");
    refused(
        () -> Threshold.parse("crane=0.25").perLabel(CRANES),
        "threshold of label crane: the model has this label at the indices 0, 2; name the index in"
            + " a JSON file {\"thresholds\": [{\"index\": 0, \"threshold\": 0.25}]}");
    String json =
        "{\"thresholds\": [{\"index\": 4, \"threshold\": 0.5}, {\"index\": 1, \"label\": \"can\","
            + " \"threshold\": 0.5}, {\"index\": 0, \"threshold\": 0.5}, {\"label\": \"can\","
            + " \"threshold\": 0.5}]}";
    refused(
        () -> Threshold.parseJson(json, "t.json").perLabel(FRIDGE),
        "threshold of index 4: the model's labels are 0 to 3",
        "threshold of index 1 is given for label can, but the model's label of that index is carton",
        "threshold of label can, index 0, is given twice");
  }

  @Test
  void theCanonicalTextTellsThresholdsApart() {
    assertThat(Thresholds.none().canonicalText()).isEqualTo("none");
    assertThat(Thresholds.of(0.5f, 0.5f).canonicalText()).isEqualTo("0.5");
    assertThat(Thresholds.of(0.5f, 0.25f)).hasToString("0.5,0.25");
  }

  private static void refused(ThrowingCallable call, String... problems) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            UsageException.class, e -> assertThat(e.problems()).containsExactly(problems));
  }
}
