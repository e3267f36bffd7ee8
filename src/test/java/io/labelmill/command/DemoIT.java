package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Documentation;
import io.labelmill.LoggedLines;
import io.labelmill.SparkFixture;
import io.labelmill.cluster.JobProcess;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.scheduler.TaskSetManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/demo} as a user runs it. */
class DemoIT {
  @TempDir Path folder;

  @Test
  void itMakesMasksThatAreRightOnPicturesItHasNotSeen() throws IOException {
    SparkFixture.spark();
    Ended ended;
    try (LoggedLines scheduler = new LoggedLines(TaskSetManager.class)) {
      ended =
          CapturedTerminal.run("demo", "segment", "--output", folder.resolve("demo").toString());
      assertThat(scheduler.lines()).isNotEmpty().noneMatch(line -> line.contains("very large"));
    }
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out())
        .contains("Drew 104 pictures of a fridge: ", "jobs/segment --model ", "jobs/evaluate ")
        .contains("On 24 pictures that the model was not fitted to:");
    Matcher miou = Pattern.compile("miou +(\\S+)").matcher(ended.out());
    assertThat(miou.find()).isTrue();
    assertThat(Double.parseDouble(miou.group(1))).isGreaterThanOrEqualTo(0.8);
    assertThat(folder.resolve("demo/segment/report/report.html")).isNotEmptyFile();
  }

  @Test
  void itTrainsAHeadThatIsRightOnPicturesItHasNotSeenAndDoesSoAgain() throws IOException {
    Path output = folder.resolve("my demo");
    JobProcess first = JobProcess.run("demo", Map.of(), List.of("--output", output.toString()));
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("Drew 300 pictures of a fridge: " + output.resolve("images"))
        .contains("Wrote a tiny BEiT with random weights: " + output.resolve("tiny-beit"))
        .contains("jobs/embed --model '" + output.resolve("tiny-beit") + "'")
        .contains("4 labels, 240 images to train on, 60 to test on")
        .contains("--input '" + output.resolve("fridge/training/test.csv") + "'")
        .containsPattern("picture +truth +found +right")
        .containsPattern("fridge_004\\.jpg +\\w+")
        .contains("On 60 pictures that the head was not trained on:")
        .contains("report: " + output.resolve("report/report.html"));
    assertThat(first.err())
        .as("test pictures are no training pictures")
        .doesNotContain("training list");
    assertThat(firstWords(first.out().replaceFirst("(?s).*(?=picture  )", "")))
        .as("what the documentation shows")
        .isEqualTo(firstWords(shownByTheDocumentation()));
    Matcher macroF1 = Pattern.compile("macro_f1 +(\\S+)").matcher(first.out());
    assertThat(macroF1.find()).isTrue();
    assertThat(Double.parseDouble(macroF1.group(1))).isGreaterThanOrEqualTo(0.9);

    assertThat(output.resolve("report/report.html")).isNotEmptyFile();
    assertThat(output.resolve("fridge/README.md")).content().contains("60 to test on");
    assertThat(Files.readAllLines(output.resolve("fridge/training/test.csv"))).hasSize(61);

    // A head on a random backbone: nothing is more easily hurt by rounding.
    Ended rounded =
        CapturedTerminal.run(
            "model",
            "verify",
            output.resolve("fridge").toString(),
            "--precision",
            "int8",
            "--input",
            output.resolve("images").toString(),
            "--limit",
            "60");
    assertThat(rounded.exitCode()).as(rounded.err()).isZero();
    assertThat(rounded.out())
        .containsPattern("images +60")
        .contains("In int8, 13 of 13 products stay fp32");

    SparkFixture.spark();
    Ended again = CapturedTerminal.run("demo", "--output", output.toString());
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(rows(again.out())).hasSize(8).isEqualTo(rows(first.out()));
  }

  @Test
  void itTunesTheBackboneAndSaysWhetherThatWasWorthIt() throws IOException {
    SparkFixture.spark();
    FridgePictures pictures = new FridgePictures(40, 9);
    Path images = pictures.write(folder.resolve("own"));
    Path output = folder.resolve("demo");
    Ended ended =
        CapturedTerminal.run(
            "demo",
            "--images",
            images.toString(),
            "--labels",
            folder.resolve("own/labels.csv").toString(),
            "--tune",
            "last:1",
            "--output",
            output.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("Train a head on four of five, and tune what is in front of it:")
        .contains("--tune last:1")
        .containsPattern("  Tuning (beat|did not beat) the head alone on the validation images");
    assertThat(output.resolve("fridge/training/curves.svg")).isNotEmptyFile();
  }

  @Test
  void itWorksOnImagesAndLabelsOfOnesOwn() throws IOException {
    SparkFixture.spark();
    FridgePictures pictures = new FridgePictures(60, 9);
    Path own = folder.resolve("own");
    Path images = pictures.write(own);
    Path output = folder.resolve("demo");
    Ended ended =
        CapturedTerminal.run(
            "demo",
            "--images",
            images.toString(),
            "--labels",
            own.resolve("labels.csv").toString(),
            "--output",
            output.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .doesNotContain("Drew")
        .contains("jobs/embed --model " + output.resolve("tiny-beit"))
        .contains("--input " + images)
        .contains("4 labels, 48 images to train on, 12 to test on")
        .contains("macro_f1");
    assertThat(output.resolve("images")).doesNotExist();

    // One label an image, a folder for each, and a backbone of one's own.
    Path classes = folder.resolve("classes");
    for (int i = 0; i < pictures.count(); i++) {
      if (pictures.labels(i).size() == 1) {
        Path to = Files.createDirectories(classes.resolve(pictures.labels(i).get(0)));
        Files.copy(images.resolve(pictures.name(i)), to.resolve(pictures.name(i)));
      }
    }
    Ended byFolder =
        CapturedTerminal.run(
            "demo",
            "--images",
            classes.toString(),
            "--labels",
            classes.toString(),
            "--model",
            output.resolve("tiny-beit").toString(),
            "--output",
            folder.resolve("classes-demo").toString());
    assertThat(byFolder.exitCode()).as(byFolder.err()).isZero();
    assertThat(byFolder.out()).contains("accuracy").doesNotContain("Wrote a tiny BEiT");
  }

  private static String shownByTheDocumentation() {
    return Documentation.text()
        .replaceAll("(?s).*<!-- output: demo -->\\n```\\n(.*)```\\n<!-- end of output -->.*", "$1");
  }

  /** Figures behind them may differ by the processor. */
  private static List<String> firstWords(String text) {
    return text.lines().map(line -> line.strip().replaceFirst(" .*", "")).toList();
  }

  private static List<String> rows(String out) {
    return out.lines().filter(line -> line.startsWith("fridge_")).toList();
  }
}
