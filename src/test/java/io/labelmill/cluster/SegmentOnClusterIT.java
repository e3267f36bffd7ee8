package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.Reference;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Noise;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged {@code jobs/segment} on executor processes. */
@Tag("cluster")
class SegmentOnClusterIT {
  private static final Path MODEL = Reference.golden().resolve("segmentation-models/base-4");
  private static final int PICTURES = 12;

  @TempDir private Path folder;

  @Test
  void executorsWriteTheMasksThatTransformersMakes() throws Exception {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < PICTURES; i++) {
      Files.copy(Noise.FOLDER.resolve("picture.png"), images.resolve(i + ".png"));
    }
    Path table = folder.resolve("table");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--model", MODEL.toAbsolutePath().toString()));
    arguments.addAll(List.of("--input", images.toString(), "--output", table.toString()));
    arguments.addAll(List.of("--output-format", "json", "--resize-backend", "pillow", "--"));
    StandaloneCluster cluster = StandaloneCluster.shared();
    arguments.addAll(cluster.submitOptions("600m"));
    arguments.addAll(cluster.awaitCores(2));
    JobProcess job = JobProcess.run("segment", Map.of(), arguments);
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(cluster.executorLogs())
        .hasSize(2)
        .allSatisfy(log -> assertThat(log).contains("Opened the model on cpu"));
    byte[] expected =
        MaskPng.read(
                Files.readAllBytes(MODEL.resolve("mask-pillow-transformers.png")), Long.MAX_VALUE)
            .indices();
    Map<String, JsonNode> rows = Table.rows(table);
    assertThat(rows).hasSize(PICTURES);
    for (JsonNode row : rows.values()) {
      assertThat(row.get("status").asText()).isEqualTo("OK");
      Path file = Path.of(URI.create(row.get("mask_file").asText()));
      assertThat(MaskPng.read(Files.readAllBytes(file), Long.MAX_VALUE).indices())
          .isEqualTo(expected);
    }
  }
}
