package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one application jar under unmodified Sparks of both lines. */
@Tag("cluster")
class SparkLinesIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void theSameJarWritesTheSameTableOnBothLines() throws IOException {
    Path images = new FridgePictures(20, 5).write(folder);
    Files.writeString(images.resolve("broken.jpg"), "no picture");
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    SparkJars.OtherLine other = SparkJars.otherLine();
    assertThat(other.version()).isNotEqualTo(SparkJars.version());
    assertThat(other.scalaVersion()).isNotEqualTo(SparkJars.scalaVersion());

    try (SparkDistribution own = SparkDistribution.layOut(folder.resolve("own"));
        SparkDistribution others =
            SparkDistribution.layOut(
                folder.resolve("others"), other.jars(), other.scalaVersion())) {
      score(own, images, model, "table");
      score(others, images, model, "other-table");
    }
    assertThat(record("table").at("/platform/spark").asText()).isEqualTo(SparkJars.version());
    assertThat(record("other-table").at("/platform/spark").asText()).isEqualTo(other.version());
    Map<String, JsonNode> rows = rows("table");
    assertThat(rows).hasSize(21).isEqualTo(rows("other-table"));
    assertThat(rows.values().stream().filter(row -> row.get("status").asText().equals("OK")))
        .hasSize(20);
  }

  private void score(SparkDistribution spark, Path images, Path model, String output) {
    JobProcess job =
        JobProcess.run(
            "score",
            Map.of("SPARK_HOME", spark.home().toString()),
            List.of(
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve(output).toString(),
                "--output-format",
                "json",
                "--scores",
                "all",
                "--",
                "--master",
                "local[2]",
                "--driver-memory",
                "700m"));
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(spark.submitted()).contains("--class io.labelmill.Main");
  }

  /** The rows by path, without what differs from run to run. */
  private Map<String, JsonNode> rows(String output) throws IOException {
    Map<String, JsonNode> rows = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder.resolve(output))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        for (String line : Files.readAllLines(file)) {
          ObjectNode row = (ObjectNode) JSON.readTree(line);
          row.remove(List.of("run_id", "scored_at"));
          rows.put(row.get("path").asText(), row);
        }
      }
    }
    return rows;
  }

  private JsonNode record(String output) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(output).resolve("_labelmill"))) {
      return JSON.readTree(
          files
              .filter(f -> f.getFileName().toString().matches("run-.*\\.json"))
              .findFirst()
              .orElseThrow()
              .toFile());
    }
  }
}
