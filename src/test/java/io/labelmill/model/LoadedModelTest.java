package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedModelTest {
  private static final Path FOLDER = Reference.golden().resolve("models/d2-beit-nonsquare");

  @TempDir Path scratch;

  @Test
  void scoresThroughTheEngineEqualTheOriginalCodes() throws Exception {
    try (LoadedModel model = open();
        Predictor<PixelBatch, Outputs> predictor = model.predictor();
        TensorStore golden = SafeTensorsFile.open(FOLDER.resolve("golden.safetensors"))) {
      float[] pixels = golden.floats("pixel_values");
      float[] expected = golden.floats("logits");
      PixelBatch batch = new PixelBatch(4, 32, 48);
      batch.nchw().put(pixels);
      assertThat(batch.images()).isEqualTo(3);

      Tensor logits = predictor.predict(batch).tensor("logits");

      assertThat(logits.shape()).containsExactly(3, expected.length / 3);
      assertThat(logits.values()).containsExactly(expected, Offset.offset(1e-5f));
      assertThat(logits.row(2)).hasSize(logits.rowLength());
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
        batch.nchw().put(pixels, i * image, image);
        assertThat(batch.isFull()).isTrue();
        float[] logits = predictor.predict(batch).tensor("logits").values();
        for (int j = 0; j < labels; j++) {
          assertThat(logits[j]).isCloseTo(expected[i * labels + j], Offset.offset(1e-5f));
        }
      }
    }
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
                      batch.nchw().put(pixels);
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
      batch.nchw().put(new float[3 * 32 * 48]);
      Outputs outputs = predictor.predict(batch);
      assertThatThrownBy(() -> outputs.tensor("pooled"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The graph has no output pooled, it has [logits]");
    }
  }

  @Test
  void aFileThatIsNoGraphIsRefusedByName() throws Exception {
    Path file = scratch.resolve("model.onnx");
    java.nio.file.Files.writeString(file, "not a graph");
    assertThatThrownBy(() -> LoadedModel.open(file, Device.CPU, 1))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot open the model " + file);
  }

  private LoadedModel open() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(FOLDER, CheckpointOptions.none())) {
      ModelBundle bundle = ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), scratch);
      return LoadedModel.open(scratch.resolve(bundle.graph()), Device.CPU, 1);
    }
  }
}
