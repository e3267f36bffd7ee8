package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Precision;
import io.labelmill.preprocess.Preprocessor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedModelTest {
  private static final Path FOLDER = Reference.golden().resolve("models/d2-beit-nonsquare");

  @TempDir Path scratch;

  @Test
  void scoresThroughTheEngineEqualTheOriginalCodes() throws Exception {
    List<Integer> begun = new ArrayList<>();
    try (LoadedModel model = open();
        Predictor<PixelBatch, Outputs> predictor = model.predictor(begun::add);
        TensorStore golden = SafeTensorsFile.open(FOLDER.resolve("golden.safetensors"))) {
      float[] pixels = golden.floats("pixel_values");
      float[] expected = golden.floats("logits");
      PixelBatch batch = new PixelBatch(4, 32, 48);
      batch.append(pixels);
      assertThat(batch.images()).isEqualTo(3);

      Tensor logits = predictor.predict(batch).tensor("logits");

      assertThat(logits.shape()).containsExactly(3, expected.length / 3);
      assertThat(logits.values()).containsExactly(expected, Offset.offset(1e-5f));
      assertThat(logits.row(2)).hasSize(logits.rowLength());
      assertThat(begun).containsExactly(3);
    }
  }

  @Test
  void aBatchIsUsedAgain() throws Exception {
    try (LoadedModel model = open();
        Predictor<PixelBatch, Outputs> predictor = model.predictor();
        TensorStore golden = SafeTensorsFile.open(FOLDER.resolve("golden.safetensors"))) {
      float[] pixels = golden.floats("pixel_values");
      float[] expected = golden.floats("logits");
      PixelBatch batch = new PixelBatch(1, 32, 48);
      int image = pixels.length / 3;
      int labels = expected.length / 3;
      for (int i = 0; i < 3; i++) {
        batch.clear();
        batch.append(Arrays.copyOfRange(pixels, i * image, (i + 1) * image));
        assertThat(batch.isFull()).isTrue();
        float[] logits = predictor.predict(batch).tensor("logits").values();
        for (int j = 0; j < labels; j++) {
          assertThat(logits[j]).isCloseTo(expected[i * labels + j], Offset.offset(1e-5f));
        }
      }
    }
  }

  @Test
  void samplesAreScoredAsPixelValuesAre() throws Exception {
    List<float[]> logits = new ArrayList<>();
    byte[] rgb = new byte[50 * 40 * RgbImage.CHANNELS];
    new Random(1).nextBytes(rgb);
    for (Precision precision : List.of(Precision.FP32, Precision.FP16)) {
      ModelBundle bundle;
      try (Checkpoint checkpoint = Checkpoint.open(FOLDER, CheckpointOptions.none())) {
        GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS).withPrecision(precision);
        Path folder = Files.createDirectories(scratch.resolve(precision.word()));
        bundle = ModelBundle.build(checkpoint, spec, folder);
      }
      try (LoadedModel model =
              LoadedModel.open(bundle.folder().resolve(bundle.graph()), Device.CPU, 1);
          Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
        PixelBatch batch = PixelBatch.of(bundle, 2);
        batch.append(new Preprocessor(bundle.processor()), new RgbImage(50, 40, rgb));
        logits.add(predictor.predict(batch).tensor("logits").values());
      }
    }
    double scale =
        IntStream.range(0, logits.get(0).length)
            .mapToDouble(i -> Math.abs(logits.get(0)[i]))
            .max()
            .orElseThrow();
    assertThat(logits.get(1)).containsExactly(logits.get(0), Offset.offset((float) (0.01 * scale)));
  }

  @Test
  void threadsShareOneSession() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (LoadedModel model = open();
        TensorStore golden = SafeTensorsFile.open(FOLDER.resolve("golden.safetensors"))) {
      float[] pixels = golden.floats("pixel_values");
      List<Future<float[]>> results = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        results.add(
            threads.submit(
                () -> {
                  float[] last = null;
                  try (Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
                    PixelBatch batch = new PixelBatch(3, 32, 48);
                    for (int pass = 0; pass < 20; pass++) {
                      batch.clear();
                      batch.append(pixels);
                      float[] logits = predictor.predict(batch).tensor("logits").values();
                      if (last != null) {
                        assertThat(logits).containsExactly(last);
                      }
                      last = logits;
                    }
                  }
                  return last;
                }));
      }
      float[] first = results.get(0).get();
      for (Future<float[]> result : results) {
        assertThat(result.get()).containsExactly(first);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void namesWhatIsThereWhenAnOutputIsNot() throws Exception {
    try (LoadedModel model = open();
        Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
      PixelBatch batch = new PixelBatch(1, 32, 48);
      batch.append(new float[3 * 32 * 48]);
      Outputs outputs = predictor.predict(batch);
      assertThatThrownBy(() -> outputs.tensor("pooled"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The graph has no output pooled, it has [logits]");
    }
  }

  @Test
  void aFileThatIsNoGraphIsRefusedByName() throws Exception {
    Path file = scratch.resolve("model.onnx");
    Files.writeString(file, "not a graph");
    assertThatThrownBy(() -> LoadedModel.open(file, Device.CPU, 1))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot open the model " + file);
  }

  @Test
  void aSessionIsAskedForItsOwnGpu() throws Exception {
    TestProviders providers = TestProviders.forGpus();
    try (LoadedModel model = LoadedModel.open(graph(), Device.gpu(3), 1, providers)) {
      assertThat(providers.asked()).containsExactly(3);
      assertThat(model.device()).hasToString("gpu:3");
    }
  }

  @Test
  void aProcessorsSessionAsksForNoGpu() throws Exception {
    TestProviders providers = TestProviders.forGpus();
    LoadedModel.open(graph(), Device.CPU, 1, providers).close();
    assertThat(providers.asked()).isEmpty();
  }

  @Test
  void passesOnAGpuWaitForTheirTurn() throws Exception {
    List<Integer> begun = new ArrayList<>();
    try (LoadedModel model = LoadedModel.open(graph(), Device.gpu(0), 1, TestProviders.forGpus());
        Predictor<PixelBatch, Outputs> predictor = model.predictor(begun::add)) {
      PixelBatch batch = new PixelBatch(1, 32, 48);
      batch.append(new float[3 * 32 * 48]);
      assertThat(predictor.predict(batch).tensor("logits").shape()[0]).isEqualTo(1);
      assertThat(begun).containsExactly(1);
      // Only who waits notices.
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> predictor.predict(batch))
          .isInstanceOf(TranslateException.class)
          .hasStackTraceContaining("interrupted while it waited for the device");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(begun).containsExactly(1);
    }
  }

  @Test
  void aGpuWithoutTheBuildForItIsAnErrorAndNoProcessor() throws Exception {
    Path graph = graph();
    assertThatThrownBy(
            () -> LoadedModel.open(graph, Device.gpu(1), 1, TestProviders.forProcessors()))
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            "The session on gpu:1 of \\S+ needs ONNX Runtime's build for GPUs: the one on the class"
                + " path is for processors alone; build Labelmill with ./mvnw -Pgpu -DskipTests"
                + " package");
  }

  @Test
  void aGpuWithoutADriverIsAnErrorAndNoProcessor() throws Exception {
    Path graph = graph();
    assertThatThrownBy(
            () ->
                LoadedModel.open(
                    graph, Device.gpu(1), 1, TestProviders.withoutDriver("CUDA failure 35")))
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            "The device gpu:1 of \\S+ can't be used \\(CUDA failure 35\\): see with nvidia-smi that"
                + " there is a driver, that it knows this GPU and that its memory is free, and that"
                + " CUDA 12 and cuDNN 9 are where the system looks for libraries"
                + " \\(LD_LIBRARY_PATH\\); or write --device cpu");
  }

  /** The providers that ship, which on most machines find no CUDA. */
  @Test
  void theClassPathOfTheBuildIsForProcessors() {
    Assumptions.assumeFalse(ExecutionProviders.ofThisJvm().areForGpus(), "built with -Pgpu");
    assertThatThrownBy(() -> LoadedModel.open(graph(), Device.gpu(0), 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("needs ONNX Runtime's build for GPUs");
  }

  private LoadedModel open() throws IOException {
    return LoadedModel.open(graph(), Device.CPU, 1);
  }

  private Path graph() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(FOLDER, CheckpointOptions.none())) {
      ModelBundle bundle = ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), scratch);
      return scratch.resolve(bundle.graph());
    }
  }
}
