package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProcessorConfigTest {
  @Test
  void aClassAloneMeansItsDefaults() {
    ProcessorConfig beit = parse("{\"image_processor_type\": \"BeitImageProcessor\"}");
    assertThat(beit.resize()).isEqualTo(new Resize.Exact(new Size(256, 256)));
    assertThat(beit.crop()).isEqualTo(new Size(224, 224));
    assertThat(beit.resampling()).isEqualTo(Resampling.BICUBIC);
    assertThat(beit.width()).isEqualTo(224);

    ProcessorConfig vit = parse("{\"feature_extractor_type\": \"ViTFeatureExtractor\"}");
    assertThat(vit.resize()).isEqualTo(new Resize.Exact(new Size(224, 224)));
    assertThat(vit.crop()).isNull();
    assertThat(vit.resampling()).isEqualTo(Resampling.BILINEAR);

    ProcessorConfig clip = parse("{\"image_processor_type\": \"CLIPImageProcessorFast\"}");
    assertThat(clip.resize()).isEqualTo(new Resize.ShortestEdge(224));
    assertThat(clip.mean()).isEqualTo(new PerChannel(0.48145466, 0.4578275, 0.40821073));
  }

  @Test
  void theModelTypeDecidesWhereNoClassIsNamed() {
    assertThat(parse("{}", "beit", null, ResizeBackend.AUTO).processor())
        .isEqualTo(ProcessorClass.BEIT);
    assertThatThrownBy(() -> parse("{}", "bert", null, ResizeBackend.AUTO))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "x: has no image_processor_type, and model_type 'bert' names no known processor; known"
                + " are BeitImageProcessor, ViTImageProcessor, DeiTImageProcessor,"
                + " CLIPImageProcessor.");
  }

  @Test
  void heightComesBeforeWidth() {
    assertThat(parse("{\"size\": [32, 48]}").width()).isEqualTo(48);
    assertThat(parse("{\"size\": {\"height\": 32, \"width\": 48}}").height()).isEqualTo(32);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("{", "x is not JSON: "),
        Arguments.of("[]", "x is not a JSON object."),
        Arguments.of(
            "{\"image_processor_type\": \"DetrImageProcessor\"}",
            "x: image_processor_type is 'DetrImageProcessor'; known are BeitImageProcessor,"
                + " ViTImageProcessor, DeiTImageProcessor, CLIPImageProcessor. Another class may make"
                + " other pixels."),
        Arguments.of(
            "{\"do_pad\": true}",
            "x: do_pad is true, a step that is not done here; set it to false."),
        Arguments.of("{\"do_resize\": 1}", "x: do_resize is 1, not true or false."),
        Arguments.of("{\"rescale_factor\": \"a\"}", "x: rescale_factor is \"a\", not a number."),
        Arguments.of(
            "{\"resample\": 8}",
            "x: resample is 8; known are 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5"
                + " hamming, 6 mks2013, 7 mks2021."),
        Arguments.of(
            "{\"size\": {\"shortest_edge\": 224}}",
            "x: size is {\"shortest_edge\":224}, and ViTImageProcessor takes height and width."),
        Arguments.of(
            "{\"size\": {\"longest_edge\": 224}}",
            "x: size is {\"longest_edge\":224}; known forms are a number, [height, width] and"
                + " {height, width}."),
        Arguments.of("{\"size\": 0}", "x: size is 0, not a number of pixels from 1 to 8192."),
        Arguments.of(
            "{\"image_mean\": [0.5]}",
            "x: image_mean is [0.5], not one number or three (red, green, blue)."),
        Arguments.of(
            "{\"image_std\": 0}", "x: image_std has a zero, and samples are divided by it."));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void saysWhatIsWrong(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void reportsAllProblemsAtOnce() {
    assertThatThrownBy(() -> parse("{\"size\": 0, \"resample\": 9, \"do_pad\": true}"))
        .isInstanceOfSatisfying(InputException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  @Test
  void aModelTakesOneSize() {
    ProcessorConfig config = parse("{\"do_resize\": false}");
    assertThat(config.inputSize()).isEmpty();
    assertThatThrownBy(config::width)
        .isInstanceOf(InputException.class)
        .hasMessage(
            "x brings pictures to different sizes, and a model takes one: set size to a height and a"
                + " width, or do_center_crop to true.");
  }

  private static ProcessorConfig parse(
      String json, String modelType, String version, ResizeBackend backend) {
    return ProcessorConfig.parse(
        json, "x", new ProcessorOrigin(modelType, Optional.ofNullable(version)), backend);
  }

  private static ProcessorConfig parse(String json) {
    return ProcessorConfig.parse(json, "x");
  }
}
