package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables and truths as people bring them, each through its command. {@code -Dcases.print=true}
 * shows what became of each.
 */
class InputCasesIT {
  private static final Path CASES = Path.of("src/test/resources/cases");
  private static final String TRUTH = "truth: 7 images, 4 labels, multi-label, from ";
  private static final TreeMap<String, String> RESULTS = new TreeMap<>();

  @TempDir static Path shared;
  private static Path model;
  private static JsonNode multiLabel;
  private static JsonNode oneEach;

  @TempDir Path folder;

  @BeforeAll
  static void write() throws IOException {
    model = shared.resolve("model");
    TestCheckpoints.tiny().write(model);
    Files.writeString(shared.resolve("labels.txt"), "can\ncarton\nmilk_bottle\nwater_bottle\n");
    EvaluateCommandIT.writeScores("/im/", shared.resolve("scores").toString());
    Ended ended = evaluate(CASES.resolve("truth/base.csv"), shared.resolve("base"));
    assertThat(ended.problems()).isEmpty();
    multiLabel = contender(shared.resolve("base")).get("metrics");
    // The first label of each, in words.
    String[] lines =
        Files.readString(CASES.resolve("truth/base.csv"))
            .replaceAll("(?m),(\\w+) .*$", ",$1")
            .split("\n", -1);
    lines[0] = "path,label";
    Path words = Files.writeString(shared.resolve("words.csv"), String.join("\n", lines));
    assertThat(evaluate(words, shared.resolve("words")).problems()).isEmpty();
    oneEach = contender(shared.resolve("words")).get("metrics");
    assertThat(oneEach.get("accuracy").asDouble()).isPositive();
  }

  /** What lies in the folders is what is tried, here and where the cases come from. */
  @Test
  void everyCaseIsTried() throws IOException {
    Set<String> tried =
        Arrays.stream(InputCasesIT.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(ValueSource.class))
            .flatMap(method -> Arrays.stream(method.getAnnotation(ValueSource.class).strings()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(tried).hasSize(17);
    Set<String> made = Set.of("truth/folders");
    assertThat(cases(CASES)).isEqualTo(without(tried, made));
    if (Reference.folder().isPresent()) {
      Set<String> all = cases(Reference.folder().get().resolve("cases"));
      assertThat(without(all, Set.of("truth/im"))).isEqualTo(tried);
    }
  }

  private static Set<String> cases(Path root) throws IOException {
    Set<String> found = new TreeSet<>();
    for (String part : List.of("tables", "truth")) {
      try (Stream<Path> entries = Files.list(root.resolve(part))) {
        entries.forEach(entry -> found.add(part + "/" + entry.getFileName()));
      }
    }
    return found;
  }

  private static Set<String> without(Set<String> all, Set<String> some) {
    Set<String> left = new TreeSet<>(all);
    left.removeAll(some);
    return left;
  }

  // --- truth ------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "truth/base.csv",
        "truth/multihot.parquet",
        "truth/multihot-float.parquet",
        "truth/onehot.csv",
        "truth/pyrepr.csv",
        "truth/win.csv",
        "truth/metadata.jsonl",
        "truth/pretty.json",
        "truth/coco.json",
      })
  void theSameTruthGivesTheSameMetrics(String name) throws IOException {
    Ended ended = evaluate(CASES.resolve(name), folder.resolve("report"));
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(ended.out()).startsWith(TRUTH);
    JsonNode contender = contender(folder.resolve("report"));
    assertThat(contender.get("images").get("evaluated").asInt()).isEqualTo(7);
    assertThat(contender.get("metrics")).isEqualTo(multiLabel);
  }

  @ParameterizedTest
  @ValueSource(strings = {"truth/intlabel.csv", "truth/folders"})
  void oneLabelEachGivesTheSameMetrics(String name) throws IOException {
    Ended ended =
        evaluate(name.endsWith("csv") ? CASES.resolve(name) : folders(), folder.resolve("report"));
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(ended.out())
        .startsWith("truth: 7 images, 3 labels, one label each, from ")
        .contains(
            name.endsWith("csv")
                ? "csv, numbers taken as label indices"
                : "1 files beside the folders of labels are passed over: Thumbs.db");
    JsonNode contender = contender(folder.resolve("report"));
    assertThat(contender.get("images").get("evaluated").asInt()).isEqualTo(7);
    assertThat(contender.get("metrics")).isEqualTo(oneEach);
  }

  /** As the words say, with what Windows leaves beside the folders. */
  private Path folders() throws IOException {
    for (String line : Files.readAllLines(shared.resolve("words.csv")).subList(1, 8)) {
      String[] parts = line.split(",", -1);
      Path label = Files.createDirectories(folder.resolve("folders").resolve(parts[1]));
      Files.writeString(label.resolve(parts[0]), "x");
    }
    Files.writeString(folder.resolve("folders/Thumbs.db"), "x");
    return folder.resolve("folders");
  }

  @ParameterizedTest
  @ValueSource(strings = {"truth/case.csv"})
  void otherLettersAreRefusedWithBothSpellings(String name) throws IOException {
    Ended ended = evaluate(CASES.resolve(name), folder.resolve("report"));
    result(name, ended);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems().get(0))
        .contains("are spelt otherwise than the model's: Can for can, Carton for carton");
    assertThat(folder.resolve("report/metrics.json")).doesNotExist();
  }

  // --- tables -----------------------------------------------------------------------------

  /** This file names no classes, so that numbers stay; {@link ImageTablesIT} has one that does. */
  @ParameterizedTest
  @ValueSource(strings = {"tables/train-00000-of-00001.parquet"})
  void imagesOfDatasetsAreRead(String name) throws IOException {
    Ended ended = score(name, "--keep", "label", "--column-prefix", "lm_");
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(scored().orderBy("lm_path").select("lm_path", "lm_status", "label").collectAsList())
        .extracting(row -> row.mkString(" "))
        .containsExactly("000.jpg OK 7", "001.jpg OK 8", "002.jpg OK 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tables/nanos.parquet"})
  void columnsThatAreNotAskedForDoNotMatter(String name) {
    Ended ended = score(name);
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(paths()).containsExactly("images/000.jpg", "images/001.jpg", "images/002.jpg");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tables/parts"})
  void namesOfPartitionsAreText(String name) {
    Ended ended = score(name, "--keep", "shop,day");
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(scored().orderBy("path").select("shop", "day").collectAsList())
        .extracting(row -> row.getString(0) + " " + row.getString(1))
        .containsExactly("007 2024-01-01", "042 2024-01-02", "1e3 2024-01-03");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tables/semi.csv"})
  void semicolonsAreToldAndReadWhereTheyAreSaid(String name) {
    Ended told = score(name);
    assertThat(told.exitCode()).isEqualTo(2);
    assertThat(told.problems().get(0)).contains("say so with --csv-separator ';'");
    Ended ended = score(name, "--csv-separator", ";", "--keep", "sku");
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(scored().orderBy("path").select("path", "sku").collectAsList())
        .extracting(row -> row.mkString(" "))
        .containsExactly("images/000.jpg 0", "images/001.jpg 1", "images/002.jpg 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tables/tab.tsv"})
  void tabsMakeATable(String name) {
    Ended ended = score(name, "--keep", "sku");
    result(name, ended);
    assertThat(ended.problems()).isEmpty();
    assertThat(paths()).containsExactly("images/000.jpg", "images/001.jpg", "images/002.jpg");
    assertThat(scored().select("sku").distinct().count()).isEqualTo(3);
  }

  @AfterAll
  static void print() {
    if (Boolean.getBoolean("cases.print")) {
      RESULTS.forEach((name, result) -> System.out.printf("%-40s %s%n", name, result));
    }
  }

  private static void result(String name, Ended ended) {
    String line = ended.problems().isEmpty() ? ended.out() : String.join(" ", ended.problems());
    RESULTS.put(name, "exit " + ended.exitCode() + "  " + line.lines().findFirst().orElse(""));
  }

  private List<String> paths() {
    return scored().orderBy("path").select("path").collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }

  private Dataset<Row> scored() {
    return SparkFixture.spark().read().parquet(folder.resolve("scores").toString());
  }

  /** Of tables of paths no picture is there: each is a row all the same. */
  private Ended score(String name, String... more) {
    List<String> line = new ArrayList<>(List.of("--max-failed-fraction", "1"));
    line.addAll(List.of(more));
    return CapturedTerminal.score(
        model,
        CASES.resolve(name).toString(),
        folder.resolve("scores"),
        line.toArray(String[]::new));
  }

  private static Ended evaluate(Path truth, Path report) {
    return CapturedTerminal.run(
        "evaluate",
        "--predictions",
        shared.resolve("scores").toString(),
        "--truth",
        truth.toString(),
        "--labels",
        shared.resolve("labels.txt").toString(),
        "--match-by",
        "name",
        "--thumbnails",
        "none",
        "--output",
        report.toString());
  }

  private static JsonNode contender(Path report) throws IOException {
    return new ObjectMapper()
        .readTree(report.resolve("metrics.json").toFile())
        .get("contenders")
        .get(0);
  }
}
