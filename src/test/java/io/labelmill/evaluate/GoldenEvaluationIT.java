package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.MulticlassCounts;
import io.labelmill.evaluate.metric.MulticlassScores;
import io.labelmill.evaluate.metric.MultilabelScores;
import io.labelmill.evaluate.metric.ThresholdRule;
import io.labelmill.evaluate.pass.Contender;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.PredictionTable;
import io.labelmill.evaluate.read.truth.Truth;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Settings;
import io.labelmill.score.Threshold;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden table through Spark, over several partitions. */
class GoldenEvaluationIT {
  static List<GoldenTable> tables() {
    return GoldenTable.all();
  }

  @ParameterizedTest
  @MethodSource("tables")
  void agreesWithScikitLearn(GoldenTable table, @TempDir Path folder) {
    SparkSession spark = TestTables.spark(5);
    TestTables.write(spark, folder, table);
    if (!table.multilabel()) {
      check(table, evaluate(spark, folder, table, Threshold.of(0.5)));
      return;
    }
    for (JsonNode at : table.metrics().get("at_threshold")) {
      Evaluated evaluated = evaluate(spark, folder, table, threshold(at.get("threshold")));
      GoldenExpectations here = new GoldenExpectations(table, at);
      here.checkThreshold(evaluated.metrics());
      here.checkLabels(evaluated.state().counts.labelCounts());
      here.assertAllRead("threshold", "rule");
      check(table, evaluated);
    }
  }

  private static void check(GoldenTable table, Evaluated evaluated) {
    GoldenExpectations golden = new GoldenExpectations(table, table.metrics());
    golden.checkRanks(evaluated.ranks().orElseThrow());
    if (table.multilabel()) {
      golden.checkMultilabel(evaluated.metrics());
      golden.checkScores((MultilabelScores) evaluated.state().scores);
      golden.assertAllRead("at_threshold");
    } else {
      golden.checkMulticlass(evaluated.metrics());
      golden.checkLabels(evaluated.state().counts.labelCounts());
      golden.checkConfusion(((MulticlassCounts) evaluated.state().counts).confusion());
      golden.checkScores((MulticlassScores) evaluated.state().scores);
      golden.assertAllRead();
    }
  }

  private static Threshold threshold(JsonNode golden) {
    if (!golden.isArray()) {
      return Threshold.of(golden.asDouble());
    }
    List<Threshold.Entry> entries = new ArrayList<>();
    for (int i = 0; i < golden.size(); i++) {
      entries.add(new Threshold.Entry(OptionalInt.of(i), null, golden.get(i).asDouble()));
    }
    return new Threshold(0.5, entries);
  }

  private static Evaluated evaluate(
      SparkSession spark, Path folder, GoldenTable table, Threshold threshold) {
    EvaluateOptions options = options(folder, table, threshold);
    PredictionTable predictions = PredictionTable.open(spark, options.predictions().get(0));
    Evaluated evaluated =
        new Contender(spark, options, options.threshold(), predictions, Optional.empty())
            .evaluate(Truth.open(spark, options.truth()));
    assertThat(evaluated.examples().toJavaRDD().getNumPartitions())
        .isEqualTo(Integer.parseInt(spark.conf().get("spark.sql.shuffle.partitions")));
    assertThat(evaluated.state().matched).isEqualTo(table.scores().size());
    evaluated.examples().unpersist();
    return evaluated;
  }

  private static EvaluateOptions options(Path folder, GoldenTable table, Threshold threshold) {
    return new Settings()
        .with(EvaluateOptions.PREDICTIONS, List.of(folder.resolve("predictions").toString()))
        .with(TruthOptions.TRUTH, folder.resolve("truth").toString())
        .with(EvaluateOptions.OUTPUT, folder.resolve("report").toString())
        .with(EvaluateOptions.LABELS, Optional.of(folder.resolve("labels.txt").toString()))
        .with(
            EvaluateOptions.PROBLEM_TYPE,
            Optional.of(table.multilabel() ? ProblemType.MULTI_LABEL : ProblemType.MULTI_CLASS))
        .with(EvaluateOptions.THRESHOLD, Optional.of(threshold))
        .with(EvaluateOptions.THRESHOLD_RULE, ThresholdRule.GE)
        .with(EvaluateOptions.TOP_K, table.labels() > 4 ? List.of(1, 2, 3, 5) : List.of(1, 2, 3))
        .with(EvaluateOptions.THUMBNAILS, EvaluateOptions.Thumbnails.NONE)
        .as(EvaluateOptions::read);
  }

  /** Gather, count ranges, rank: three jobs; with several labels one more for fitted thresholds. */
  @Test
  void jobsDoNotGrow(@TempDir Path folder) {
    // Those of the other tables are counted with a whole evaluation, below.
    for (String name : List.of("multiclass-10", "multilabel-4")) {
      GoldenTable table =
          tables().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
      Path own = folder.resolve(table.name());
      SparkSession spark = TestTables.spark(5);
      TestTables.write(spark, own, table);
      for (int partitions : new int[] {1, 9}) {
        SparkSession session = TestTables.spark(partitions);
        assertThat(jobs(session, () -> evaluate(session, own, table, Threshold.of(0.5))))
            .as("%s over %d partitions", table, partitions)
            // Two more look at the schemas of the Parquet files, one through the truth.
            .isEqualTo(3 + (table.multilabel() ? 4 : 3));
      }
    }
  }

  /** With the tables that are written, and a report. */
  @Test
  void jobsOfAWholeEvaluationAreFew(@TempDir Path folder) {
    for (String name : List.of("multiclass-4", "multilabel-10-ties")) {
      GoldenTable table =
          tables().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
      Path own = folder.resolve(table.name());
      TestTables.write(TestTables.spark(5), own, table);
      for (int partitions : new int[] {1, 9}) {
        SparkSession session = TestTables.spark(partitions);
        EvaluateOptions options = options(own, table, Threshold.of(0.5));
        assertThat(jobs(session, () -> new Evaluation(session, options).run()))
            .as("%s over %d partitions", table, partitions)
            // Beside those above, one for each of three tables.
            .isEqualTo(3 + (table.multilabel() ? 4 : 3) + 3);
      }
    }
  }

  private static int jobs(SparkSession spark, Runnable work) {
    AtomicInteger jobs = new AtomicInteger();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart start) {
            jobs.incrementAndGet();
          }
        };
    spark.sparkContext().addSparkListener(listener);
    try {
      work.run();
      spark.sparkContext().listenerBus().waitUntilEmpty(10_000);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    } finally {
      spark.sparkContext().removeSparkListener(listener);
    }
    return jobs.get();
  }
}
