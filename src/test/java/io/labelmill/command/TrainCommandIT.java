package io.labelmill.command;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.LoggedLines;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.sink.TestSeams;
import io.labelmill.source.Seam;
import io.labelmill.train.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/train} from its command line to a checkpoint that the other commands use. */
class TrainCommandIT {
  private static final FridgePictures PICTURES = new FridgePictures(100, 1);

  private static final Offset<Double> FLOATS = Offset.offset(1e-6);

  @TempDir static Path shared;
  private static Path images;
  private static Path labels;
  private static Path model;
  private static Path embeddings;

  @TempDir Path folder;

  @BeforeAll
  static void embedPictures() {
    EmbeddedPictures embedded = EmbeddedPictures.in(shared, PICTURES);
    images = embedded.images();
    labels = embedded.labels();
    model = embedded.model();
    embeddings = embedded.embeddings();
  }

  @Test
  void theTrainedCheckpointScoresAsTheHeadAppliedToEmbeddings() throws IOException {
    Ended ended = train("--split", "every-fifth");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .startsWith(
            "truth: 100 images, 4 labels, multi-label, from fridgeObjects labels.csv, labels"
                + " separated by white space\n")
        .contains("4 labels, 80 images to train on, 20 to test on", "on the test images")
        .containsPattern("macro_f1 +0\\.\\d{4}")
        .contains("head alone: " + output().resolve("head"));

    ClassifierHead head = ClassifierHead.read(output().resolve("head"));
    assertThat(head.labels()).containsExactly("can", "carton", "milk_bottle", "water_bottle");
    Map<String, List<Float>> whole = scores("whole", output(), List.of());
    Map<String, List<Float>> both = scores("both", model, List.of("--head", output() + "/head"));
    assertThat(whole).hasSize(100);
    for (Row row : SparkFixture.spark().read().parquet(embeddings.toString()).collectAsList()) {
      double[] logits = head.logits(embedding(row));
      String path = row.getAs("path");
      for (int i = 0; i < logits.length; i++) {
        double score = 1 / (1 + Math.exp(-logits[i]));
        assertThat((double) whole.get(path).get(i)).as(path).isCloseTo(score, FLOATS);
        assertThat((double) both.get(path).get(i)).as(path).isCloseTo(score, FLOATS);
      }
    }
  }

  private Map<String, List<Float>> scores(String name, Path checkpoint, List<String> more) {
    String table = folder.resolve(name).toString();
    List<String> line =
        new ArrayList<>(
            List.of(
                "score",
                "--model",
                checkpoint.toString(),
                "--input",
                images.toString(),
                "--output",
                table,
                "--scores",
                "all"));
    line.addAll(more);
    Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Map<String, List<Float>> scores = new TreeMap<>();
    for (Row row : SparkFixture.spark().read().parquet(table).collectAsList()) {
      scores.put(row.getAs("path"), row.getList(row.fieldIndex("scores")));
      assertThat(row.<Object>getAs("labels")).isNotNull();
    }
    return scores;
  }

  /** Few images are fitted in one task, and many by jobs of Spark. */
  @Test
  void bothWaysOfFittingGiveTheSameHead() throws IOException {
    assertThat(train("--split", "every-fifth").exitCode()).isZero();
    ClassifierHead inOneTask = ClassifierHead.read(output().resolve("head"));
    System.setProperty("labelmill.few-trained", "0");
    try {
      assertThat(train("--split", "every-fifth", "--if-exists", "overwrite").exitCode()).isZero();
    } finally {
      System.clearProperty("labelmill.few-trained");
    }
    ClassifierHead byJobs = ClassifierHead.read(output().resolve("head"));
    float[] vector =
        embedding(
            SparkFixture.spark().read().parquet(embeddings.toString()).orderBy("path").head());
    // Each optimiser ends at a place of its own near the least loss.
    assertThat(byJobs.logits(vector))
        .isNotEqualTo(inOneTask.logits(vector))
        .containsExactly(inOneTask.logits(vector), within(1e-3));
  }

  private static float[] embedding(Row row) {
    List<Float> values = row.getList(row.fieldIndex("embedding"));
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i);
    }
    return vector;
  }

  @Test
  void itsOwnMetricsAreThoseOfAnEvaluationOfItsTestList() throws IOException {
    assertThat(train("--split", "every-fifth").exitCode()).isZero();
    Path list = output().resolve("training/test.csv");
    assertThat(Files.readAllLines(list)).hasSize(21).first().isEqualTo("path,sha256,labels");
    assertThat(Files.readString(list)).contains("/images/fridge_004.jpg,").doesNotContain("_003.");
    Path report = folder.resolve("report");
    Ended ended =
        CapturedTerminal.run(
            "evaluate",
            "--model",
            output().toString(),
            "--input",
            list.toString(),
            "--truth",
            list.toString(),
            "--training-list",
            output().resolve("training/train.csv").toString(),
            "--output",
            report.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err()).as("no image of the training").doesNotContain("training list");
    JsonNode own = new ObjectMapper().readTree(output().resolve("training/training.json").toFile());
    for (String name : List.of("macro_f1", "exact_match", "binary_cross_entropy")) {
      double value = own.path("metrics_tested").path(name).asDouble();
      Matcher shown = Pattern.compile(" " + name + " +(\\S+)").matcher(ended.out());
      assertThat(shown.find()).isTrue();
      assertThat(Double.parseDouble(shown.group(1))).isCloseTo(value, Offset.offset(1e-5));
    }
    Ended leaked =
        CapturedTerminal.run(
            "evaluate",
            "--predictions",
            report.resolve("predictions").toString(),
            "--truth",
            list.toString(),
            "--training-list",
            list.toString(),
            "--output",
            folder.resolve("leaked").toString());
    assertThat(leaked.err()).contains("20 images of the evaluation are in the training list");
  }

  @Test
  void theModelCardTellsWhereItComesFrom() throws IOException {
    assertThat(
            train("--split", "0.25", "--seed", "3", "--class-weights", "balanced", "--reg", "0.1")
                .exitCode())
        .isZero();
    String card = Files.readString(output().resolve("README.md"));
    assertThat(card)
        .startsWith("---\nlibrary_name: transformers\n")
        .contains("frozen backbone `tiny`", "split: `0.25`, seed 3: 75 images", "25 to test on")
        .contains("`--reg 0.1`, `--class-weights balanced`", "## Provenance", "embeddings: run ")
        .containsPattern("Pixels are those of `--resize-backend (pillow|torchvision)`\\.")
        .containsPattern("\\| can \\| \\d+ \\| \\d+ \\|")
        .containsPattern("\\| macro_f1 \\| 0\\.\\d{4} \\| [01]\\.\\d{4} \\|");
    try (Checkpoint checkpoint = Checkpoint.open(output(), CheckpointOptions.none())) {
      assertThat(card).doesNotContain(checkpoint.sha256());
      assertThat(checkpoint.warnings()).isEmpty();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("nothing of the way is left")
          .noneMatch(name -> name.endsWith(".crc") || name.contains("embeddings-"));
    }
  }

  @Test
  void classesAreTrainedByFoldersAndEmbeddedInTheSameJob() throws IOException {
    Path classes = folder.resolve("classes");
    int copied = 0;
    for (int i = 0; i < PICTURES.count(); i++) {
      if (PICTURES.labels(i).size() == 1) {
        Path to = Files.createDirectories(classes.resolve(PICTURES.labels(i).get(0)));
        Files.copy(images.resolve(PICTURES.name(i)), to.resolve(PICTURES.name(i)));
        copied++;
      }
    }
    // Killed runs cannot tidy up; a name alike is somebody's own.
    String id = "-0b7c2f6e-5d0a-4c1b-9a55-0d3f8c1f0a42";
    for (String left : List.of("fridge-embeddings" + id, "fridge-embeddings" + id + "-images")) {
      Files.writeString(Files.createDirectories(folder.resolve(left)).resolve("part"), "left");
    }
    Files.createDirectories(folder.resolve(".fridge" + id + "-old"));
    Path own = Files.createDirectories(folder.resolve("fridge-embeddings"));
    Path other = Files.createDirectories(folder.resolve("other-embeddings" + id));
    Ended ended;
    try (LoggedLines log = new LoggedLines(TrainJob.class)) {
      ended =
          CapturedTerminal.run(
              "train",
              "--model",
              model.toString(),
              "--input",
              classes.toString(),
              "--truth",
              classes.toString(),
              "--output",
              output().toString());
      assertThat(log.lines())
          .as("what was left, and not what this run embedded")
          .filteredOn(line -> line.startsWith("Deleted "))
          .hasSize(3);
    }
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).containsPattern("4 labels, \\d+ images").containsPattern("accuracy +");
    try (Checkpoint checkpoint = Checkpoint.open(output(), CheckpointOptions.none())) {
      assertThat(checkpoint.problemType().orElseThrow().configName())
          .isEqualTo("single_label_classification");
      assertThat(checkpoint.labels().names()).isEqualTo(FridgePictures.labels());
    }
    List<String> lines =
        Stream.of("train", "test")
            .flatMap(part -> lines(output().resolve("training/" + part + ".csv")))
            .toList();
    assertThat(lines).hasSize(copied + 2).contains("path,sha256,label");
    try (Stream<Path> beside = Files.list(folder)) {
      assertThat(beside).containsExactlyInAnyOrder(classes, output(), own, other);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void copiesOfAnImageStayInOnePart() throws IOException {
    Path copies = Files.createDirectories(folder.resolve("copies"));
    StringBuilder table = new StringBuilder("filename,labels\n");
    for (int i = 0; i < 40; i++) {
      String name = "copy_%02d.jpg".formatted(i);
      Files.copy(images.resolve(PICTURES.name(i / 4)), copies.resolve(name));
      table.append(name).append(',').append(String.join(" ", PICTURES.labels(i / 4))).append('\n');
    }
    Path truth = Files.writeString(folder.resolve("copies.csv"), table);
    Ended ended =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--input",
            copies.toString(),
            "--truth",
            truth.toString(),
            "--match-by",
            "name",
            "--split",
            "0.3",
            "--output",
            output().toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    List<List<String>> contents = new ArrayList<>();
    for (String part : List.of("train", "test")) {
      contents.add(
          lines(output().resolve("training/" + part + ".csv"))
              .skip(1)
              .map(line -> line.split(",", -1)[1])
              .distinct()
              .toList());
    }
    assertThat(contents.get(0)).doesNotContainAnyElementsOf(contents.get(1));
    assertThat(contents.get(0).size() + contents.get(1).size()).isEqualTo(10);
    assertThat(contents.get(1)).hasSize(3);
  }

  @Test
  void embeddingsThatDoNotFitEndWithTwoAndWriteNothing() throws IOException {
    Path other = folder.resolve("other");
    TinyBeit.checkpoint(16).write(other);
    assertProblem(
        train(other, embeddings, "--split", "none"),
        "The embeddings " + embeddings + " are of the model tiny (sha256 ",
        "), not of other (sha256 ",
        "Name the model that made them, or embed the images with this one.");

    Path normalized = folder.resolve("normalized");
    String[][] options = {
      {"--normalize", "l2", "embed with --normalize none."},
      {"--pool", "cls", "embed with --pool mean."},
      {"--precision", "int8", "embed without it."},
      {"--resize-backend", "torchvision", "say --resize-backend torchvision, or embed again."},
    };
    for (String[] option : options) {
      Ended embed =
          CapturedTerminal.run(
              "embed",
              "--model",
              model.toString(),
              "--input",
              images.toString(),
              "--limit",
              "5",
              "--output",
              normalized.toString(),
              "--if-exists",
              "overwrite",
              option[0],
              option[1]);
      assertThat(embed.exitCode()).as(embed.err()).isZero();
      assertProblem(
          train(model, normalized, "--unmatched", "leave-out"),
          "were written with " + option[0] + " " + option[1],
          option[2]);
    }

    Column bad =
        when(
                col("path").endsWith("fridge_007.jpg"),
                transform(col("embedding"), x -> lit(Float.NaN)))
            .otherwise(col("embedding"));
    assertProblem(
        train(model, changed("nan", table().withColumn("embedding", bad), true)),
        "1 embeddings hold a value that is not a finite number: ",
        "fridge_007.jpg. Embed these images again.");
    Column shorter =
        when(col("path").endsWith("fridge_007.jpg"), array(lit(1f))).otherwise(col("embedding"));
    assertProblem(
        train(model, changed("short", table().withColumn("embedding", shorter), true)),
        "1 embeddings do not have the 128 numbers of the model's: ");
    assertProblem(train(model, changed("bare", table(), false)), "whose record is not beside them");
    assertProblem(
        train(model, changed("columns", table().drop("embedding", "run_id"), true)),
        "have no column embedding, run_id: name a table that jobs/embed wrote.");
    assertProblem(
        train(model, folder.resolve("none")),
        "The embeddings " + folder.resolve("none") + " do not exist.");
  }

  @Test
  void truthThatDoesNotFitEndsWithTwoAndWritesNothing() throws IOException {
    String all = Files.readString(labels);
    assertProblem(
        trainOn(all + "not_there.jpg,can\n"),
        "1 images of the truth ",
        " are not among those given: not_there.jpg. Leave them out with --unmatched leave-out.");
    assertProblem(
        trainOn(all.replaceFirst("(?m)^fridge_003.*\\n", "")),
        "1 images have no labels in the truth ");
    assertProblem(
        trainOn(all.replaceAll("(?m)(fridge_\\d+\\.jpg),.*", "$1,can")),
        "All 100 images have the label can: there is nothing to tell apart. Add images without"
            + " it.");
    assertProblem(
        trainOn(all.replaceFirst("(?m)(fridge_000\\.jpg),.*", "$1,juice can")),
        "there is only one with juice: add images, or take the label out of the truth.");
    assertProblem(trainOn("filename,label_index\nfridge_000.jpg,0\n"), "label indices");
    assertProblem(
        train("--split", "column:part"),
        "The truth "
            + labels
            + " has no column part that tells the parts; it has filename, labels.");
  }

  @Test
  void truthThatDoesNotFitTheInputIsToldBeforeAnythingIsEmbedded() throws IOException {
    String all = Files.readString(labels);
    Ended unmatched =
        unembedded(
            all.replaceFirst("(?m)^fridge_003.*\\n", "") + "not_there.jpg,can\n",
            images.toString());
    assertThat(unmatched.exitCode()).as(unmatched.err()).isEqualTo(2);
    assertThat(unmatched.problems())
        .containsExactly(
            "1 images of the truth "
                + folder.resolve("truth.csv")
                + " are not among those given: not_there.jpg. Leave them out with --unmatched"
                + " leave-out.",
            "1 images have no labels in the truth "
                + folder.resolve("truth.csv")
                + ": file:"
                + images
                + "/fridge_003.jpg. Leave them out with --unmatched leave-out.");
    assertProblem(
        unembedded(all, images + "/fridge_00[0-4].jpg"),
        "95 images of the truth ",
        " are not among those given: fridge_005.jpg, ");
    assertProblem(
        unembedded(all, images + "/fridge_000.jpg", "--unmatched", "leave-out"),
        "All 1 images have the label ");
    assertProblem(
        unembedded(
            all.replaceFirst("(?m)(fridge_000\\.jpg),.*", "$1,juice can"), images.toString()),
        "there is only one with juice: ");
    assertProblem(
        unembedded(all, images.toString(), "--split", "column:labels"),
        "The column labels of the truth must hold train or test (or validation), but 100 rows hold"
            + " something else: ");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("truth.csv"));
    }
  }

  @Test
  void aTableOfPathsIsComparedByTheRowsThatItGives() throws IOException {
    StringBuilder table = new StringBuilder("path,shelf\n,0\n");
    for (int i = 0; i < 12; i++) {
      table.append(images.resolve(PICTURES.name(i % 10))).append(",1\n");
    }
    Path paths = Files.writeString(folder.resolve("paths.csv"), table);
    assertProblem(
        unembedded(Files.readString(labels), paths.toString()),
        "90 images of the truth ",
        " are not among those given: fridge_010.jpg, ");
  }

  @Test
  void whatOnlyReadingTellsIsToldAfterEmbedding() throws IOException {
    Path some = Files.createDirectories(folder.resolve("some"));
    for (int i = 0; i < 20; i++) {
      Files.copy(images.resolve(PICTURES.name(i)), some.resolve(PICTURES.name(i)));
    }
    Files.writeString(some.resolve("broken_1.jpg"), "no image");
    Files.writeString(some.resolve("broken_2.jpg"), "no image");
    String truth = Files.readString(labels) + "broken_1.jpg,juice\nbroken_2.jpg,juice\n";
    Ended ended = trainOn(truth, "--input", some.toString(), "--unmatched", "leave-out");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("note: 2 images have no embedding and were left out: ")
        .contains("note: 80 images of the truth ");
  }

  /** Trains on an input, where a run that comes to embedding dies. */
  private Ended unembedded(String truth, String input, String... more) throws IOException {
    List<String> line = new ArrayList<>(List.of("--input", input));
    line.addAll(Arrays.asList(more));
    TestSeams.killAt(Seam.BROADCAST);
    try {
      return trainOn(truth, line.toArray(String[]::new));
    } finally {
      TestSeams.killAt(null);
    }
  }

  private Ended trainOn(String truth) throws IOException {
    return trainOn(truth, "--embeddings", embeddings.toString());
  }

  private Ended trainOn(String truth, String... more) throws IOException {
    return run(model, Files.writeString(folder.resolve("truth.csv"), truth), more);
  }

  @Test
  void aBackboneWithoutAPoolingNormIsRefused() {
    Path pretrained = Reference.golden().resolve("models/j3-beit-mim-pretrain");
    Ended ended = train(pretrained, embeddings);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("pooler.layernorm");
    assertThat(output()).doesNotExist();
  }

  @Test
  void anOutputIsNotOverwrittenUnasked() throws IOException {
    assertThat(train("--split", "none").exitCode()).isZero();
    assertThat(Files.readString(output().resolve("README.md")))
        .contains("No image was kept to test on");
    Ended again = train("--split", "none");
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.problems())
        .containsExactly(
            "The output " + output() + " exists: choose another, or say --if-exists overwrite.");
    assertThat(train("--if-exists", "overwrite", "--split", "every-fifth").exitCode()).isZero();
    assertThat(output().resolve("training/test.csv")).exists();
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Files.writeString(photos.resolve("a.txt"), "mine");
    Ended wrong =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--embeddings",
            embeddings.toString(),
            "--truth",
            labels.toString(),
            "--match-by",
            "name",
            "--output",
            photos.toString(),
            "--if-exists",
            "overwrite");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.problems())
        .containsExactly(
            "The output "
                + photos
                + " is no checkpoint and would be deleted: choose another, or move what is there.");
    assertThat(photos.resolve("a.txt")).exists();
  }

  @Test
  void theBackboneIsNotOverwritten() {
    Ended ended =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--embeddings",
            embeddings.toString(),
            "--truth",
            labels.toString(),
            "--match-by",
            "name",
            "--output",
            model.toString(),
            "--if-exists",
            "overwrite");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            "The output " + model + " holds " + model + ", which is read: choose another output.");
    assertThat(model.resolve("config.json")).exists();
  }

  @Test
  void sixPhotographsAreEnoughForASmokeTest() throws IOException {
    Optional<Path> reference = Reference.folder();
    Assumptions.assumeTrue(reference.isPresent(), "LABELMILL_REFERENCE is not set");
    Path photos = Files.createDirectories(folder.resolve("photos"));
    for (int i = 10; i <= 15; i++) {
      String name = "fridge_" + i + ".jpg";
      Files.copy(
          reference.get().resolve("photos").resolve(name), photos.resolve(name.substring(7)));
    }
    Ended ended =
        CapturedTerminal.run(
            "train",
            "--model",
            model.toString(),
            "--input",
            photos.toString(),
            "--truth",
            reference.get().resolve("photos/multilabel_fridge_labels.csv").toString(),
            "--match-by",
            "name",
            "--unmatched",
            "leave-out",
            "--split",
            "none",
            "--output",
            output().toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("4 labels, 6 images to train on, 0 to test on")
        .contains("note: 122 images of the truth ")
        .contains("on the images trained on, which flatters");
  }

  private Path output() {
    return folder.resolve("fridge");
  }

  private Ended train(String... more) {
    return train(model, embeddings, more);
  }

  private Ended train(Path backbone, Path table, String... more) {
    List<String> line = new ArrayList<>(List.of("--embeddings", table.toString()));
    line.addAll(Arrays.asList(more));
    return run(backbone, labels, line.toArray(String[]::new));
  }

  private Ended run(Path backbone, Path truth, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "train",
                "--model",
                backbone.toString(),
                "--truth",
                truth.toString(),
                "--match-by",
                "name",
                "--output",
                output().toString()));
    line.addAll(Arrays.asList(more));
    return CapturedTerminal.run(line.toArray(String[]::new));
  }

  private void assertProblem(Ended ended, String... parts) {
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.problems()).as(ended.err()).singleElement().asString().contains(parts);
    assertThat(output()).doesNotExist();
  }

  private static Dataset<Row> table() {
    return SparkFixture.spark().read().parquet(embeddings.toString());
  }

  private Path changed(String name, Dataset<Row> rows, boolean withRecords) throws IOException {
    Path to = folder.resolve(name);
    rows.coalesce(1).write().parquet(to.toString());
    if (withRecords) {
      Path records = Files.createDirectories(to.resolve("_labelmill"));
      try (Stream<Path> files = Files.list(embeddings.resolve("_labelmill"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
          Files.copy(file, records.resolve(file.getFileName()));
        }
      }
    }
    return to;
  }
}
