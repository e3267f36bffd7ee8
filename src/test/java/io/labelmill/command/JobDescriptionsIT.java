package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.source.ManyRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Every job that a command starts says on Spark's pages what it does, as a sentence. */
@ExtendWith(ManyRows.class)
class JobDescriptionsIT {
  private static final SparkSession SPARK = SparkFixture.spark();
  private static final String NONE = "(none)";

  @TempDir static Path folder;
  private static Path images;
  private static Path model;

  @BeforeAll
  static void draw() {
    images = new FridgePictures(40, 3).write(folder);
    model = folder.resolve("tiny");
    TinyBeit.checkpoint(3).write(model);
  }

  @Test
  void scoringListsPlansLabelsAndCounts() {
    String labels = folder.resolve("labels").toString();
    assertThat(described(score(images.toString(), labels, "--commit-every", "25")))
        .contains(
            "Find the images below " + images,
            "Put the images of " + images + " in order",
            "Label images 1 to 25 of 40 and write their rows",
            "Label images 26 to 40 of 40 and write their rows",
            "Count the rows that were committed to " + labels);
    assertThat(described(score(images.toString(), labels, "--if-exists", "resume")))
        .contains(
            "Look at the output " + labels,
            "Compare model and settings with those of " + labels,
            "Find the images of " + images + " that the table lacks");
    assertThat(described("score", "--compact", "--output", labels))
        .contains(
            "Look at the table " + labels,
            "Count the rows of " + labels,
            "Compact " + labels + " to its 40 current rows");
  }

  @Test
  void tablesOfPathsAndOfContentsAreLookedAt() throws IOException {
    List<Row> paths = new ArrayList<>();
    List<Row> contents = new ArrayList<>();
    try (var files = Files.list(images)) {
      for (Path file : files.sorted().limit(3).toList()) {
        paths.add(RowFactory.create(file.toString()));
        contents.add(RowFactory.create((Object) Files.readAllBytes(file)));
      }
    }
    String table = folder.resolve("paths.parquet").toString();
    SPARK
        .createDataFrame(paths, new StructType().add("path", DataTypes.StringType))
        .write()
        .parquet(table);
    assertThat(described(score(table, folder.resolve("of-paths").toString())))
        .contains("Look at the input " + table, "Put the images of " + table + " in order");
    String bytes = folder.resolve("contents.parquet").toString();
    SPARK
        .createDataFrame(contents, new StructType().add("jpeg", DataTypes.BinaryType))
        .write()
        .parquet(bytes);
    assertThat(
            described(
                score(bytes, folder.resolve("of-contents").toString(), "--content-column", "jpeg")))
        .contains("Label images 1 to 3 of 3 and write their rows");
  }

  @Test
  void trainingAndEvaluatingSayWhatTheyDo() {
    String truth = folder.resolve("labels.csv").toString();
    String head = folder.resolve("fridge").toString();
    assertThat(
            described(
                "train",
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--truth",
                truth,
                "--match-by",
                "name",
                "--output",
                head))
        .contains(
            "Look at the truth " + truth,
            "Compare the truth with the images to embed",
            "Label images 1 to 40 of 40 and write their rows",
            "Hash the images, to tell which are copies",
            "Fit the classifier",
            "Measure the classifier")
        .containsOnlyOnce("Find the images below " + images);
    String scored = folder.resolve("scored").toString();
    run("score", "--model", head, "--input", images.toString(), "--output", scored);
    assertThat(
            described(
                "evaluate",
                "--predictions",
                scored,
                "--truth",
                truth,
                "--match-by",
                "name",
                "--output",
                folder.resolve("report").toString()))
        .contains(
            "Look at the truth " + truth,
            "Match the predictions " + scored + " with the truth and count",
            "Write the tables per_image, per_label and confusion");
  }

  private static String[] score(String input, String output, String... more) {
    List<String> line = new ArrayList<>();
    Collections.addAll(
        line, "score", "--model", model.toString(), "--input", input, "--output", output);
    Collections.addAll(line, more);
    return line.toArray(String[]::new);
  }

  private static void run(String... line) {
    Ended ended = CapturedTerminal.run(line);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
  }

  /** The descriptions of the jobs of a command, none of which is without. */
  private static List<String> described(String... line) {
    List<String> descriptions = Collections.synchronizedList(new ArrayList<>());
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart job) {
            descriptions.add(
                Optional.ofNullable(job.properties().getProperty("spark.job.description"))
                    .orElse(NONE + " at " + job.stageInfos().head().details()));
          }
        };
    SPARK.sparkContext().addSparkListener(listener);
    // Another test's, which called parts of a command by themselves.
    SPARK.sparkContext().setLocalProperty("spark.job.description", null);
    SPARK.sparkContext().setLocalProperty("callSite.short", null);
    try {
      run(line);
      SPARK.sparkContext().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new IllegalStateException("Spark has not told of all jobs", e);
    } finally {
      SPARK.sparkContext().removeSparkListener(listener);
    }
    assertThat(descriptions).isNotEmpty().noneMatch(sentence -> sentence.startsWith(NONE));
    assertThat(SPARK.sparkContext().getLocalProperty("spark.job.description")).isNull();
    assertThat(SPARK.sparkContext().getLocalProperty("callSite.short")).isNull();
    return descriptions;
  }
}
