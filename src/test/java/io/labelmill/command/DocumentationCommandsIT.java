package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Documentation;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands and queries of the documentation, run one after another in a folder that has what
 * they name, as somebody would who follows it. What stands behind {@code --}, clusters and their
 * settings, is left out; so is what another test runs, each with that test's name.
 */
class DocumentationCommandsIT {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final int PICTURES = 32;

  /** What the parameters of options are called that name files and folders. */
  private static final Set<String> PLACES =
      Set.of("MODEL", "URI", "PATH", "FILE", "FOLDER", "DIR", "MODEL|FILE");

  /** Begin of a command, and who runs it instead. */
  private static final Map<Predicate<String>, String> ELSEWHERE = elsewhere();

  @TempDir static Path home;

  private static Map<Predicate<String>, String> elsewhere() {
    Map<Predicate<String>, String> others = new LinkedHashMap<>();
    others.put(line -> line.contains("hf://"), "HubModelIT, from a hub on the loopback address");
    others.put(
        line -> line.contains("abfss://"), "nobody: its connector and its store are not here");
    others.put(line -> line.contains("--device gpu"), "nobody without a GPU; GpusOnClusterIT");
    others.put(line -> line.startsWith("jobs/model bench"), "ModelBenchIT, with fewer images");
    others.put(
        line -> line.startsWith("jobs/model verify") && line.contains("--precision int8"),
        "QuantizedModelTest, on a trained model: labels of an untrained one are a matter of luck");
    others.put(line -> line.startsWith("jobs/demo"), "DemoIT");
    others.put(line -> line.contains("--tune last:2"), "TuneIT, with fewer epochs");
    others.put(line -> line.contains("--problem-type segmentation"), "EvaluateSegmentsIT");
    others.put(line -> line.matches(".*--output-format (delta|iceberg).*"), "TableFormatsIT");
    return others;
  }

  @Test
  void everyCommandRuns() throws IOException {
    prepare();
    int ran = 0;
    for (String line : commands()) {
      if (ELSEWHERE.keySet().stream().anyMatch(others -> others.test(line))) {
        continue;
      }
      List<String> words = words(line);
      removeOutput(words);
      if (line.contains("--fit-share")) {
        score("models/fridge", "labels");
      }
      Ended ended = CapturedTerminal.run(words.toArray(String[]::new));
      // The gate does its work: nobody has trained this model.
      int expected = line.contains("--fail-below") ? 2 : 0;
      assertThat(ended.exitCode())
          .as("%s%n%s%s", line, ended.out(), ended.err())
          .isEqualTo(expected);
      ran++;
    }
    assertThat(ran).isGreaterThan(30);
    score("models/beit-base", "labels");
    segment();
    int asked = 0;
    for (String query : queries()) {
      assertThat(SparkFixture.spark().sql(query).collectAsList()).as(query).isNotNull();
      asked++;
    }
    assertThat(asked).isGreaterThan(2);
  }

  /**
   * The lines of all shell examples that start a job, each once, without comments; models of the
   * hub lie in a folder.
   */
  private static Set<String> commands() {
    Set<String> commands = new LinkedHashSet<>();
    for (String block : blocks("sh")) {
      block
          .replaceAll("\\\\\\n\\s*", "")
          .lines()
          .filter(line -> line.matches("jobs/(score|embed|train|evaluate|model|demo) .*"))
          .map(line -> line.replaceFirst("\\s+#.*", "").replaceFirst(" -- .*", ""))
          .map(line -> line.replaceAll("--model hf://\\S+", "--model models/beit-base"))
          .forEach(commands::add);
    }
    return commands;
  }

  private static List<String> queries() {
    return blocks("sql").stream()
        .flatMap(Pattern.compile(";")::splitAsStream)
        .map(String::strip)
        .filter(query -> !query.isEmpty())
        .map(query -> query.replaceAll("parquet.`(labels|segments)`", "parquet.`" + home + "/$1`"))
        .toList();
  }

  private static List<String> blocks(String language) {
    Matcher matcher =
        Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$").matcher(Documentation.text());
    return matcher.results().map(result -> result.group(1)).toList();
  }

  /** What the program is given, with places in {@link #home} for relative ones. */
  private static List<String> words(String line) {
    String ours = line.replaceFirst("^jobs/", "");
    List<String> words =
        new ArrayList<>(Pattern.compile(" +").splitAsStream(ours.replace("'", "")).toList());
    Command command =
        Program.COMMANDS.stream()
            .filter(each -> ours.startsWith(each.name() + " "))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no such command: " + line));
    int operand = (int) Pattern.compile(" ").splitAsStream(command.name()).count();
    if (!command.operand().isEmpty()) {
      words.set(operand, place(words.get(operand)));
    }
    for (int i = operand; i + 1 < words.size(); i++) {
      String name = words.get(i);
      String parameter =
          Program.spec(command).options().stream()
              .filter(option -> option.longestName().equals(name))
              .map(option -> option.paramLabel())
              .findFirst()
              .orElse("");
      if (PLACES.contains(parameter) || words.get(i + 1).endsWith(".json")) {
        words.set(i + 1, place(words.get(i + 1)));
      }
    }
    return words;
  }

  private static String place(String word) {
    return word.contains("://") || word.startsWith("table:") ? word : home.resolve(word).toString();
  }

  /** Examples of one folder's use stand beside each other: each begins without a table. */
  private static void removeOutput(List<String> words) throws IOException {
    int output = words.indexOf("--output");
    boolean keeps = words.contains("--if-exists") || words.contains("--compact");
    if (output < 0 || keeps) {
      return;
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(words.get(output + 1));
    path.getFileSystem(SparkFixture.spark().sparkContext().hadoopConfiguration())
        .delete(path, true);
  }

  private static void score(String model, String output) throws IOException {
    List<String> words =
        words("jobs/score --model " + model + " --input photos --scores all --output " + output);
    removeOutput(words);
    Ended ended = CapturedTerminal.run(words.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
  }

  private static void segment() {
    Ended ended =
        CapturedTerminal.run(
            "segment",
            "--model",
            Reference.golden().resolve("segmentation-models/base-4").toString(),
            "--input",
            home.resolve("photos").toString(),
            "--output",
            home.resolve("segments").toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
  }

  private static void prepare() throws IOException {
    copy(MODELS.resolve("f-beit-singlelabel-containers"), "models/beit-base");
    copy(MODELS.resolve("f-beit-singlelabel-containers"), "models/beit-base-patch16-224");
    copy(MODELS.resolve("e-beit-multilabel-containers"), "models/fridge");
    Files.copy(
        home.resolve("models/beit-base/golden.safetensors"), home.resolve("golden.safetensors"));
    FridgePictures pictures = new FridgePictures(PICTURES, 5);
    Path drawn = pictures.write(home.resolve("fridge"));
    FileUtils.copyDirectory(drawn.toFile(), home.resolve("photos").toFile());
    prepareTruth(pictures, drawn);
    prepareTables(pictures, drawn);
    prepareStore(drawn);
    copy(Path.of("src/test/resources/archives"), "shards");
    write("thresholds.json", "{\"can\": 0.4, \"carton\": 0.6}");
    write(
        "my.properties",
        "model=%s\noutput=%s\nif-exists=overwrite\n"
            .formatted(place("models/beit-base"), place("configured")));
    score("models/beit-base", "labels");
    copy(home.resolve("labels"), "old");
    copy(home.resolve("labels"), "new");
  }

  private static void prepareTruth(FridgePictures pictures, Path drawn) throws IOException {
    StringBuilder one = new StringBuilder("path,label\n");
    StringBuilder several = new StringBuilder("filename,labels\n");
    StringBuilder hashes = new StringBuilder();
    Map<String, Integer> used = new TreeMap<>();
    List<String> wnids = List.of("n02823428", "n03937543", "n03983396", "n04557648");
    for (int i = 0; i < PICTURES; i++) {
      String name = pictures.name(i);
      List<String> labels = pictures.labels(i);
      Path picture = drawn.resolve(name);
      // Each label is to have some pictures.
      String label =
          Collections.min(labels, Comparator.comparing(each -> used.getOrDefault(each, 0)));
      used.merge(label, 1, Integer::sum);
      one.append("%s,%s\n".formatted(home.resolve("photos").resolve(name), label));
      several.append(
          "%s,%s\n".formatted(home.resolve("photos").resolve(name), String.join(" ", labels)));
      if (i < 3) {
        hashes.append("%s  %s\n".formatted(Sha256.of(Files.readAllBytes(picture)), name));
      }
      copyFile(picture, home.resolve("shelf").resolve(label).resolve(name));
      String wnid = wnids.get(FridgePictures.labels().indexOf(label));
      copyFile(picture, home.resolve("imagenet/val").resolve(wnid).resolve(name));
    }
    write("truth.csv", one.toString());
    write("labels.csv", several.toString());
    write("train.sha256", hashes.toString());
    write("synsets.txt", String.join("\n", wnids) + "\n");
  }

  private static void prepareTables(FridgePictures pictures, Path drawn) throws IOException {
    List<Row> paths = new ArrayList<>();
    List<Row> contents = new ArrayList<>();
    StringBuilder csv = new StringBuilder("path\n");
    List<String> encoded = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Path picture = drawn.resolve(pictures.name(i));
      byte[] bytes = Files.readAllBytes(picture);
      paths.add(RowFactory.create(picture.toString(), "shop " + i % 2, i));
      contents.add(RowFactory.create((Object) bytes));
      csv.append(picture).append('\n');
      encoded.add('"' + Base64.getEncoder().encodeToString(bytes) + '"');
    }
    StructType columns =
        new StructType()
            .add("image_url", DataTypes.StringType)
            .add("shop", DataTypes.StringType)
            .add("shelf", DataTypes.IntegerType);
    SparkSession spark = SparkFixture.spark();
    spark.createDataFrame(paths, columns).write().parquet(place("paths.parquet"));
    spark
        .createDataFrame(contents, new StructType().add("jpeg", DataTypes.BinaryType))
        .write()
        .parquet(place("images.parquet"));
    spark
        .read()
        .parquet(place("paths.parquet"))
        .withColumnRenamed("shop", "label")
        .write()
        .parquet(place("labelled.parquet"));
    write("paths.csv", csv.toString());
    write("request.json", "{\"input_data\": [" + String.join(", ", encoded) + "]}");
  }

  private static void prepareStore(Path drawn) {
    Configuration configuration = SparkFixture.spark().sparkContext().hadoopConfiguration();
    LoopbackS3 store = LoopbackS3.shared();
    Bucket models = store.bucket("models").configure(configuration);
    models.putAll("beit-base/", home.resolve("models/beit-base"));
    models.putAll("fridge/", home.resolve("models/fridge"));
    Bucket shelf = store.bucket("shelf").configure(configuration);
    shelf.putAll("2026-01/", drawn);
    shelf.putAll("2026-02/", drawn);
    store.bucket("tables").configure(configuration);
  }

  private static void write(String name, String text) throws IOException {
    Files.writeString(home.resolve(name), text);
  }

  private static void copy(Path from, String to) throws IOException {
    FileUtils.copyDirectory(from.toFile(), home.resolve(to).toFile());
  }

  private static void copyFile(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }
}
