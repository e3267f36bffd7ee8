package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.inference.Predictor;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.model.Device;
import io.labelmill.model.ExecutorModels;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.option.Reader;
import io.labelmill.option.Settings;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.RunRecord;
import io.labelmill.source.SourceOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Photographs through every checkpoint that has labels: the job equals its parts run one by one.
 */
class PhotographsIT {
  @TempDir Path scratch;

  /** Those of a kind whose way through the job is the same as that of another. */
  private static final Set<String> ALIKE =
      Set.of("d3", "d4", "d5", "g2", "p2", "p3", "p4", "r3", "r4");

  /** All but those that are alike, as their names begin. */
  static Stream<Path> kinds() {
    return labelled().filter(folder -> !ALIKE.contains(kind(folder)));
  }

  static Stream<Path> variants() {
    return labelled().filter(folder -> ALIKE.contains(kind(folder)));
  }

  private static String kind(Path folder) {
    return folder.getFileName().toString().split("-", 2)[0];
  }

  private static Stream<Path> labelled() {
    return Reference.goldenModels().stream()
        .filter(
            folder -> {
              try (Checkpoint checkpoint = Checkpoint.open(folder, CheckpointOptions.none())) {
                return checkpoint.labels().size() > 0;
              }
            });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void jobEqualsItsParts(Path folder) throws Exception {
    compare(folder);
  }

  /** Their parts are told apart where each is tested alone. */
  @Tag("stress")
  @ParameterizedTest
  @MethodSource("variants")
  void soItDoesOfVariants(Path folder) throws Exception {
    compare(folder);
  }

  private void compare(Path folder) throws Exception {
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    Path photos = reference.get().resolve("photos");
    String output = scratch.resolve("table").toString();
    SparkSession spark = SparkFixture.spark();
    int loads = ExecutorModels.loads();

    ScoreResult result =
        ScoreJob.run(
            spark,
            new ScoreOptions(
                new ScoreOptions.Model(folder.toString(), Optional.empty(), Optional.empty()),
                new Settings()
                    .with(SourceOptions.INPUT, List.of(photos.toString()))
                    .with(SourceOptions.INCLUDE, List.of("*.jpg"))
                    .as(SourceOptions::read),
                new ScoreOptions.Scoring(
                    Activation.NONE,
                    Optional.empty(),
                    OptionalInt.empty(),
                    KeptScores.ALL,
                    Orientation.UPRIGHT,
                    ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
                OutputOptions.of(output, IfExists.FAIL),
                new ScoreOptions.Execution(OptionalInt.empty(), OptionalLong.of(4), 0),
                new TreeMap<>()),
            Progress.SILENT);

    assertThat(result.counts().rows()).isEqualTo(6);
    assertThat(result.counts().failed()).isZero();
    // Two waves on two task slots, and one session that is gone with the job.
    assertThat(ExecutorModels.loads() - loads).isEqualTo(1);
    assertThat(ExecutorModels.open()).isZero();
    RunRecord record =
        RunRecord.read(
            new org.apache.hadoop.fs.Path(result.runRecord()),
            spark.sparkContext().hadoopConfiguration());
    assertThat(record.progress().modelLoads()).isEqualTo(1);
    assertThat(record.progress().waves()).isEqualTo(2);
    List<Row> rows = spark.read().parquet(output).collectAsList();
    try (Checkpoint checkpoint = Checkpoint.open(folder, CheckpointOptions.none())) {
      Path graph = Files.createDirectory(scratch.resolve("graph"));
      assertThat(record.resizeBackend()).isEqualTo(Reader.word(checkpoint.processor().backend()));
      assertThat(record.preprocessing()).contains("Pillow 13.0");
      ModelBundle bundle = ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), graph);
      try (LoadedModel model = LoadedModel.open(graph.resolve(bundle.graph()), Device.CPU, 1);
          Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
        for (Row row : rows) {
          List<Float> scores = row.getList(row.fieldIndex("scores"));
          assertThat(scores)
              .as(row.<String>getAs("path"))
              .containsExactlyElementsOf(logits(row.getAs("path"), bundle, predictor));
        }
      }
    }
  }

  private static List<Float> logits(
      String path, ModelBundle bundle, Predictor<PixelBatch, Outputs> predictor) throws Exception {
    byte[] encoded = Files.readAllBytes(Path.of(java.net.URI.create(path)));
    PixelBatch batch = new PixelBatch(1, bundle.height(), bundle.width());
    batch.append(
        new Preprocessor(bundle.processor()),
        new ImageDecoder(1L << 30, Orientation.UPRIGHT, Duration.ofMinutes(1))
            .decode(encoded, encoded.length));
    float[] values = predictor.predict(batch).tensor("logits").row(0);
    return java.util.stream.IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
  }
}
