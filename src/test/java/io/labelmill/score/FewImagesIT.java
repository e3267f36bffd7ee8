package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.GeneratedCode;
import io.labelmill.SparkFixture;
import io.labelmill.TestOptions;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.model.ExecutorModels;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.sink.RunRecord;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A handful of pictures costs a handful of Spark's jobs, and gives the rows that many give. */
@ExtendWith(GeneratedCode.class)
class FewImagesIT {
  private static final SparkSession SPARK = SparkFixture.spark();
  private static final String FEW = "labelmill.few-rows";

  @TempDir static Path folder;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void draw() {
    images = new FridgePictures(6, 3).write(folder);
    model = folder.resolve("tiny");
    TinyBeit.checkpoint(3).write(model);
  }

  @Test
  void aFolderIsListedAndPlannedWithoutAJob() throws Exception {
    String table = folder.resolve("few").toString();
    assertThat(jobsOf(table, IfExists.FAIL))
        .containsExactly(
            "Label images 1 to 6 of 6 and write their rows",
            "Count the rows that were committed to " + table);
    assertThat(jobsOf(table, IfExists.RESUME))
        .filteredOn(job -> job.contains("order") || job.contains("below"))
        .isEmpty();
    assertThat(rows(table)).hasSize(6);
  }

  @Test
  void theirRowsAreThoseThatTheWayOfManyGives() throws Exception {
    String few = folder.resolve("as-few").toString();
    String many = folder.resolve("as-many").toString();
    score(few, IfExists.FAIL);
    System.setProperty(FEW, "0");
    try {
      assertThat(jobsOf(many, IfExists.FAIL)).hasSizeGreaterThan(2);
    } finally {
      System.clearProperty(FEW);
    }
    assertThat(rows(few)).isEqualTo(rows(many)).hasSize(6);
  }

  @Test
  void aModelThatIsOnItsWayIsOpenedOnceAndGivesTheSameRows() throws IOException {
    String asked = folder.resolve("asked").toString();
    String begun = folder.resolve("begun").toString();
    score(asked, IfExists.FAIL);
    ScoreOptions options = options(begun, IfExists.FAIL);
    int open = ExecutorModels.open();
    ModelAhead ahead = ModelAhead.of(SPARK, options);
    assertThat(ahead.begin()).isTrue();
    ScoreResult result = ScoreJob.run(SPARK, options, ahead, Progress.SILENT);
    RunRecord record =
        RunRecord.read(
            new org.apache.hadoop.fs.Path(result.runRecord()),
            SPARK.sparkContext().hadoopConfiguration());
    assertThat(record.progress().modelLoads()).isEqualTo(1);
    assertThat(record.platform().devices()).containsExactly("cpu");
    assertThat(rows(begun)).isEqualTo(rows(asked)).hasSize(6);
    assertThat(ExecutorModels.open()).isEqualTo(open);
  }

  @Test
  void settingsForFewRowsEndWithTheWave() throws Exception {
    score(folder.resolve("settings").toString(), IfExists.FAIL);
    assertThat(SPARK.conf().get("spark.sql.codegen.wholeStage")).isEqualTo("true");
    assertThat(SPARK.conf().get("spark.sql.codegen.factoryMode")).isEqualTo("FALLBACK");
  }

  /** All that does not tell one run from another. */
  private static List<Row> rows(String table) {
    return SPARK.read().parquet(table).drop("run_id", "scored_at").orderBy("path").collectAsList();
  }

  private static List<String> jobsOf(String table, IfExists ifExists)
      throws IOException, TimeoutException {
    List<String> descriptions = Collections.synchronizedList(new ArrayList<>());
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart job) {
            descriptions.add(String.valueOf(job.properties().get("spark.job.description")));
          }
        };
    SPARK.sparkContext().addSparkListener(listener);
    try {
      score(table, ifExists);
      SPARK.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      SPARK.sparkContext().removeSparkListener(listener);
    }
    return descriptions;
  }

  private static void score(String table, IfExists ifExists) throws IOException {
    ScoreResult result = ScoreJob.run(SPARK, options(table, ifExists), Progress.SILENT);
    assertThat(result.counts().rows()).isEqualTo(ifExists == IfExists.FAIL ? 6 : 0);
  }

  private static ScoreOptions options(String table, IfExists ifExists) {
    return TestOptions.score(
        model.toString(),
        SourceOptions.of(images.toString()),
        OutputOptions.of(table, ifExists),
        OptionalLong.empty());
  }
}
