package io.labelmill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.option.Settings;
import io.labelmill.score.Threshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Reports in a real browser; screenshots stay in {@code target/reports}. */
class ReportIT {
  private static final Path REPORTS = Path.of("target", "reports").toAbsolutePath();

  @Test
  void trainedModel() throws IOException {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    Path trained = reference.get().resolve("trained");
    List<Row> predictions = scored(trained, "run-1", UnaryOperator.identity());
    SparkSession spark = TestTables.spark(3);
    Path folder = fresh("trained");
    TestTables.write(spark, folder.resolve("predictions"), TestTables.FULL_SCORES, predictions);
    EvaluationResult result =
        new Evaluation(
                spark,
                options(
                        folder,
                        ProblemType.MULTI_CLASS,
                        trained.resolve("truth.csv").toString(),
                        trained.resolve("model").toString(),
                        PathKey.By.NAME)
                    .as(EvaluateOptions::read))
            .run();
    assertThat(result.contenders().get(0).metrics().get("accuracy").optional()).hasValue(0.812);
    check(folder, "trained", 10);
  }

  /** Of scores as the model gives them. */
  private static List<Row> scored(Path trained, String run, UnaryOperator<double[]> change)
      throws IOException {
    List<Row> predictions = new ArrayList<>();
    new ObjectMapper()
        .readTree(trained.resolve("expected.json").toFile())
        .properties()
        .forEach(
            image ->
                predictions.add(
                    TestTables.scored(
                        trained.resolve("images").resolve(image.getKey()).toUri().toString(),
                        run,
                        change.apply(
                            StreamSupport.stream(
                                    image.getValue().get("probabilities").spliterator(), false)
                                .mapToDouble(JsonNode::asDouble)
                                .toArray()))));
    return predictions;
  }

  @Test
  void twoModelsSideBySide() throws IOException {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    Path trained = reference.get().resolve("trained");
    SparkSession spark = TestTables.spark(3);
    Path folder = fresh("two");
    TestTables.write(
        spark,
        folder.resolve("predictions"),
        TestTables.FULL_SCORES,
        scored(trained, "run-1", UnaryOperator.identity()));
    // The other never sees a star.
    TestTables.write(
        spark,
        folder.resolve("other"),
        TestTables.FULL_SCORES,
        scored(
            trained,
            "run-2",
            scores -> {
              double star = scores[8];
              for (int i = 0; i < scores.length; i++) {
                scores[i] = i == 8 ? 0 : scores[i] / (1 - star);
              }
              return scores;
            }));
    Settings one =
        options(
            folder,
            ProblemType.MULTI_CLASS,
            trained.resolve("truth.csv").toString(),
            trained.resolve("model").toString(),
            PathKey.By.NAME);
    new Evaluation(
            spark,
            one.with(
                    EvaluateOptions.PREDICTIONS,
                    List.of(
                        one.get(EvaluateOptions.PREDICTIONS).get(0),
                        folder.resolve("other").toString()))
                .as(EvaluateOptions::read))
        .run();
    check(
        folder,
        "two",
        10,
        browser -> {
          String disagreements = "document.querySelectorAll('#side-by-side .card').length";
          assertThat(browser.evaluate(disagreements).asInt()).isEqualTo(24);
          String rows = "[...document.querySelectorAll('#comparison tbody tr')]";
          assertThat(browser.evaluate(rows + ".length").asInt()).isGreaterThan(30);
          // Bold where it is better: the first model is.
          String best =
              rows
                  + ".find(r => r.children[0].textContent === 'accuracy')"
                  + ".querySelector('.best').textContent";
          assertThat(browser.evaluate(best).asText()).isEqualTo("0.8120");
        });
  }

  @Test
  void severalLabelsWithHostileNames() throws IOException {
    SparkSession spark = TestTables.spark(3);
    Path folder = fresh("several");
    String[] names = {
      "can", "carton", "</script><script>alert(1)</script>", "milk & \"bottle\" @@"
    };
    TestTables.text(folder.resolve("labels.txt"), String.join("\n", names) + "\n");
    Random random = new Random(5);
    List<Row> predictions = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      String path = "/pictures/<b>" + i + "</b>.jpg";
      int[] truth = IntStream.range(0, 4).filter(j -> random.nextInt(10) < 4).toArray();
      double[] scores =
          IntStream.range(0, 4)
              .mapToDouble(
                  j -> {
                    boolean positive = Arrays.binarySearch(truth, j) >= 0;
                    double logit = (positive ? 1.6 : -1.6) + 1.8 * random.nextGaussian();
                    return 1 / (1 + Math.exp(-logit));
                  })
              .toArray();
      predictions.add(
          i < 3 ? TestTables.failed(path, "run-1") : TestTables.scored(path, "run-1", scores));
      truths.add(
          TestTables.truth(
              path, Arrays.stream(truth).mapToObj(j -> names[j]).toArray(String[]::new)));
    }
    TestTables.write(spark, folder.resolve("predictions"), TestTables.FULL_SCORES, predictions);
    TestTables.write(spark, folder.resolve("truth"), TestTables.TRUTH, truths);
    new Evaluation(
            spark,
            options(
                    folder,
                    ProblemType.MULTI_LABEL,
                    folder.resolve("truth").toString(),
                    folder.resolve("labels.txt").toString(),
                    PathKey.By.URI)
                .as(EvaluateOptions::read))
        .run();
    check(
        folder,
        "several",
        4,
        browser ->
            assertThat(
                    browser
                        .evaluate(
                            "[...document.querySelectorAll('.gallery .row')]"
                                + ".filter(r => r.firstChild.textContent === 'missed')"
                                + ".every(r => r.querySelectorAll('.chip.bad').length > 0)"
                                + " && document.body.textContent.includes('missed')")
                        .asBoolean())
                .as("labels that were missed are marked")
                .isTrue());
  }

  @Test
  void thousandClasses() throws IOException {
    SparkSession spark = TestTables.spark(3);
    Path folder = fresh("thousand");
    TestTables.labels(folder.resolve("labels.txt"), 1000);
    Random random = new Random(7);
    List<Row> predictions = new ArrayList<>();
    List<Row> truths = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String path = "/pictures/" + i + ".jpg";
      int truth = random.nextInt(1000);
      int taken =
          random.nextInt(100) < 70
              ? truth
              : random.nextBoolean()
                  ? (truth + 1 + random.nextInt(8)) % 1000
                  : random.nextInt(1000);
      double[] scores = new double[1000];
      double rest = 0.2 + 0.6 * random.nextDouble();
      Arrays.fill(scores, rest / 1000);
      scores[taken] += (1 - rest) * 0.8;
      scores[truth] += (1 - rest) * 0.2;
      predictions.add(TestTables.scored(path, "run-1", scores));
      truths.add(TestTables.truth(path, TestTables.name(truth)));
    }
    TestTables.write(spark, folder.resolve("predictions"), TestTables.FULL_SCORES, predictions);
    TestTables.write(spark, folder.resolve("truth"), TestTables.TRUTH, truths);
    new Evaluation(
            spark,
            options(
                    folder,
                    ProblemType.MULTI_CLASS,
                    folder.resolve("truth").toString(),
                    folder.resolve("labels.txt").toString(),
                    PathKey.By.URI)
                .as(EvaluateOptions::read))
        .run();
    check(folder, "thousand", 500);
  }

  private static void check(Path folder, String name, int shownLabels) throws IOException {
    check(folder, name, shownLabels, browser -> {});
  }

  private static void check(Path folder, String name, int shownLabels, Consumer<Browser> more)
      throws IOException {
    Optional<Path> chromium = Browser.find();
    if (chromium.isEmpty()) {
      return;
    }
    Path report = folder.resolve("report").resolve("report.html");
    Path profile = Files.createTempDirectory("chromium");
    try (Browser browser = Browser.start(chromium.get(), profile, 1280, 900)) {
      for (String theme : List.of("light", "dark")) {
        browser.open(report, "#" + theme);
        assertThat(browser.errors()).isEmpty();
        assertThat(browser.requests()).containsExactly(report.toUri().toString());
        assertThat(browser.evaluate("document.documentElement.dataset.theme").asText())
            .isEqualTo(theme);
        assertThat(browser.evaluate("document.querySelectorAll('#labels tbody tr').length").asInt())
            .isEqualTo(shownLabels);
        assertThat(
                browser
                    .evaluate(
                        "[...document.querySelectorAll('.chart canvas')].every(c =>"
                            + " Chart.getChart(c).getDatasetMeta(0).data.length > 0)")
                    .asBoolean())
            .isTrue();
        assertThat(
                browser
                    .evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                    .asBoolean())
            .as("nothing sticks out at the side")
            .isTrue();
        browser.screenshot(REPORTS.resolve(name + "-" + theme + ".png"));
      }
      more.accept(browser);
      checkSorting(browser);
      checkTheme(browser);
      assertThat(browser.errors()).isEmpty();
      assertThat(browser.requests()).hasSize(1);
    }
  }

  private static void checkSorting(Browser browser) {
    String f1 =
        "[...document.querySelectorAll('#labels th')].findIndex(h => h.textContent === 'F1')";
    String values =
        "(() => { const i = "
            + f1
            + "; return [...document.querySelectorAll('#labels tbody tr')].map(r =>"
            + " r.children[i].textContent).filter(t => t !== '–').map(Number); })()";
    String click = "document.querySelectorAll('#labels th button')[" + f1 + "].click()";
    browser.evaluate(click);
    assertThat(numbers(browser.evaluate(values)))
        .isSortedAccordingTo((a, b) -> Double.compare(b, a))
        .hasSizeGreaterThan(1);
    browser.evaluate(click);
    assertThat(numbers(browser.evaluate(values))).isSorted();
  }

  private static void checkTheme(Browser browser) {
    String before = browser.evaluate("document.documentElement.dataset.theme").asText();
    browser.evaluate("document.getElementById('theme').click()");
    assertThat(browser.evaluate("document.documentElement.dataset.theme").asText())
        .isNotEqualTo(before);
  }

  private static List<Double> numbers(JsonNode values) {
    return StreamSupport.stream(values.spliterator(), false).map(JsonNode::asDouble).toList();
  }

  private static Path fresh(String name) throws IOException {
    Path folder = REPORTS.resolve(name);
    org.apache.hadoop.fs.FileUtil.fullyDelete(folder.toFile());
    Files.createDirectories(folder);
    return folder;
  }

  static Settings options(
      Path folder, ProblemType kind, String truth, String labels, PathKey.By by) {
    Settings options =
        new Settings()
            .with(EvaluateOptions.PREDICTIONS, List.of(folder.resolve("predictions").toString()))
            .with(TruthOptions.TRUTH, truth)
            .with(EvaluateOptions.OUTPUT, folder.resolve("report").toString())
            .with(EvaluateOptions.LABELS, Optional.of(labels))
            .with(EvaluateOptions.PROBLEM_TYPE, Optional.of(kind))
            .with(TruthOptions.MATCH_BY, by);
    return kind == ProblemType.MULTI_LABEL
        ? options.with(EvaluateOptions.THRESHOLD, Optional.of(Threshold.of(0.5)))
        : options;
  }
}
