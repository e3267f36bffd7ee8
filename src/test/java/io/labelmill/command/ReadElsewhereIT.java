package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.PythonFixture;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables as other programs read them. */
class ReadElsewhereIT {
  @TempDir static Path folder;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void draw() {
    SparkFixture.spark();
    images = new FridgePictures(4, 3).write(folder);
    model = folder.resolve("model");
    TestCheckpoints.tiny().write(model);
  }

  @Test
  void pandasPolarsAndDuckDbReadWhatSparkReads() throws Exception {
    Optional<Path> python = PythonFixture.interpreter();
    Assumptions.assumeTrue(python.isPresent(), "no Python with the tests' packages");
    score("plain", images);
    Path table = folder.resolve("table.csv");
    try (Stream<Path> pictures = Files.list(images)) {
      List<String> lines = new ArrayList<>(List.of("path,shop"));
      List<String> shops = List.of("007", "south east", "1e3", "");
      pictures.forEach(file -> lines.add(file + "," + shops.get(lines.size() - 1)));
      Files.write(table, lines);
    }
    score("partitioned", table, "--keep", "shop", "--partition-by", "shop");
    JsonNode read =
        new ObjectMapper()
            .readTree(
                PythonFixture.run(
                    python.get(),
                    "read_table.py",
                    folder.resolve("plain").toString(),
                    folder.resolve("partitioned").toString()));
    assertThat(read).hasSize(6);
    assertThat(expected("partitioned").toString()).contains("\"007\"", "\"1e3\"", "south east");
    for (Map.Entry<String, JsonNode> reader : read.properties()) {
      boolean partitioned = reader.getKey().endsWith("partitioned");
      assertThat(reader.getValue())
          .as(reader.getKey())
          .isEqualTo(expected(partitioned ? "partitioned" : "plain"));
    }
  }

  /** Spark's default, INT96, has no time zone, and other readers make up one or none. */
  @Test
  void timesOfAnEarlierTableAreReadAlikeBesideNewOnes() {
    score("old", images);
    SparkSession spark = SparkFixture.spark();
    String table = folder.resolve("old").toString();
    List<Row> before = spark.read().parquet(table).select("path", "scored_at").collectAsList();
    spark.conf().set("spark.sql.parquet.outputTimestampType", "INT96");
    try {
      spark.read().parquet(table).write().parquet(folder.resolve("int96").toString());
      score("int96", images, "--if-exists", "append");
      assertThat(spark.conf().get("spark.sql.parquet.outputTimestampType")).isEqualTo("INT96");
    } finally {
      spark.conf().unset("spark.sql.parquet.outputTimestampType");
    }
    List<Row> after =
        spark
            .read()
            .parquet(folder.resolve("int96").toString())
            .select("path", "scored_at")
            .collectAsList();
    assertThat(after).hasSize(8).containsAll(before);
  }

  private static JsonNode expected(String output) {
    List<List<Object>> rows = new ArrayList<>();
    DataFrameReader reader = SparkFixture.spark().read();
    if (output.equals("partitioned")) {
      reader.schema(
          reader.parquet(folder.resolve("plain").toString()).schema().add("shop", "string"));
    }
    reader
        .parquet(folder.resolve(output).toString())
        .orderBy("path")
        .collectAsList()
        .forEach(
            row -> {
              Instant scored = row.<java.sql.Timestamp>getAs("scored_at").toInstant();
              Row best = row.<Row>getList(row.fieldIndex("predictions")).get(0);
              List<Object> values =
                  new ArrayList<>(
                      List.of(
                          row.<String>getAs("path"),
                          row.<String>getAs("status"),
                          row.<String>getAs("label"),
                          (double) best.<Float>getAs("score"),
                          ChronoUnit.MICROS.between(Instant.EPOCH, scored)));
              if (output.equals("partitioned")) {
                values.add(row.<String>getAs("shop"));
              }
              rows.add(values);
            });
    try {
      // As text and back: numbers are then of the same kinds.
      ObjectMapper json = new ObjectMapper();
      return json.readTree(json.writeValueAsString(rows));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void score(String output, Path input, String... more) {
    Ended ended = CapturedTerminal.score(model, input.toString(), folder.resolve(output), more);
    assertThat(ended.problems()).isEmpty();
  }
}
