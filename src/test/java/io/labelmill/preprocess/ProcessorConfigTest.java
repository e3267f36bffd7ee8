package io.labelmill.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
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
  void stepsAreToldInWords() {
    assertThat(parse("{\"image_processor_type\": \"BeitImageProcessor\"}").steps())
        .isEqualTo(
            "resized to 256x256 (bicubic), centre of 224x224 taken, samples multiplied by 1/255,"
                + " normalised by mean 0.5/0.5/0.5 and deviation 0.5/0.5/0.5");
    assertThat(
            parse(
                    """
                    {"image_processor_type": "CLIPImageProcessor", "do_center_crop": false,
                     "do_rescale": false, "do_normalize": false}
                    """)
                .steps())
        .isEqualTo("shorter side resized to 224 (bicubic)");
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
        Arguments.of(
            "{\"size\": {\"shortest_edge\": 32, \"longest_edge\": 64}}",
            "x: size is {\"shortest_edge\":32,\"longest_edge\":64}; known forms are a number, [height,"
                + " width] and {height, width}."),
        Arguments.of(
            "{\"size\": {\"max_height\": 32, \"max_width\": 64}}",
            "x: size is {\"max_height\":32,\"max_width\":64}; known forms are a number, [height, width]"
                + " and {height, width}."),
        Arguments.of(
            "{\"image_processor_type\": \"ViTImageProcessorFast\", \"resample\": 4}",
            "x: resample is box, which torchvision does not have: take another --resize-backend."),
        Arguments.of(
            "{\"image_processor_type\": \"ViTImageProcessorFast\", \"size\": null}",
            "x: size is null, and its step is not switched off: leave the key out."),
        Arguments.of(
            "{\"image_processor_type\": \"ViTImageProcessorFast\", \"image_mean\": null}",
            "x: image_mean is null, and its step is not switched off: leave the key out."),
        Arguments.of(
            "{\"image_processor_type\": \"ViTImageProcessorFast\", \"do_center_crop\": true}",
            "x: do_center_crop is true, and ViTImageProcessor has no crop_size of its own: name"
                + " one."),
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

  /** What the newest filters of Pillow cannot be had from is said of each backend. */
  @Test
  void aFilterThatABackendLacksIsRefused() {
    String json = "{\"image_processor_type\": \"ViTImageProcessor\", \"resample\": 6}";
    assertThat(parse(json, "vit", "5.23.0", ResizeBackend.AUTO).backend())
        .isEqualTo(ResizeBackend.PILLOW);
    for (ResizeBackend backend :
        new ResizeBackend[] {ResizeBackend.PILLOW_12, ResizeBackend.TORCHVISION}) {
      assertThatThrownBy(() -> parse(json, "vit", "5.23.0", backend))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "x: resample is mks2013, which %s does not have: take another --resize-backend.",
              backend.label());
    }
  }

  /**
   * @param guess whether the run says that it guessed
   */
  @ParameterizedTest
  @CsvSource({
    "ViTFeatureExtractor, 5.23.0, PILLOW, false",
    "BeitFeatureExtractor, , PILLOW, false",
    "ViTImageProcessorFast, 4.57.6, TORCHVISION, false",
    "BeitImageProcessorFast, , TORCHVISION, false",
    "ViTImageProcessorPil, 5.23.0, PILLOW, false",
    "ViTImageProcessor, , PILLOW, false",
    "ViTImageProcessor, 4.57.6, PILLOW, false",
    "ViTImageProcessor, 5.0.0, PILLOW, false",
    "ViTImageProcessor, 5.3.9, PILLOW, false",
    "ViTImageProcessor, 5.4.0, TORCHVISION, true",
    "ViTImageProcessor, 5.4.0.dev0, TORCHVISION, true",
    "ViTImageProcessor, 5.10.2, TORCHVISION, true",
    "BeitImageProcessor, 6.0.0, TORCHVISION, true",
    "ViTImageProcessor, main, PILLOW, false",
  })
  void autoTakesTheBackendThatTheFilesSpeakFor(
      String name, String version, ResizeBackend backend, boolean guess) {
    ProcessorConfig config =
        parse(
            "{\"image_processor_type\": \"%s\"}".formatted(name),
            "vit",
            version,
            ResizeBackend.AUTO);
    assertThat(config.backend()).isEqualTo(backend);
    String line =
        "x does not say whether torchvision or Pillow resized the pictures, as Transformers "
            + version
            + " writes it: torchvision is guessed, its default. If backend=\"pil\" was given there,"
            + " say --resize-backend pillow.";
    assertThat(config.warnings()).isEqualTo(guess ? List.of(line) : List.of());
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
