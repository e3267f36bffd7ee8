package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.labelmill.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  private static final Path MODELS = Reference.golden().resolve("models");

  static Stream<Arguments> goldenModels() throws IOException {
    JsonNode models =
        new JsonMapper().readTree(MODELS.resolve("index.json").toFile()).path("models");
    return Stream.iterate(0, i -> i < models.size(), i -> i + 1)
        .map(i -> Arguments.of(models.get(i).path("name").asText(), models.get(i)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("goldenModels")
  void opensEveryGoldenCheckpoint(String name, JsonNode golden) {
    try (Checkpoint checkpoint = Checkpoint.open(MODELS.resolve(name), CheckpointOptions.none())) {
      TensorStore weights = checkpoint.weights();
      assertThat(weights.names()).hasSize(golden.path("tensors").asInt());
      assertThat(
              weights.names().stream()
                  .map(weights::info)
                  .filter(info -> info.dataType() != DataType.I64)
                  .mapToLong(TensorInfo::elements)
                  .sum())
          .isEqualTo(golden.path("parameters").asLong());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("goldenModels")
  void binAndSafetensorsHoldEqualValues(String name, JsonNode golden) {
    Path folder = MODELS.resolve(name);
    if (!Files.exists(folder.resolve("pytorch_model.bin"))
        || !Files.exists(folder.resolve("model.safetensors"))) {
      return;
    }
    try (TensorStore safe = SafeTensorsFile.open(folder.resolve("model.safetensors"));
        TensorStore bin =
            new WeightsFiles(Optional.empty(), List.of(folder.resolve("pytorch_model.bin")))
                .open()) {
      assertThat(bin.names()).containsExactlyInAnyOrderElementsOf(safe.names());
      for (String tensor : safe.names()) {
        assertThat(bin.info(tensor)).isEqualTo(safe.info(tensor));
        assertThat(bin.floats(tensor)).isEqualTo(safe.floats(tensor));
      }
    }
  }
}
