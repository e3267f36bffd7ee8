package io.labelmill.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSession;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Operators;
import io.labelmill.model.Device;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelExport;
import io.labelmill.score.Activation;
import io.labelmill.verify.ImageLogits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exported folders in DJL, loaded as DJL's users load models. */
class LabelTranslatorTest {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final Path MODEL = MODELS.resolve("e-beit-multilabel-containers");
  private static final Path IMAGES = Reference.golden().resolve("preprocessing/images");
  private static final List<String> READABLE =
      List.of(
          "jpeg-420.jpg",
          "jpeg-gray.jpg",
          "png-rgb.png",
          "png-rgba.png",
          "webp-lossy.webp",
          "jpeg-exif-6.jpg",
          "png-gray16.png",
          "gif-static.gif");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Path exported;

  @BeforeAll
  static void export() {
    GraphSession.environment();
    exported = export(MODEL, "exported", Operators.FUSED);
  }

  private static Path export(Path model, String name, Operators operators) {
    Path target = folder.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(model, CheckpointOptions.none())) {
      ModelExport.write(checkpoint, operators, ModelExport.Relabelled.NO, target);
    }
    return target;
  }

  private static <I, O> Criteria.Builder<I, O> criteria(Class<I> input, Class<O> output) {
    return Criteria.builder()
        .setTypes(input, output)
        .optModelPath(exported)
        .optEngine("OnnxRuntime")
        .optTranslatorFactory(new LabelTranslatorFactory());
  }

  @Test
  void encodedImagesGetTheScoresOfTheJob() throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL, CheckpointOptions.none());
        ImageLogits job =
            ImageLogits.open(
                ModelBundle.build(
                    checkpoint,
                    GraphSpec.of(GraphOutput.LOGITS),
                    Files.createDirectory(folder.resolve("graph"))),
                Device.CPU);
        ZooModel<byte[], Classifications> model =
            criteria(byte[].class, Classifications.class).build().loadModel();
        Predictor<byte[], Classifications> predictor = model.newPredictor()) {
      for (String name : READABLE) {
        byte[] encoded = Files.readAllBytes(IMAGES.resolve(name));
        float[] scores = job.logits(encoded).logits();
        Activation.SIGMOID.apply(scores, scores);
        Classifications found = predictor.predict(encoded);
        assertThat(found.getClassNames()).isEqualTo(checkpoint.labels().names());
        for (int i = 0; i < scores.length; i++) {
          assertThat(found.getProbabilities().get(i)).as(name).isEqualTo((double) scores[i]);
        }
        assertThat(found.topK()).hasSize(4);
      }
    }
  }

  @Test
  void aBatchGivesWhatEachImageAloneGives() throws Exception {
    List<byte[]> images = new ArrayList<>();
    for (String name : READABLE) {
      images.add(Files.readAllBytes(IMAGES.resolve(name)));
    }
    try (ZooModel<byte[], Classifications> model =
            criteria(byte[].class, Classifications.class)
                .optArgument("batchifier", "stack")
                .build()
                .loadModel();
        Predictor<byte[], Classifications> predictor = model.newPredictor()) {
      List<Classifications> together = predictor.batchPredict(images);
      for (int i = 0; i < images.size(); i++) {
        assertThat(together.get(i).getProbabilities())
            .isEqualTo(predictor.predict(images.get(i)).getProbabilities());
      }
    }
  }

  @Test
  void threadsShareATranslator() throws Exception {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("jpeg-420.jpg"));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (ZooModel<byte[], Classifications> model =
        criteria(byte[].class, Classifications.class).build().loadModel()) {
      List<Future<Set<List<Double>>>> results = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        results.add(
            threads.submit(
                () -> {
                  Set<List<Double>> seen = new java.util.HashSet<>();
                  try (Predictor<byte[], Classifications> predictor = model.newPredictor()) {
                    for (int i = 0; i < 20; i++) {
                      seen.add(predictor.predict(encoded).getProbabilities());
                    }
                  }
                  return seen;
                }));
      }
      Set<List<Double>> first = results.get(0).get();
      assertThat(first).hasSize(1);
      for (Future<Set<List<Double>>> result : results) {
        assertThat(result.get()).isEqualTo(first);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void jsonHasTheColumnsOfTheTable() throws Exception {
    try (ZooModel<byte[], byte[]> model =
            criteria(byte[].class, byte[].class).optArgument("topK", "2").build().loadModel();
        ZooModel<byte[], Classifications> same =
            criteria(byte[].class, Classifications.class).build().loadModel();
        Predictor<byte[], byte[]> predictor = model.newPredictor();
        Predictor<byte[], Classifications> classifier = same.newPredictor()) {
      byte[] encoded = Files.readAllBytes(IMAGES.resolve("jpeg-exif-6.jpg"));
      Classifications.Classification best = classifier.predict(encoded).best();
      JsonNode row = JSON.readTree(predictor.predict(encoded));
      assertThat(row.get("status").asText()).isEqualTo("OK");
      assertThat(row.get("error").isNull()).isTrue();
      assertThat(row.get("label").asText()).isEqualTo(best.getClassName());
      assertThat((float) row.get("score").asDouble()).isEqualTo((float) best.getProbability());
      assertThat(row.get("predictions")).hasSize(2);
      assertThat(row.at("/predictions/0/label").asText()).isEqualTo(best.getClassName());
      assertThat(row.at("/predictions/0/index").asInt()).isEqualTo(row.get("label_index").asInt());
      // Upright: the file stores 75x52.
      assertThat(row.get("width").asInt()).isEqualTo(52);
      assertThat(row.get("height").asInt()).isEqualTo(75);
    }
  }

  @Test
  void aBrokenImageIsAStatusAndItsNeighboursAreScored() throws Exception {
    byte[] good = Files.readAllBytes(IMAGES.resolve("png-rgb.png"));
    byte[] text = "no picture".getBytes(StandardCharsets.UTF_8);
    try (ZooModel<byte[], byte[]> model =
            criteria(byte[].class, byte[].class)
                .optArgument("maxPixels", "7081")
                .build()
                .loadModel();
        Predictor<byte[], byte[]> predictor = model.newPredictor()) {
      List<byte[]> results =
          predictor.batchPredict(
              List.of(good, text, good, Files.readAllBytes(IMAGES.resolve("medium.jpg"))));
      assertThat(JSON.readTree(results.get(0)).get("status").asText()).isEqualTo("OK");
      JsonNode failed = JSON.readTree(results.get(1));
      assertThat(failed.get("status").asText()).isEqualTo("NOT_AN_IMAGE");
      assertThat(failed.get("error").asText()).startsWith("The content is ");
      assertThat(failed.has("label")).isFalse();
      assertThat(JSON.readTree(results.get(2))).isEqualTo(JSON.readTree(results.get(0)));
      JsonNode large = JSON.readTree(results.get(3));
      assertThat(large.get("status").asText()).isEqualTo("TOO_LARGE");
      assertThat(large.get("width").asInt()).isEqualTo(640);
    }
    try (ZooModel<byte[], Classifications> model =
            criteria(byte[].class, Classifications.class).build().loadModel();
        Predictor<byte[], Classifications> predictor = model.newPredictor()) {
      assertThatThrownBy(() -> predictor.predict(text))
          .isInstanceOf(TranslateException.class)
          .hasMessageStartingWith("NOT_AN_IMAGE: The content is ");
    }
  }

  @Test
  void picturesThatDjlDecodedAlikeGetTheSameScores() throws Exception {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("png-rgb.png"));
    try (ZooModel<Image, Classifications> model =
            criteria(Image.class, Classifications.class).build().loadModel();
        ZooModel<byte[], Classifications> same =
            criteria(byte[].class, Classifications.class).build().loadModel();
        Predictor<Image, Classifications> predictor = model.newPredictor();
        Predictor<byte[], Classifications> bytes = same.newPredictor()) {
      Image image = ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(encoded));
      assertThat(predictor.predict(image).getProbabilities())
          .isEqualTo(bytes.predict(encoded).getProbabilities());
    }
  }

  @Test
  void djlServingFindsTheTranslatorInTheFolder() throws Exception {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("jpeg-420.jpg"));
    // As DJL Serving does: the folder alone says what to do.
    Criteria<Input, Output> serving =
        Criteria.builder().setTypes(Input.class, Output.class).optModelPath(exported).build();
    try (ZooModel<Input, Output> model = serving.loadModel();
        Predictor<Input, Output> predictor = model.newPredictor()) {
      Input request = new Input();
      request.add("data", encoded);
      Output answer = predictor.predict(request);
      assertThat(answer.getProperty("Content-Type", "")).isEqualTo("application/json");
      assertThat(JSON.readTree(answer.getData().getAsBytes()).get("status").asText())
          .isEqualTo("OK");
      assertThatThrownBy(() -> predictor.predict(new Input()))
          .isInstanceOf(TranslateException.class)
          .hasMessage("the request has no body: send an encoded image");
    }
  }

  @Test
  void anActivationMayBeChosen() throws Exception {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("jpeg-420.jpg"));
    try (ZooModel<byte[], Classifications> model =
            criteria(byte[].class, Classifications.class)
                .optArgument("activation", "softmax")
                .build()
                .loadModel();
        Predictor<byte[], Classifications> predictor = model.newPredictor()) {
      double sum =
          predictor.predict(encoded).getProbabilities().stream()
              .mapToDouble(Double::doubleValue)
              .sum();
      assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
    }
  }

  @Test
  void theOrientationMayBeLeftOut() throws Exception {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("jpeg-exif-6.jpg"));
    try (ZooModel<byte[], byte[]> model =
            criteria(byte[].class, byte[].class)
                .optArgument("orientation", "as-stored")
                .build()
                .loadModel();
        Predictor<byte[], byte[]> predictor = model.newPredictor()) {
      assertThat(JSON.readTree(predictor.predict(encoded)).get("width").asInt()).isEqualTo(75);
    }
  }

  @Test
  void wrongArgumentsAreAllNamed() {
    assertThatThrownBy(
            () ->
                criteria(byte[].class, Classifications.class)
                    .optArguments(
                        Map.of(
                            "topK", "0",
                            "activation", "relu",
                            "orientation", "left",
                            "resizeBackend", "gpu",
                            "maxPixels", "none",
                            "applySoftmax", "true"))
                    .build()
                    .loadModel())
        .isInstanceOf(ModelNotFoundException.class)
        .hasRootCauseMessage(
            "topK is 0; it must be a number from 1 to 2147483647.\n"
                + "activation is relu; it must be one of [auto, softmax, sigmoid, none].\n"
                + "orientation is left; it must be one of [upright, as-stored].\n"
                + "resizeBackend is gpu; it must be one of [auto, pillow, pillow-12, torchvision].\n"
                + "maxPixels is none; it must be a number from 1 to "
                + Long.MAX_VALUE
                + ".");
  }

  @Test
  void otherTypesAreRefused() {
    LabelTranslatorFactory factory = new LabelTranslatorFactory();
    assertThat(factory.isSupported(String.class, Classifications.class)).isFalse();
    assertThatThrownBy(
            () -> factory.newInstance(String.class, Classifications.class, null, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "from java.lang.String to ai.djl.modality.Classifications is not translated; known are ");
  }

  @Test
  void aFolderWithoutItsFilesIsNamed() throws IOException {
    Path bare = Files.createDirectory(folder.resolve("bare"));
    Files.copy(exported.resolve("model.onnx"), bare.resolve("model.onnx"));
    assertThatThrownBy(
            () ->
                criteria(byte[].class, Classifications.class)
                    .optModelPath(bare)
                    .build()
                    .loadModel())
        .isInstanceOf(ModelNotFoundException.class)
        .rootCause()
        .hasMessageContaining("config.json is missing");
  }

  @Test
  void theFactoryTravelsToExecutors() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new LabelTranslatorFactory());
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isInstanceOf(LabelTranslatorFactory.class);
    }
  }
}
