package io.labelmill.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.graph.GraphSession;
import io.labelmill.graph.Operators;
import io.labelmill.model.ModelExport;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Noise;
import io.labelmill.segment.Segment;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exported models that label pixels in DJL, against masks that Transformers made. */
class MaskTranslatorTest {
  private static final Path MODEL = Reference.golden().resolve("segmentation-models/base-4");
  private static final Path PICTURE = Noise.FOLDER.resolve("picture.png");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Path exported;

  @BeforeAll
  static void export() {
    GraphSession.environment();
    exported = export(MODEL, "exported");
  }

  private static Path export(Path model, String name) {
    Path target = folder.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      ModelExport.write(checkpoint, Operators.FUSED, ModelExport.Relabelled.NO, target);
    }
    return target;
  }

  private static <I, O> Criteria.Builder<I, O> criteria(
      Class<I> input, Class<O> output, Path model, TranslatorFactory factory) {
    return Criteria.builder()
        .setTypes(input, output)
        .optModelPath(model)
        .optEngine("OnnxRuntime")
        .optTranslatorFactory(factory);
  }

  private static <I, O> Criteria.Builder<I, O> criteria(Class<I> input, Class<O> output) {
    return criteria(input, output, exported, new MaskTranslatorFactory());
  }

  private static LabelMap golden(String library) throws Exception {
    Path file = MODEL.resolve("mask-" + library + "-transformers.png");
    return MaskPng.read(Files.readAllBytes(file), Long.MAX_VALUE);
  }

  private static void isGolden(CategoryMask mask, String library) throws Exception {
    LabelMap expected = golden(library);
    assertThat(mask.getClasses()).containsExactly("thing 0", "thing 1", "thing 2", "thing 3");
    assertThat(mask.getMask()).hasNumberOfRows(expected.height());
    for (int y = 0; y < expected.height(); y++) {
      for (int x = 0; x < expected.width(); x++) {
        assertThat(mask.getMask()[y][x]).isEqualTo(expected.at(x, y));
      }
    }
  }

  @Test
  void encodedImagesGetTheMasksOfTransformers() throws Exception {
    for (String library : List.of("pillow", "torchvision")) {
      try (ZooModel<byte[], CategoryMask> model =
              criteria(byte[].class, CategoryMask.class)
                  .optArgument("resizeBackend", library)
                  .build()
                  .loadModel();
          Predictor<byte[], CategoryMask> predictor = model.newPredictor()) {
        isGolden(predictor.predict(Files.readAllBytes(PICTURE)), library);
      }
    }
  }

  @Test
  void jsonHasTheColumnsOfTheTable() throws Exception {
    byte[] text = "no picture".getBytes(StandardCharsets.UTF_8);
    try (ZooModel<byte[], byte[]> model =
            criteria(byte[].class, byte[].class)
                .optArgument("resizeBackend", "pillow")
                .build()
                .loadModel();
        Predictor<byte[], byte[]> predictor = model.newPredictor()) {
      List<byte[]> answers = predictor.batchPredict(List.of(text, Files.readAllBytes(PICTURE)));
      JsonNode failed = JSON.readTree(answers.get(0));
      assertThat(failed.get("status").asText()).isEqualTo("NOT_AN_IMAGE");
      assertThat(failed.has("mask")).isFalse();
      JsonNode row = JSON.readTree(answers.get(1));
      assertThat(row.get("status").asText()).isEqualTo("OK");
      assertThat(row.get("width").asInt()).isEqualTo(150);
      assertThat(row.get("height").asInt()).isEqualTo(90);
      LabelMap mask = MaskPng.read(row.get("mask").binaryValue(), Long.MAX_VALUE);
      assertThat(mask.indices()).isEqualTo(golden("pillow").indices());
      List<Segment> segments = Segment.of(mask);
      assertThat(row.get("segments")).hasSameSizeAs(segments);
      assertThat(row.at("/segments/0/label").asText())
          .isEqualTo("thing " + segments.get(0).index());
      assertThat(row.at("/segments/0/index").asInt()).isEqualTo(segments.get(0).index());
      assertThat(row.at("/segments/0/pixels").asLong()).isEqualTo(segments.get(0).pixels());
      assertThat((float) row.at("/segments/0/share").asDouble()).isEqualTo(segments.get(0).share());
    }
  }

  @Test
  void picturesThatDjlDecodedAlikeGetTheSameMasks() throws Exception {
    try (ZooModel<Image, CategoryMask> model =
            criteria(Image.class, CategoryMask.class)
                .optArgument("resizeBackend", "pillow")
                .build()
                .loadModel();
        Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
      byte[] encoded = Files.readAllBytes(PICTURE);
      isGolden(
          predictor.predict(
              ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(encoded))),
          "pillow");
    }
  }

  @Test
  void djlServingFindsTheTranslatorInTheFolder() throws Exception {
    // As DJL Serving does: the folder alone says what to do.
    Criteria<Input, Output> serving =
        Criteria.builder().setTypes(Input.class, Output.class).optModelPath(exported).build();
    try (ZooModel<Input, Output> model = serving.loadModel();
        Predictor<Input, Output> predictor = model.newPredictor()) {
      Input request = new Input();
      request.add("data", Files.readAllBytes(PICTURE));
      Output answer = predictor.predict(request);
      assertThat(JSON.readTree(answer.getData().getAsBytes()).get("segments")).isNotEmpty();
    }
  }

  @Test
  void whatDoesNotFitIsTold() throws Exception {
    assertThatThrownBy(
            () ->
                criteria(byte[].class, CategoryMask.class)
                    .optArguments(Map.of("topK", "3", "activation", "softmax"))
                    .build()
                    .loadModel())
        .isInstanceOf(ModelNotFoundException.class)
        .hasRootCauseMessage(
            "topK changes nothing with masks: leave it out.\n"
                + "activation changes nothing with masks: leave it out.");
    assertThatThrownBy(
            () ->
                criteria(
                        byte[].class, Classifications.class, exported, new LabelTranslatorFactory())
                    .build()
                    .loadModel())
        .rootCause()
        .hasMessage(
            "The model exported gives labels of pixels, not of whole images: name"
                + " MaskTranslatorFactory.");
    Path whole =
        export(Reference.golden().resolve("models/f-beit-singlelabel-containers"), "whole");
    assertThatThrownBy(
            () ->
                criteria(byte[].class, CategoryMask.class, whole, new MaskTranslatorFactory())
                    .build()
                    .loadModel())
        .rootCause()
        .hasMessage(
            "The model whole gives labels of whole images, not of pixels: name"
                + " LabelTranslatorFactory.");
    Path crops = export(MODEL, "crops");
    Path processor = crops.resolve("preprocessor_config.json");
    ObjectNode steps = (ObjectNode) JSON.readTree(processor.toFile());
    JSON.writeValue(processor.toFile(), steps.put("do_center_crop", true).put("size", 73));
    assertThatThrownBy(
            () ->
                criteria(byte[].class, CategoryMask.class, crops, new MaskTranslatorFactory())
                    .build()
                    .loadModel())
        .rootCause()
        .hasMessageStartingWith(
            "The image processor of crops does not show the model whole pictures (resized to 73x73")
        .hasMessageEndingWith("set do_center_crop to false.");
    assertThatThrownBy(
            () ->
                new MaskTranslatorFactory()
                    .newInstance(String.class, CategoryMask.class, null, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "from java.lang.String to ai.djl.modality.cv.output.CategoryMask is");
    try (ZooModel<byte[], CategoryMask> model =
            criteria(byte[].class, CategoryMask.class).build().loadModel();
        Predictor<byte[], CategoryMask> predictor = model.newPredictor()) {
      assertThatThrownBy(() -> predictor.predict(new byte[] {1, 2}))
          .isInstanceOf(TranslateException.class)
          .hasMessageStartingWith("NOT_AN_IMAGE: ");
    }
  }
}
