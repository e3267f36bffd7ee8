package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one application jar under unmodified Sparks of each line. */
@Tag("cluster")
class SparkLinesIT {
  @TempDir static Path folder;

  private static Path images;
  private static Path model;
  private static Map<String, JsonNode> expected;

  /** The table of the default line. */
  @BeforeAll
  static void scoreOnTheDefaultLine() throws IOException {
    images = new FridgePictures(20, 5).write(folder);
    Files.writeString(images.resolve("broken.jpg"), "no picture");
    model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    expected = table(SparkProfile.named(SparkProfile.DEFAULT), Map.of());
    assertThat(expected).hasSize(21);
    assertThat(expected.values().stream().filter(row -> row.get("status").asText().equals("OK")))
        .hasSize(20);
  }

  @Test
  void theSameJarWritesTheSameTableOnTheOldestLine() throws IOException {
    assertThat(table(SparkProfile.named("spark-3.5"), Map.of())).isEqualTo(expected);
  }

  /** The first Spark with a Hadoop that starts on Java 25, which is taken where it is there. */
  @Test
  void theSameJarWritesTheSameTableOnTheNewestLine() throws IOException {
    Map<String, String> java =
        JavaHome.of(25).map(home -> Map.of("JAVA_HOME", home.toString())).orElse(Map.of());
    assertThat(table(SparkProfile.named("spark-4.2"), java))
        .as("on Java %s", java.isEmpty() ? Runtime.version().feature() : 25)
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @Tag("stress")
  @ValueSource(strings = {"spark-4.0", "spark-4.2"})
  void theSameJarWritesTheSameTableOnTheOthers(String profile) throws IOException {
    assertThat(table(SparkProfile.named(profile), Map.of())).isEqualTo(expected);
  }

  private static Map<String, JsonNode> table(SparkProfile profile, Map<String, String> environment)
      throws IOException {
    SparkJars.Line line = SparkJars.line(profile);
    Path place = Files.createTempDirectory(folder, profile.name());
    try (SparkDistribution spark =
        SparkDistribution.layOut(place.resolve("spark"), line.jars(), line.scalaVersion())) {
      Path output = place.resolve("table");
      score(spark, environment, output);
      assertThat(Table.runRecord(output).at("/platform/spark").asText())
          .isEqualTo(line.version())
          .isEqualTo(profile.spark());
      String java = environment.getOrDefault("JAVA_HOME", System.getProperty("java.home"));
      assertThat(Table.runRecord(output).at("/platform/java").asText())
          .startsWith(JavaHome.version(Path.of(java)));
      return Table.rows(output);
    }
  }

  private static void score(SparkDistribution spark, Map<String, String> environment, Path output) {
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("SPARK_HOME", spark.home().toString());
    List<String> arguments =
        new ArrayList<>(List.of("--model", model.toString(), "--input", images.toString()));
    arguments.addAll(List.of("--output", output.toString(), "--output-format", "json"));
    arguments.addAll(List.of("--scores", "all", "--"));
    arguments.addAll(List.of("--master", "local[2]", "--driver-memory", "700m"));
    JobProcess job = JobProcess.run("score", variables, arguments);
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(spark.submitted())
        .contains("--class io.labelmill.Main", "--driver-memory 700m", " score --model ");
  }
}
