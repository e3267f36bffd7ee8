package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.decode.Orientation;
import io.labelmill.error.Status;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model over real files: every score is the original code's. */
class TrainedModelIT {
  @TempDir Path scratch;

  @Test
  void everyScoreIsTheOriginalCodes() throws Exception {
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    Path trained = reference.get().resolve("trained");
    JsonNode expected = new ObjectMapper().readTree(trained.resolve("expected.json").toFile());
    String output = scratch.resolve("table").toString();

    SparkSession spark = SparkFixture.spark();
    ScoreResult result =
        ScoreJob.run(
            spark,
            new ScoreOptions(
                new ScoreOptions.Model(
                    trained.resolve("model").toString(), Optional.empty(), Optional.empty()),
                SourceOptions.of(trained.resolve("images").toString()),
                new ScoreOptions.Scoring(
                    Activation.AUTO,
                    Optional.empty(),
                    OptionalInt.empty(),
                    Scores.ALL,
                    Orientation.UPRIGHT,
                    ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
                OutputOptions.of(output, IfExists.FAIL),
                new ScoreOptions.Execution(OptionalInt.empty(), OptionalLong.empty(), 0.1),
                new TreeMap<>()),
            Progress.SILENT);

    assertThat(result.counts().statuses()).containsExactly(java.util.Map.entry(Status.OK, 500L));
    List<Row> rows = spark.read().parquet(output).collectAsList();
    assertThat(rows).hasSize(500);
    int right = 0;
    for (Row row : rows) {
      String path = row.getAs("path");
      JsonNode image = expected.get(Path.of(path).getFileName().toString());
      List<Float> scores = row.getList(row.fieldIndex("scores"));
      int best = 0;
      for (int i = 0; i < scores.size(); i++) {
        double probability = image.get("probabilities").get(i).asDouble();
        assertThat((double) scores.get(i)).as(path).isCloseTo(probability, Offset.offset(2e-5));
        if (probability > image.get("probabilities").get(best).asDouble()) {
          best = i;
        }
      }
      assertThat(row.<Integer>getAs("label_index")).as(path).isEqualTo(best);
      if (row.getAs("label").equals(image.get("truth").asText())) {
        right++;
      }
    }
    assertThat(right / 500.0).isEqualTo(0.812);
  }
}
