package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.error.UsageException;
import io.labelmill.model.Outputs;
import io.labelmill.model.Tensor;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.table.ColumnPrefix;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.Test;

class ScoreRowsTest {
  private static final List<String> LABELS = List.of("can", "crane", "crane");
  private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");
  private static final RunStamp STAMP = new RunStamp("tiny@main", "0a", "run-1");
  private static final List<StructField> SHELF =
      List.of(new StructField("shelf", DataTypes.IntegerType, true, Metadata.empty()));
  private static final Row PLANNED =
      RowFactory.create("s3://b/x y.jpg", "s3a://b/x y.jpg", null, 9L, 7L, null, null, 42);

  @Test
  void columnsAreInTheOrderOfTheContract() {
    assertThat(ScoreTable.of(SHELF, KeptScores.ALL).schema().fieldNames())
        .containsExactly(
            "path",
            "shelf",
            "status",
            "error",
            "label",
            "label_index",
            "score",
            "labels",
            "predictions",
            "scores",
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
    assertThat(ScoreTable.of(List.of(), KeptScores.TOP).schema().fieldNames())
        .doesNotContain("scores", "shelf")
        .hasSize(18);
  }

  @Test
  void typesAreThoseOfTheContract() {
    assertThat(ScoreTable.of(List.of(), KeptScores.ALL).schema().toDDL())
        .isEqualTo(
            "path STRING,status STRING,error STRING,label STRING,label_index INT,score FLOAT,"
                + "labels ARRAY<STRING>,"
                + "predictions ARRAY<STRUCT<label: STRING, score: FLOAT, index: INT>>,"
                + "scores ARRAY<FLOAT>,width INT,height INT,bytes BIGINT,content_version STRING,"
                + "model STRING,model_sha256 STRING,settings_sha256 STRING,precision STRING,"
                + "run_id STRING,scored_at TIMESTAMP");
  }

  @Test
  void keptColumnsMayNotHideOthers() {
    StructField label = new StructField("Label", DataTypes.StringType, true, Metadata.empty());
    StructField upper = new StructField("SHELF", DataTypes.StringType, true, Metadata.empty());
    assertThatThrownBy(() -> ScoreTable.of(List.of(label, SHELF.get(0), upper), KeptScores.TOP))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "kept column Label has the name of a column that is written: give those"
                            + " another beginning with --column-prefix, rename it in the input, or"
                            + " leave it out of --keep",
                        "kept column SHELF is named twice, case aside"));
    StructField scores = new StructField("scores", DataTypes.LongType, true, Metadata.empty());
    assertThat(ScoreTable.of(List.of(scores), KeptScores.TOP).schema().apply("scores").dataType())
        .as("it is written only with --scores all")
        .isEqualTo(DataTypes.LongType);
    assertThatThrownBy(() -> ScoreTable.of(List.of(scores), KeptScores.ALL))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("kept column scores has the name of a column that is written");
  }

  @Test
  void aPrefixKeepsOwnColumnsFromKeptOnes() {
    StructField label = new StructField("label", DataTypes.LongType, true, Metadata.empty());
    ScoreTable table =
        ScoreTable.of(
            List.of(label),
            Set.of(ScoreTable.Column.PATH, ScoreTable.Column.STATUS, ScoreTable.Column.LABEL),
            new ColumnPrefix("lm_"));
    assertThat(table.schema().toDDL())
        .isEqualTo("lm_path STRING,label BIGINT,lm_status STRING,lm_label STRING");
    StructField taken = new StructField("LM_Label", DataTypes.LongType, true, Metadata.empty());
    assertThatThrownBy(
            () ->
                ScoreTable.of(
                    List.of(taken), Set.of(ScoreTable.Column.LABEL), new ColumnPrefix("lm_")))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("kept column LM_Label has the name of a column that is written");
  }

  @Test
  void aScoredImageFillsEveryColumn() {
    ScoreTable table = ScoreTable.of(SHELF, KeptScores.ALL);
    ScoreSettings settings = settings(Activation.SOFTMAX, Thresholds.none(), 2, KeptScores.ALL);
    Row row = rows(table, settings).scored(PLANNED, 30, 20, 9, "9-7", logits(0f, 1f, 1f), 0);

    float[] expected = new float[3];
    Activation.SOFTMAX.apply(new float[] {0f, 1f, 1f}, expected);
    assertThat(values(row, 0, 7))
        .containsExactly("s3://b/x y.jpg", 42, "OK", null, "crane", 1, expected[1]);
    assertThat(row.isNullAt(7)).as("labels without sigmoid").isTrue();
    assertThat((Row[]) row.get(8))
        .containsExactly(
            RowFactory.create("crane", expected[1], 1), RowFactory.create("crane", expected[2], 2));
    assertThat((Float[]) row.get(9)).containsExactly(expected[0], expected[1], expected[2]);
    assertThat(values(row, 10, 20))
        .containsExactly(
            30,
            20,
            9L,
            "9-7",
            "tiny@main",
            "0a",
            settings.sha256(),
            "fp32",
            "run-1",
            Timestamp.from(NOW));
    assertThat(row.size()).isEqualTo(table.schema().size());
  }

  @Test
  void sigmoidAssignsEveryLabelAboveItsThresholdBestFirst() {
    ScoreTable table = ScoreTable.of(List.of(), KeptScores.TOP);
    ScoreSettings settings =
        settings(Activation.SIGMOID, Thresholds.of(0.5f, 0.9f, 0.5f), 1, KeptScores.TOP);
    ScoreRows rows = rows(table, settings);
    assertThat((String[]) rows.scored(PLANNED, 1, 1, 1, "v", logits(1f, 2f, 3f), 0).get(6))
        .containsExactly("crane", "can");
    assertThat((String[]) rows.scored(PLANNED, 1, 1, 1, "v", logits(40f, 90f, 90f), 0).get(6))
        .as("saturated: lower index first")
        .containsExactly("can", "crane", "crane");
    assertThat((String[]) rows.scored(PLANNED, 1, 1, 1, "v", logits(0f, -1f, -2f), 0).get(6))
        .as("equal to the threshold is not above it")
        .isEmpty();
  }

  @Test
  void aFailureIsARow() {
    for (KeptScores scores : KeptScores.values()) {
      ScoreTable table = ScoreTable.of(SHELF, scores);
      ScoreRows rows = rows(table, settings(Activation.SOFTMAX, Thresholds.none(), 2, scores));
      ImageException failure =
          new ImageException(Status.TOO_LARGE, "it declares 50000x40000 pixels", 50000, 40000);
      Row row = rows.failed(PLANNED, failure, 9L, "9-7");
      assertThat(row.size()).isEqualTo(table.schema().size());
      assertThat(values(row, 0, 4))
          .containsExactly("s3://b/x y.jpg", 42, "TOO_LARGE", "it declares 50000x40000 pixels");
      int width = table.schema().fieldIndex("width");
      assertThat(values(row, 4, width)).containsOnlyNulls();
      assertThat(values(row, width, width + 4)).containsExactly(50000, 40000, 9L, "9-7");
      assertThat(row.getString(width + 4)).isEqualTo("tiny@main");

      Row unknown =
          rows.failed(PLANNED, new ImageException(Status.NOT_FOUND, "nothing there"), null, null);
      assertThat(values(unknown, width, width + 4)).containsOnlyNulls();
    }
  }

  @Test
  void aLogitThatIsNotFiniteEndsTheJob() {
    ScoreTable table = ScoreTable.of(List.of(), KeptScores.TOP);
    ScoreSettings half =
        new ScoreSettings(
            Activation.SOFTMAX,
            Thresholds.none(),
            1,
            KeptScores.TOP,
            "fp16",
            Orientation.UPRIGHT,
            Originals.of(ResizeBackend.PILLOW),
            1);
    assertThatThrownBy(
            () -> rows(table, half).scored(PLANNED, 1, 1, 1, "v", logits(0f, Float.NaN, 0f), 0))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "the model tiny@main gives NaN for label crane, index 1, on the image s3://b/x y.jpg: it"
                + " overflows in fp16, run it with --precision fp32");
    ScoreSettings full = settings(Activation.NONE, Thresholds.none(), 1, KeptScores.TOP);
    float[] logits = {Float.NEGATIVE_INFINITY, 0f, 0f};
    assertThatThrownBy(() -> rows(table, full).scored(PLANNED, 1, 1, 1, "v", logits(logits), 0))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "the model tiny@main gives -Infinity for label can, index 0, on the image s3://b/x"
                + " y.jpg: it ran in fp32 already, so its weights are damaged or overflow float32");
  }

  private static Outputs logits(float... logits) {
    return new Outputs(Map.of("logits", new Tensor(logits, new long[] {1, logits.length})));
  }

  private static ScoreRows rows(ScoreTable table, ScoreSettings settings) {
    return new ScoreRows(table, settings, LABELS, STAMP, () -> NOW);
  }

  private static ScoreSettings settings(
      Activation activation, Thresholds thresholds, int topK, KeptScores scores) {
    return new ScoreSettings(
        activation,
        thresholds,
        topK,
        scores,
        "fp32",
        Orientation.UPRIGHT,
        Originals.of(ResizeBackend.PILLOW),
        1_000_000);
  }

  private static List<Object> values(Row row, int from, int to) {
    Object[] values = new Object[to - from];
    Arrays.setAll(values, i -> row.get(from + i));
    return Arrays.asList(values);
  }
}
