package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
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
    String[] options = {"--tune", "all", "--keep", "tuned", "--number-of-epochs", "3"};
    assertThat(tune("undisturbed", options).exitCode()).isZero();

    killAndGoOn("killed", 2, options);
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
  void aLabelThatNoValidationImageHasIsTold() throws IOException {
    Ended ended =
        tune("few", "--tune", "last:1", "--validation", "0.03", "--number-of-epochs", "1");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    String told =
        "\\d of the 4 labels are on none of the validation images, so that the best epoch is chosen without them: ";
    assertThat(ended.out()).containsPattern("note: " + told);
    assertThat(Files.readString(folder.resolve("few/README.md"))).containsPattern("- " + told);
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

    Ended diverged = tune("diverged", "--tune", "last:1", "--learning-rate", "1e30");
    assertThat(diverged.exitCode()).isEqualTo(2);
    assertThat(diverged.err())
        .contains("Epoch 1 came to numbers that are not finite: the learning rate 1.0E30 is too")
        .contains("Say a lower --learning-rate.");

    Files.writeString(folder.resolve("file"), "no folder");
    Ended unwritable = tune("file/model", "--tune", "last:1");
    assertThat(unwritable.exitCode()).isEqualTo(2);
    assertThat(unwritable.err())
        .contains("The output " + folder.resolve("file/model") + " cannot be written: ");

    Path image = images.resolve(PICTURES.name(7));
    byte[] content = Files.readAllBytes(image);
    try {
      Files.write(image, Arrays.copyOf(content, 100));
      Ended broken = tune("broken", "--tune", "last:1");
      assertThat(broken.exitCode()).isEqualTo(2);
      assertThat(broken.err())
          .contains("The image ", PICTURES.name(7) + " can't be tuned with: ")
          .contains("the same command goes on where this one ended");
    } finally {
      Files.write(image, content);
    }
    assertThat(folder.resolve("broken")).doesNotExist();
  }

  /**
   * Stops a training when an epoch is behind it, and gives the same command again.
   *
   * @param most epochs that may be behind it then
   */
  private void killAndGoOn(String output, int most, String... options) throws Exception {
    CompletableFuture<Ended> killed = CompletableFuture.supplyAsync(() -> tune(output, options));
    Path epochs = folder.resolve(output + "-tuning/epochs.json");
    while (!Files.exists(epochs) && !killed.isDone()) {
      Thread.sleep(5);
    }
    while (!killed.isDone()) {
      SparkFixture.spark().sparkContext().cancelAllJobs();
      Thread.sleep(5);
    }
    assertThat(killed.get().exitCode()).isNotZero();
    assertThat(folder.resolve(output)).doesNotExist();
    int done = new ObjectMapper().readTree(epochs.toFile()).size();
    assertThat(done).isBetween(1, most);

    Ended resumed = tune(output, options);
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
  }

  @Test
  void severalWhoTrainTakeTheMeanOfTheirWeightsAndGoOnWhenKilled() throws Exception {
    String[] options = {
      "--tune",
      "all",
      "--keep",
      "tuned",
      "--number-of-epochs",
      "2",
      "--trainers",
      "2",
      "--average-every",
      "2"
    };
    Ended ended = tune("undisturbed", options);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    killAndGoOn("killed", 1, options);
    assertThat(folder.resolve("killed/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("undisturbed/model.safetensors"));

    Ended many = tune("many", "--tune", "all", "--trainers", "3");
    assertThat(many.exitCode()).isEqualTo(2);
    assertThat(many.err())
        .contains(
            "--trainers is 3, but only 2 tasks can run at once: say fewer, or give the job more executors.");
  }

  /** One of two can't read an image, while the other waits for it. */
  @Test
  void whoCannotGoOnKeepsNobodyWaiting() throws IOException {
    Path image = images.resolve(PICTURES.name(7));
    byte[] content = Files.readAllBytes(image);
    Files.write(image, Arrays.copyOf(content, 100));
    try {
      Ended broken = tune("broken", "--tune", "all", "--trainers", "2", "--average-every", "1");
      assertThat(broken.exitCode()).isEqualTo(2);
      assertThat(broken.err()).contains(PICTURES.name(7) + " can't be tuned with: ");
    } finally {
      Files.write(image, content);
    }
  }

  @Test
  void imagesAreReadFromWhateverTheyWereEmbeddedFrom() throws IOException {
    String[] options = {
      "--tune", "last:1", "--keep", "tuned", "--number-of-epochs", "2", "--augment", "none"
    };
    JsonNode ofFolder = trainedOn("folder", List.of("--input", images.toString()), options);
    Path archive = folder.resolve("pictures.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
        Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
        Files.copy(file, zip);
      }
    }
    List<Row> rows = new ArrayList<>();
    List<Row> lying = new ArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    String host = "127.0.0.1:" + server.getAddress().getPort();
    for (int i = 0; i < PICTURES.count(); i++) {
      byte[] bytes = Files.readAllBytes(images.resolve(PICTURES.name(i)));
      rows.add(RowFactory.create(PICTURES.name(i), bytes));
      lying.add(RowFactory.create("http://" + host + "/" + PICTURES.name(i)));
    }
    StructType schema =
        new StructType().add("name", DataTypes.StringType).add("picture", DataTypes.BinaryType);
    String contents = folder.resolve("contents").toString();
    SparkFixture.spark().createDataFrame(rows, schema).repartition(3).write().parquet(contents);
    String addresses = folder.resolve("addresses").toString();
    SparkFixture.spark()
        .createDataFrame(lying, new StructType().add("path", DataTypes.StringType))
        .write()
        .parquet(addresses);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes =
              Files.readAllBytes(images.resolve(exchange.getRequestURI().getPath().substring(1)));
          exchange.sendResponseHeaders(200, bytes.length);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(bytes);
          }
        });
    server.start();
    try {
      for (List<String> input :
          List.of(
              List.of("--input", archive.toString()),
              List.of("--input", contents, "--path-column", "name", "--content-column", "picture"),
              List.of("--input", addresses, "--allow-hosts", host))) {
        JsonNode other = trainedOn("from-" + input.size() + input.get(1).length(), input, options);
        for (String metric : List.of("tuned_validation", "tuned_tested")) {
          assertThat(other.path(metric).path("binary_cross_entropy").asDouble())
              .as(input + metric)
              .isCloseTo(
                  ofFolder.path(metric).path("binary_cross_entropy").asDouble(),
                  Offset.offset(1e-4));
        }
      }
      // A table of embeddings may name what no job may open unasked.
      String table = folder.resolve("of-addresses").toString();
      assertThat(
              CapturedTerminal.run(
                      "embed",
                      "--model",
                      model.toString(),
                      "--input",
                      addresses,
                      "--allow-hosts",
                      host,
                      "--output",
                      table)
                  .exitCode())
          .isZero();
      Ended refused =
          train("refused", List.of("--embeddings", table), "--tune", "last:1", "--split", "none");
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.err())
          .contains("http://" + host + "/", " can't be tuned with: ", "--allow-hosts")
          .contains("name them with --input, and no --embeddings.");
      assertThat(
              train(
                      "allowed",
                      List.of("--embeddings", table, "--allow-hosts", host),
                      "--tune",
                      "last:1",
                      "--number-of-epochs",
                      "1")
                  .exitCode())
          .isZero();
    } finally {
      server.stop(0);
    }
  }

  private JsonNode trainedOn(String output, List<String> input, String... options)
      throws IOException {
    Ended ended = train(output, input, options);
    assertThat(ended.exitCode()).as(input + ended.err()).isZero();
    return new ObjectMapper()
        .readTree(folder.resolve(output).resolve("training/training.json").toFile())
        .path("tuning");
  }

  private Ended tune(String output, String... options) {
    return train(output, List.of("--embeddings", embeddings.toString()), options);
  }

  private Ended train(String output, List<String> input, String... options) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "train",
                "--model",
                model.toString(),
                "--truth",
                shared.resolve("labels.csv").toString(),
                "--match-by",
                "name",
                "--output",
                folder.resolve(output).toString()));
    line.addAll(input);
    line.addAll(List.of(options));
    if (line.contains("--tune")) {
      line.addAll(List.of("--training-batch-size", "8"));
    }
    return CapturedTerminal.run(line.toArray(String[]::new));
  }
}
