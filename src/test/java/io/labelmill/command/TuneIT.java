package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/train --tune} from its command line to a checkpoint that the other commands use. */
class TuneIT {
  private static final FridgePictures PICTURES = new FridgePictures(60, 1);

  @TempDir static Path shared;
  private static Path images;
  private static Path model;
  private static Path embeddings;

  @TempDir Path folder;

  @BeforeAll
  static void embedPictures() {
    EmbeddedPictures embedded = EmbeddedPictures.in(shared, PICTURES);
    images = embedded.images();
    model = embedded.model();
    embeddings = embedded.embeddings();
  }

  @Test
  void theTunedCheckpointScoresAsItsModelCardSays() throws IOException {
    Ended ended = tune("tuned", "--tune", "last:1", "--keep", "tuned", "--number-of-epochs", "3");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .containsPattern(
            "Tuning (beat|did not beat) the head alone on the validation images \\(micro_f1 ")
        .containsPattern("macro_f1 +0\\.\\d{4} \\(head alone 0\\.\\d{4}\\)");
    Path output = folder.resolve("tuned");
    JsonNode json = new ObjectMapper().readTree(output.resolve("training/training.json").toFile());
    JsonNode tuning = json.path("tuning");
    assertThat(tuning.path("kept").asBoolean()).isTrue();
    assertThat(tuning.path("epochs")).hasSize(3);
    assertThat(tuning.path("images").asInt()).isEqualTo(38);
    assertThat(tuning.path("validation_images").asInt()).isEqualTo(10);
    assertThat(json.path("configuration").path("tune").asText()).isEqualTo("last:1");
    assertThat(Files.readString(output.resolve("README.md")))
        .contains(
            "The backbone `tiny`, tuned with a classifier on it",
            "Tuned with `--tune last:1`: AdamW, learning rate 9.973E-5, cosine behind 0 steps",
            "| metric | head, validation | tuned, validation | head, test | tuned, test |",
            "![Loss and validation metric by epoch](training/curves.svg)");
    assertThat(Files.readString(output.resolve("training/curves.svg")))
        .startsWith("<svg ")
        .contains("<polyline points=", "micro_f1 of the validation images")
        .doesNotContain("NaN");

    String list = output.resolve("training/test.csv").toString();
    Ended evaluated =
        CapturedTerminal.run(
            "evaluate",
            "--model",
            output.toString(),
            "--input",
            list,
            "--truth",
            list,
            "--output",
            folder.resolve("report").toString());
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    JsonNode metrics = new ObjectMapper().readTree(folder.resolve("report/metrics.json").toFile());
    for (String name : List.of("binary_cross_entropy", "macro_f1", "exact_match")) {
      double own = json.path("metrics_tested").path(name).asDouble();
      assertThat(own).isEqualTo(tuning.path("tuned_tested").path(name).asDouble());
      assertThat(metrics.findValue(name).asDouble()).as(name).isCloseTo(own, Offset.offset(1e-5));
    }
    try (Checkpoint before = Checkpoint.open(model, CheckpointOptions.none());
        Checkpoint after = Checkpoint.open(output, CheckpointOptions.none())) {
      for (String name : before.weights().names()) {
        boolean trained = !name.contains("embeddings") && !name.contains("layer.0.");
        if (!name.startsWith("classifier") && !name.endsWith("_index")) {
          assertThat(Arrays.equals(after.weights().floats(name), before.weights().floats(name)))
              .as(name)
              .isEqualTo(!trained);
        }
      }
    }
    try (var beside = Files.list(folder)) {
      assertThat(beside.map(file -> file.getFileName().toString()))
          .as("nothing of the way is left")
          .containsExactlyInAnyOrder("tuned", "report");
    }
  }

  @Test
  void aRunThatWasKilledInAnEpochGoesOnToTheSameWeights() throws Exception {
    String[] options = {"--tune", "all", "--keep", "tuned", "--number-of-epochs", "4"};
    assertThat(tune("undisturbed", options).exitCode()).isZero();

    CompletableFuture<Ended> killed = CompletableFuture.supplyAsync(() -> tune("killed", options));
    Path epochs = folder.resolve("killed-tuning/epochs.json");
    while (!Files.exists(epochs) && !killed.isDone()) {
      Thread.sleep(5);
    }
    while (!killed.isDone()) {
      SparkFixture.spark().sparkContext().cancelAllJobs();
      Thread.sleep(5);
    }
    assertThat(killed.get().exitCode()).isNotZero();
    assertThat(folder.resolve("killed")).doesNotExist();
    int done = new ObjectMapper().readTree(epochs.toFile()).size();
    assertThat(done).isBetween(1, 3);

    Ended resumed = tune("killed", options);
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    for (String file : List.of("model.safetensors", "training/curves.svg")) {
      assertThat(folder.resolve("killed").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("undisturbed").resolve(file));
    }
    assertThat(folder.resolve("killed-tuning")).doesNotExist();
  }

  @Test
  void theHeadAloneIsWrittenWhereTuningDidNotBeatIt() throws IOException {
    assertThat(tune("head").exitCode()).isZero();
    // So large a rate that the network forgets all it knew.
    Ended ended =
        tune("spoilt", "--tune", "all", "--learning-rate", "1", "--number-of-epochs", "1");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains("Tuning did not beat the head alone on the validation images")
        .contains(": the head alone was written.")
        .containsPattern("macro_f1 +\\S+ \\(tuned ");
    assertThat(folder.resolve("spoilt/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("head/model.safetensors"));
    assertThat(Files.readString(folder.resolve("spoilt/README.md")))
        .contains(
            "A linear classifier on the frozen backbone `tiny`", "the head alone was written");
  }

  @Test
  void whatCannotBeTunedEndsWithTwo() throws IOException {
    Ended blocks = tune("deep", "--tune", "last:3");
    assertThat(blocks.exitCode()).isEqualTo(2);
    assertThat(blocks.err())
        .contains("--tune is last:3, but tiny has 2 blocks: name fewer, or say --tune all.");

    Ended none = tune("few", "--tune", "all", "--validation", "0.001");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err())
        .contains(
            "--validation 0.001 leaves none of the 48 images to train on to choose the best epoch by");

    Ended most = tune("most", "--tune", "all", "--validation", "0.97");
    assertThat(most.exitCode()).isEqualTo(2);
    assertThat(most.err()).contains("With --validation 0.97 the label ").contains("left to tune");

    Path image = images.resolve(PICTURES.name(7));
    byte[] content = Files.readAllBytes(image);
    try {
      Files.write(image, Arrays.copyOf(content, 100));
      Ended broken = tune("broken", "--tune", "last:1");
      assertThat(broken.exitCode()).isEqualTo(2);
      assertThat(broken.err())
          .contains("An image to tune with can't be read: ")
          .contains("the same command goes on where this one ended");
    } finally {
      Files.write(image, content);
    }
    assertThat(folder.resolve("broken")).doesNotExist();
  }

  private Ended tune(String output, String... options) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "train",
                "--model",
                model.toString(),
                "--embeddings",
                embeddings.toString(),
                "--truth",
                shared.resolve("labels.csv").toString(),
                "--match-by",
                "name",
                "--output",
                folder.resolve(output).toString()));
    line.addAll(List.of(options));
    if (line.contains("--tune")) {
      line.addAll(List.of("--training-batch-size", "8"));
    }
    return CapturedTerminal.run(line.toArray(String[]::new));
  }
}
