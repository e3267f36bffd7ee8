package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.GoldenImages;
import io.labelmill.decode.Orientation;
import io.labelmill.error.Status;
import io.labelmill.graph.Precision;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model over real files: every score is the original code's. */
class TrainedModelIT {
  @TempDir Path scratch;

  /** The scores that come with the model, which are of Pillow 12.3. */
  @Test
  void everyScoreIsTheOriginalCodes() throws Exception {
    List<Row> rows = scored(ResizeBackend.PILLOW_12);
    JsonNode given = given();
    assertClose(rows, name -> given.get(name).get("probabilities"), 2e-5);
    long right =
        rows.stream()
            .filter(row -> row.getAs("label").equals(given.get(name(row)).get("truth").asText()))
            .count();
    assertThat(right / 500.0).isEqualTo(0.812);
  }

  /** Pillow 13.0 resizes some pictures in another order: by 1 level in some samples. */
  @Test
  void everyScoreIsThatOfTheNewestPillow() throws Exception {
    List<Row> rows = scored(ResizeBackend.PILLOW);
    JsonNode newest = GoldenImages.json("trained", "scores.json").get("pillow");
    assertClose(rows, newest::get, 2e-5);
    JsonNode given = given();
    assertClose(rows, name -> given.get(name).get("probabilities"), 0.016);
  }

  @Test
  void everyScoreIsThatOfTorchvision() throws Exception {
    List<Row> rows = scored(ResizeBackend.TORCHVISION);
    JsonNode newest = GoldenImages.json("trained", "scores.json").get("torchvision");
    assertClose(rows, newest::get, 2e-5);
    JsonNode given = given();
    assertClose(rows, name -> given.get(name).get("probabilities"), 0.005);
  }

  private static Path trained() {
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    return reference.get().resolve("trained");
  }

  /** By file name. */
  private static JsonNode given() throws IOException {
    return new ObjectMapper().readTree(trained().resolve("expected.json").toFile());
  }

  private static String name(Row row) {
    return Path.of(row.<String>getAs("path")).getFileName().toString();
  }

  private List<Row> scored(ResizeBackend backend) throws IOException {
    Path trained = trained();
    String output = scratch.resolve("table").toString();
    SparkSession spark = SparkFixture.spark();
    ScoreResult result =
        ScoreJob.run(
            spark,
            new ScoreOptions(
                new ScoreOptions.Model(
                    trained.resolve("model").toString(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Originals.of(backend),
                    Precision.FP32),
                SourceOptions.of(trained.resolve("images").toString()),
                new ScoreOptions.Scoring(
                    Activation.AUTO,
                    Optional.empty(),
                    OptionalInt.empty(),
                    KeptScores.ALL,
                    Orientation.UPRIGHT,
                    ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
                OutputOptions.of(output, IfExists.FAIL),
                new ScoreOptions.Execution(OptionalInt.empty(), OptionalLong.empty(), 0.1),
                new TreeMap<>()),
            Progress.SILENT);
    assertThat(result.counts().statuses()).containsExactly(java.util.Map.entry(Status.OK, 500L));
    List<Row> rows = spark.read().parquet(output).collectAsList();
    assertThat(rows).hasSize(500);
    return rows;
  }

  /** Every score is close to the expected one, and every label is the best of those. */
  private static void assertClose(
      List<Row> rows, Function<String, JsonNode> expected, double tolerance) {
    for (Row row : rows) {
      JsonNode probabilities = expected.apply(name(row));
      List<Float> scores = row.getList(row.fieldIndex("scores"));
      int best = 0;
      for (int i = 0; i < scores.size(); i++) {
        double probability = probabilities.get(i).asDouble();
        assertThat((double) scores.get(i))
            .as(name(row))
            .isCloseTo(probability, Offset.offset(tolerance));
        if (probability > probabilities.get(best).asDouble()) {
          best = i;
        }
      }
      assertThat(row.<Integer>getAs("label_index")).as(name(row)).isEqualTo(best);
    }
  }
}
