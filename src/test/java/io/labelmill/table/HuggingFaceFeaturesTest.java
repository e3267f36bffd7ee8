package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

class HuggingFaceFeaturesTest {
  /** Written by the library itself. */
  @Test
  void featuresOfAFile() throws IOException {
    Configuration configuration = new Configuration();
    HuggingFaceFeatures features =
        HuggingFaceFeatures.of(
                new Path("src/test/resources/truth/class-labels.parquet"), configuration)
            .orElseThrow();
    assertThat(features.images()).containsExactly("image");
    assertThat(features.classes("labels"))
        .hasValue(List.of("water_bottle", "milk_bottle", "carton", "can"));
    assertThat(features.classes("image")).isEmpty();
    assertThat(features.classes("nothing")).isEmpty();
    assertThat(
            HuggingFaceFeatures.of(
                new Path("src/test/resources/truth/lists.parquet"), configuration))
        .isEmpty();
  }

  @Test
  void listsAndFieldsWithin() {
    HuggingFaceFeatures features =
        HuggingFaceFeatures.parse(
                """
                {"info": {"features": {
                  "image": {"_type": "Image"},
                  "a.b": {"names": ["x"], "_type": "ClassLabel"},
                  "old": [{"names": ["y"], "_type": "ClassLabel"}],
                  "objects": {"feature": {"category": {"names": ["z"], "_type": "ClassLabel"}},
                              "_type": "Sequence"},
                  "plain": {"category": {"names": ["w"], "_type": "ClassLabel"}},
                  "text": {"dtype": "string", "_type": "Value"}}}}
                """)
            .orElseThrow();
    assertThat(features.classes("a.b")).hasValue(List.of("x"));
    assertThat(features.classes("old")).hasValue(List.of("y"));
    assertThat(features.classes("objects.category")).hasValue(List.of("z"));
    assertThat(features.classes("plain.category")).hasValue(List.of("w"));
    assertThat(features.classes("text")).isEmpty();
  }

  @Test
  void otherMetadataIsNone() {
    assertThat(HuggingFaceFeatures.parse("{\"info\": {}}")).isEmpty();
    assertThat(HuggingFaceFeatures.parse("no JSON")).isEmpty();
  }
}
