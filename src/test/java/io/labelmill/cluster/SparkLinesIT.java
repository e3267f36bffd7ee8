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
import java.util.ArrayList;
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
    List<SparkJars.Line> lines = SparkJars.lines();
    List<Map<String, JsonNode>> tables = new ArrayList<>();
    for (SparkJars.Line line : lines) {
      try (SparkDistribution spark =
          SparkDistribution.layOut(
              folder.resolve(line.version()), line.jars(), line.scalaVersion())) {
        String table = "table-" + line.version();
        score(spark, images, model, table);
        assertThat(record(table).at("/platform/spark").asText()).isEqualTo(line.version());
        tables.add(rows(table));
      }
    }
    assertThat(lines).extracting(SparkJars.Line::scalaVersion).containsExactly("2.13", "2.12");
    assertThat(tables.get(0)).hasSize(21).isEqualTo(tables.get(1));
    assertThat(
            tables.get(0).values().stream().filter(row -> row.get("status").asText().equals("OK")))
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
