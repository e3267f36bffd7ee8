package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.sink.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/embed} from its command line to its table, beside vectors of the original code. */
class EmbedCommandIT {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final Path MEAN = MODELS.resolve("e-beit-multilabel-containers");
  private static final Path CLS = MODELS.resolve("c-beit-abspos-cls");
  private static final Offset<Float> TOLERANCE = Offset.offset(1e-5f);

  @TempDir Path folder;
  private Path images;

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void copyImages() throws IOException {
    images = Files.createDirectories(folder.resolve("images"));
    Files.copy(MEAN.resolve("example.png"), images.resolve("a.png"));
    Files.writeString(images.resolve("b.txt"), "milk, cans");
  }

  @Test
  void theVectorIsTheOneThatTheOriginalCodesClassifierTakes() {
    for (String name :
        List.of(
            "e-beit-multilabel-containers",
            "c-beit-abspos-cls",
            "g-vit",
            "j1-beitmodel-nohead",
            "j2-vitmodel-pooler")) {
      Path model = MODELS.resolve(name);
      Ended ended = embed(model, model.resolve("example.png"), "--if-exists", "overwrite");
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertClose(vectors().get("example.png"), golden(model, "pooled"));
    }
  }

  @Test
  void theTableIsTheScoreTableWithAnEmbeddingInPlaceOfLabels() {
    Ended ended = embed(MEAN, images);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("2 images in ", "OK ", "NOT_AN_IMAGE ", "run record: ");
    assertThat(read().columns())
        .containsExactly(
            "path",
            "status",
            "error",
            "embedding",
            "width",
            "height",
            "bytes",
            "content_version",
            "model",
            "model_sha256",
            "settings_sha256",
            "precision",
            "run_id",
            "scored_at");
    assertThat(read().schema().apply("embedding").dataType().simpleString())
        .isEqualTo("array<float>");
    Row failed = read().filter("status <> 'OK'").first();
    assertThat(failed.<Object>getAs("embedding")).isNull();
    assertThat(failed.<String>getAs("error")).isNotBlank();
    RunRecord record = record(read().first().getAs("run_id"));
    assertThat(record.command()).isEqualTo("embed");
    assertThat(record.activation()).isNull();
    assertThat(record.configuration()).containsEntry("pool", "auto");
    assertThat(record.settingsSha256()).isEqualTo(failed.getAs("settings_sha256"));
  }

  @Test
  void otherPoolingsAreOfTheLastHiddenState() {
    for (Path model : List.of(MEAN, CLS)) {
      float[] pooled = golden(model, "pooled");
      float[] state = golden(model, "last_hidden_state");
      int hidden = pooled.length;
      String other = model.equals(MEAN) ? "cls" : "mean";
      float[] expected = new float[hidden];
      if (model.equals(MEAN)) {
        System.arraycopy(state, 0, expected, 0, hidden);
      } else {
        for (int i = hidden; i < state.length; i++) {
          expected[i % hidden] += state[i] / (state.length / hidden - 1);
        }
      }
      Path image = model.resolve("example.png");
      embed(model, image, "--pool", other, "--if-exists", "overwrite");
      assertClose(vectors().get("example.png"), expected);
      String settings = read().first().getAs("settings_sha256");

      embed(
          model, image, "--pool", model.equals(MEAN) ? "mean" : "cls", "--if-exists", "overwrite");
      assertClose(vectors().get("example.png"), pooled);
      assertThat(read().first().<String>getAs("settings_sha256")).isNotEqualTo(settings);
      assertThat(read().first().<String>getAs("settings_sha256"))
          .as("auto is the same under its own name")
          .isEqualTo(settingsOfAuto(model));
    }
  }

  private String settingsOfAuto(Path model) {
    embed(model, model.resolve("example.png"), "--if-exists", "overwrite");
    return read().first().getAs("settings_sha256");
  }

  @Test
  void aVectorMayHaveLengthOne() {
    embed(MEAN, images);
    float[] plain = vectors().get("a.png");
    embed(MEAN, images, "--normalize", "l2", "--if-exists", "overwrite");
    float[] normalized = vectors().get("a.png");
    double length = 0;
    for (float value : plain) {
      length += (double) value * value;
    }
    length = Math.sqrt(length);
    for (int i = 0; i < plain.length; i++) {
      assertThat((double) normalized[i]).isCloseTo(plain[i] / length, Offset.offset(1e-7));
    }
  }

  @Test
  void scoresComeFromTheSamePass() {
    Ended scored =
        CapturedTerminal.run(
            "score",
            "--model",
            MEAN.toString(),
            "--input",
            images.toString(),
            "--output",
            folder.resolve("scores").toString(),
            "--scores",
            "all");
    assertThat(scored.exitCode()).isZero();
    Ended both = embed(MEAN, images, "--with-scores", "--scores", "all");
    assertThat(both.exitCode()).as(both.err()).isZero();
    assertThat(both.out()).contains("commonest labels");
    assertThat(read().columns()).containsSequence("predictions", "scores", "embedding", "width");
    Dataset<Row> alone =
        SparkFixture.spark().read().parquet(folder.resolve("scores").toString()).orderBy("path");
    String[] columns = {"path", "status", "label", "score", "labels", "predictions", "scores"};
    assertThat(read().orderBy("path").selectExpr(columns).collectAsList())
        .isEqualTo(alone.selectExpr(columns).collectAsList());
    assertThat(record(read().first().getAs("run_id")).activation()).isEqualTo("sigmoid");
    embed(MEAN, images, "--if-exists", "overwrite");
    assertThat(vectors()).containsOnlyKeys("a.png");
  }

  @Test
  void resumeAddsWhatIsMissingAndRefusesAnotherVector() throws IOException {
    embed(MEAN, images);
    Files.copy(images.resolve("a.png"), images.resolve("c.png"));
    assertThat(embed(MEAN, images, "--if-exists", "resume").exitCode()).isZero();
    assertThat(read().count()).isEqualTo(3);
    assertThat(vectors().get("c.png")).isEqualTo(vectors().get("a.png"));
    Ended other = embed(MEAN, images, "--if-exists", "resume", "--normalize", "l2");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.problems())
        .singleElement()
        .asString()
        .contains("--normalize was none, now it is l2");
  }

  @Test
  void aModelWithoutAPooledVectorIsTold() {
    Path pretrained = MODELS.resolve("j3-beit-mim-pretrain");
    Ended ended = embed(pretrained, pretrained.resolve("example.png"));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            "The model j3-beit-mim-pretrain has no pooled vector of its own: say which one with"
                + " --pool mean or --pool cls");
    assertThat(embed(pretrained, pretrained.resolve("example.png"), "--pool", "mean").exitCode())
        .isZero();
  }

  @Test
  void scoresOfAModelWithoutAClassifierAreRefused() {
    Path base = MODELS.resolve("j1-beitmodel-nohead");
    Ended ended = embed(base, base.resolve("example.png"), "--with-scores");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems()).singleElement().asString().contains("has no classifier");
    assertThat(folder.resolve("table")).doesNotExist();
  }

  private Ended embed(Path model, Path input, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "embed",
                "--model",
                model.toString(),
                "--input",
                input.toString(),
                "--output",
                folder.resolve("table").toString()));
    args.addAll(Arrays.asList(more));
    return CapturedTerminal.run(args.toArray(String[]::new));
  }

  private Dataset<Row> read() {
    return SparkFixture.spark().read().parquet(folder.resolve("table").toString());
  }

  private RunRecord record(String runId) {
    org.apache.hadoop.fs.Path records =
        new org.apache.hadoop.fs.Path(folder.resolve("table/_labelmill").toString());
    return RunRecord.read(RunRecord.file(records, runId), new Configuration());
  }

  private Map<String, float[]> vectors() {
    Map<String, float[]> vectors = new TreeMap<>();
    for (Row row : read().filter("status = 'OK'").collectAsList()) {
      List<Float> values = row.getList(row.fieldIndex("embedding"));
      float[] vector = new float[values.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values.get(i);
      }
      String path = row.getAs("path");
      vectors.put(path.substring(path.lastIndexOf('/') + 1), vector);
    }
    return vectors;
  }

  /** The third row of a golden tensor: that of the example picture. */
  private static float[] golden(Path model, String tensor) {
    try (TensorStore store = SafeTensorsFile.open(model.resolve("golden.safetensors"))) {
      float[] all = store.floats(tensor);
      int row = all.length / 3;
      return Arrays.copyOfRange(all, 2 * row, 3 * row);
    }
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], TOLERANCE);
    }
  }
}
