package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.labelmill.TestCheckpoints;
import io.labelmill.checkpoint.TensorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneFileTest {
  @TempDir Path folder;

  @Test
  void theModelWithItsNumbersInsideGivesTheSameBits() throws IOException {
    GraphFiles files = write();
    float[] pixels = new float[3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (i * 31 % 200) / 100f - 1;
    }
    float[] before;
    try (GraphSession session = GraphSession.open(files.model())) {
      before = session.run(pixels, 1, 3, 32, 32).get("logits");
    }
    assertThat(OneFile.rewrite(files)).isTrue();
    assertThat(files.weights()).doesNotExist();
    try (GraphSession session = GraphSession.open(files.model())) {
      assertThat(session.run(pixels, 1, 3, 32, 32).get("logits")).containsExactly(before);
    }
  }

  @Test
  void whatWouldBeLongerThanTwoGigabytesStaysInTwoFiles() throws IOException {
    GraphFiles files = write();
    model(files, 1, 2_200_000_000L);
    byte[] before = Files.readAllBytes(files.model());
    assertThat(OneFile.rewrite(files)).isFalse();
    assertThat(Files.readAllBytes(files.model())).isEqualTo(before);
    assertThat(files.weights()).exists();
    // Many that are short alone.
    model(files, 300, 8_000_000L);
    assertThat(OneFile.rewrite(files)).isFalse();
  }

  @Test
  void numbersThatAreNotThereAreMissed() throws IOException {
    GraphFiles files = write();
    model(files, 1, 1L << 20);
    Files.write(files.weights(), new byte[100]);
    assertThatThrownBy(() -> OneFile.rewrite(files))
        .isInstanceOf(IOException.class)
        .hasMessage("the weights end before constant 0");
  }

  private GraphFiles write() throws IOException {
    try (TensorStore weights = TestCheckpoints.tiny().weights()) {
      return Network.of(TestCheckpoints.tiny().config(), weights)
          .write(GraphSpec.of(GraphOutput.LOGITS), folder);
    }
  }

  /** A model that says it has so many constants of so many bytes. */
  private static void model(GraphFiles files, int constants, long bytes) throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder();
    for (int i = 0; i < constants; i++) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName("constant " + i)
              .setDataType(1)
              .addDims(bytes / 4)
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addAllExternalData(
                  List.of(
                      entry("location", "model.onnx.data"),
                      entry("offset", "0"),
                      entry("length", Long.toString(bytes)))));
    }
    Files.write(files.model(), ModelProto.newBuilder().setGraph(graph).build().toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
