package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.TunedCheckpoint;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.Network;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.Activation;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreOptions.Scoring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The code that is followed, said by options where the files speak for another. */
class OriginalsTest {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  /** Golden numbers of both formulas, beside a version that speaks for the other. */
  @ParameterizedTest
  @CsvSource({
    "d2-beit-nonsquare, 5.18.0, authors",
    "d3-beit-nonsquare-transformers5, 4.27.1, transformers",
    "d4-beit-nonsquare-shared-transformers5, 4.42.4, transformers",
  })
  void theGoldenNumbersComeByTheOption(String name, String version, String bias)
      throws IOException {
    Path model = copy(name, version);
    String golden = model.resolve("golden.safetensors").toString();
    Ended byVersion = CapturedTerminal.run("model", "verify", model.toString(), "--golden", golden);
    assertThat(byVersion.exitCode()).isEqualTo(2);
    assertThat(byVersion.problems()).singleElement().asString().contains("logits differs by");
    Ended chosen =
        CapturedTerminal.run(
            "model", "verify", model.toString(), "--golden", golden, "--position-bias", bias);
    assertThat(chosen.exitCode()).as(chosen.err()).isZero();

    Path exported = folder.resolve("exported");
    Ended export =
        CapturedTerminal.run(
            "model",
            "export",
            model.toString(),
            "--output",
            exported.toString(),
            "--position-bias",
            bias);
    assertThat(export.exitCode()).as(export.err()).isZero();
    Ended again = CapturedTerminal.run("model", "verify", exported.toString(), "--golden", golden);
    assertThat(again.exitCode()).as(again.err()).isZero();
    // Its own config.json speaks for what its graph does, and is else as it was.
    ObjectNode config = (ObjectNode) JSON.readTree(exported.resolve("config.json").toFile());
    assertThat(PositionBias.of(config).word()).isEqualTo(bias);
    config.remove(PositionBias.KEY);
    assertThat(config).isEqualTo(JSON.readTree(model.resolve("config.json").toFile()));
  }

  @Test
  void inspectTellsWhichIsChosen() throws IOException {
    Path model = copy("d2-beit-nonsquare", "5.18.0");
    assertThat(positions(model))
        .containsExactly(
            "transformers_version is 5.18.0, so the relative positions are read as Transformers"
                + " does since 4.43, width and height exchanged. For a model that was trained"
                + " before, or by its authors' code, say --position-bias authors.");
    assertThat(positions(model, "--position-bias", "authors"))
        .containsExactly(
            "the relative positions are read as its authors' code and Transformers before 4.43 do,"
                + " as was chosen.");
    assertThat(positions(copy("d3-beit-nonsquare-transformers5", "4.27.1")))
        .singleElement()
        .asString()
        .endsWith(
            "For a model that was trained by a later one, which exchanges width and height, say"
                + " --position-bias transformers.");
  }

  @Test
  void aChoiceThatChangesNothingIsTold() {
    for (String name : List.of("a-beit-meanpool-relpos", "g-vit")) {
      Ended ended =
          CapturedTerminal.run(
              "model",
              "inspect",
              MODELS.resolve(name).toString(),
              "--position-bias",
              "transformers");
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out())
          .contains(
              "warning       --position-bias changes nothing: it is about BEiT's positions on"
                  + " pictures that are not square.");
    }
  }

  /** Golden numbers of Transformers 4.41; 5.23 fails on these 24 positions. */
  @Test
  void absolutePositionsThatTransformersStretchesAreRefusedByName() throws IOException {
    Path model = copy("d5-beit-nonsquare-absolute", "5.23.0");
    String golden = model.resolve("golden.safetensors").toString();
    Ended refused = CapturedTerminal.run("model", "inspect", model.toString());
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.problems())
        .containsExactly(
            "use_absolute_position_embeddings, with pictures of height 32 and width 48:"
                + " Transformers 4.57 and 5 stretch such positions from a square or fail, which is"
                + " not done here. For a model that was trained by an earlier one, or by its"
                + " authors' code, say --position-bias authors: positions are added as they are"
                + " stored then.");
    Ended chosen =
        CapturedTerminal.run(
            "model", "verify", model.toString(), "--golden", golden, "--position-bias", "authors");
    assertThat(chosen.exitCode()).as(chosen.err()).isZero();
    assertThat(positions(model, "--position-bias", "authors"))
        .containsExactly(
            "positions are added as they are stored, as its authors' code and early Transformers"
                + " do.");
  }

  @Test
  void aFinishedGraphHasItsFormula() throws IOException {
    Path model = copy("d2-beit-nonsquare", "5.18.0");
    Path exported = folder.resolve("exported");
    CapturedTerminal.run("model", "export", model.toString(), "--output", exported.toString());
    Ended ended =
        CapturedTerminal.run("model", "inspect", exported.toString(), "--position-bias", "authors");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            exported
                + "/model.onnx is a finished graph, in which relative positions are read one way:"
                + " leave --position-bias out, or name the checkpoint that it was exported from.");
  }

  /** One of two labels for the vectors of a backbone. */
  private static ClassifierHead head(Checkpoint backbone, PositionBias trained) {
    int hidden = backbone.weights().info("classifier.weight").shape().get(1).intValue();
    return new ClassifierHead(
        "mine",
        List.of("a", "b"),
        ProblemType.MULTI_CLASS,
        hidden,
        new float[2 * hidden],
        new float[2],
        backbone.name(),
        backbone.sha256(),
        trained);
  }

  /** Trained on vectors of one formula, a head is scored with it and with no other. */
  @Test
  void aHeadKeepsTheFormulaOfItsVectors() throws IOException {
    Path model = copy("d2-beit-nonsquare", "5.18.0");
    Path head = folder.resolve("head");
    Path tuned = folder.resolve("tuned");
    try (Checkpoint backbone =
        Checkpoint.open(model, options(ResizeBackend.PILLOW_12, PositionBias.AUTHORS))) {
      ClassifierHead trained = head(backbone, backbone.originals().positionBias());
      trained.write(head);
      new TunedCheckpoint(backbone, trained).write(tuned);
    }
    CheckpointOptions withHead = CheckpointOptions.none().withHead(head);
    for (PositionBias asked : List.of(PositionBias.AUTO, PositionBias.AUTHORS)) {
      CheckpointOptions options = withHead.withOriginals(new Originals(ResizeBackend.AUTO, asked));
      try (Checkpoint checkpoint = Checkpoint.open(model, options)) {
        assertThat(checkpoint.originals().positionBias()).isEqualTo(PositionBias.AUTHORS);
        assertThat(PositionBias.of(checkpoint.config())).isEqualTo(PositionBias.AUTHORS);
      }
    }
    Originals other = new Originals(ResizeBackend.AUTO, PositionBias.TRANSFORMERS);
    assertThatThrownBy(() -> Checkpoint.open(model, withHead.withOriginals(other)))
        .hasMessage(
            "The head %s was trained on vectors with another reading of relative positions than --position-bias transformers: leave that out."
                .formatted(head));
    // The whole model says so itself, and whose pixels it was trained on.
    assertThat(positions(tuned)).singleElement().asString().endsWith("as was chosen.");
    try (Checkpoint checkpoint = Checkpoint.open(tuned, CheckpointOptions.none())) {
      assertThat(checkpoint.originals())
          .isEqualTo(new Originals(ResizeBackend.PILLOW_12, PositionBias.AUTO));
      assertThat(PositionBias.of(checkpoint.config())).isEqualTo(PositionBias.AUTHORS);
      assertThat(checkpoint.warnings()).noneMatch(warning -> warning.contains("guessed"));
    }
    Files.writeString(
        head.resolve("head.json"),
        Files.readString(head.resolve("head.json")).replace("authors", "theirs"));
    assertThatThrownBy(() -> ClassifierHead.read(head))
        .hasMessage(
            head + "/head.json: position_bias is \"theirs\"; it must be authors or transformers.");
  }

  /** What the files speak for, said aloud, is no choice: hashes of settings stay. */
  @Test
  void whatTheFilesSayAnywayIsNoChoice() throws IOException {
    Path model = copy("d2-beit-nonsquare", "5.18.0");
    try (Checkpoint checkpoint =
        Checkpoint.open(model, options(ResizeBackend.AUTO, PositionBias.TRANSFORMERS))) {
      assertThat(checkpoint.originals().positionBias()).isEqualTo(PositionBias.AUTO);
    }
  }

  /** Rows of the same numbers have the same hash, so that a resume takes them. */
  @ParameterizedTest
  @ValueSource(strings = {"a-beit-meanpool-relpos", "c-beit-abspos-cls", "g-vit"})
  void aChoiceThatChangesNothingLeavesHashesAsTheyAre(String name) {
    Scoring scoring =
        new Scoring(
            Activation.SIGMOID,
            Optional.empty(),
            OptionalInt.empty(),
            KeptScores.TOP,
            Orientation.UPRIGHT,
            Scoring.DEFAULT_MAX_PIXELS);
    Path model = MODELS.resolve(name);
    try (Checkpoint plain = Checkpoint.open(model, CheckpointOptions.none());
        Checkpoint chosen =
            Checkpoint.open(model, options(ResizeBackend.AUTO, PositionBias.TRANSFORMERS))) {
      assertThat(scoring.resolve(chosen, "fp32").sha256())
          .isEqualTo(scoring.resolve(plain, "fp32").sha256());
      assertThat(chosen.config()).isEqualTo(plain.config());
      assertThat(PositionBias.isChoice(plain.config()))
          .isEqualTo(Network.of(plain.config(), plain.weights()).positionBias().isPresent())
          .isFalse();
    }
  }

  /** Whatever was said when a head was trained, it stands on a model without a choice. */
  @Test
  void aChoiceThatChangesNothingFitsEveryHead() throws IOException {
    Path model = MODELS.resolve("g-vit");
    for (PositionBias trained : List.of(PositionBias.AUTO, PositionBias.AUTHORS)) {
      Path head = folder.resolve("head-" + trained.word());
      try (Checkpoint backbone = Checkpoint.open(model, CheckpointOptions.none())) {
        head(backbone, trained).write(head);
      }
      for (PositionBias asked : PositionBias.values()) {
        CheckpointOptions options = options(ResizeBackend.AUTO, asked).withHead(head);
        try (Checkpoint checkpoint = Checkpoint.open(model, options)) {
          assertThat(checkpoint.originals().positionBias()).isEqualTo(PositionBias.AUTO);
        }
      }
    }
  }

  @Test
  void anExportKeepsWhosePixelsWereAskedFor() throws IOException {
    Path model = copy("e-beit-multilabel-containers", "5.18.0");
    Path exported = folder.resolve("exported");
    Ended export =
        CapturedTerminal.run(
            "model",
            "export",
            model.toString(),
            "--output",
            exported.toString(),
            "--resize-backend",
            "pillow-12");
    assertThat(export.exitCode()).as(export.err()).isZero();
    assertThat(export.err()).doesNotContain("guessed");
    Ended inspected = CapturedTerminal.run("model", "inspect", exported.toString());
    assertThat(inspected.out()).containsPattern("resizes as +Pillow 12\n").doesNotContain("guess");
    // An option says more than the file.
    assertThat(
            CapturedTerminal.run(
                    "model", "inspect", exported.toString(), "--resize-backend", "torchvision")
                .out())
        .containsPattern("resizes as +torchvision\n");
    Path processor = exported.resolve("preprocessor_config.json");
    Files.writeString(processor, Files.readString(processor).replace("pillow-12", "pil"));
    assertThat(CapturedTerminal.run("model", "inspect", exported.toString()).problems())
        .containsExactly(
            processor
                + ": labelmill_resize_backend is \"pil\"; it must be auto, pillow, pillow-12 or"
                + " torchvision.");
  }

  @Test
  void aFormulaThatNobodyHasIsRefused() throws IOException {
    Path model = copy("d2-beit-nonsquare", "5.18.0");
    Path config = model.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\\{", "{\"labelmill_position_bias\": 3,"));
    assertThat(CapturedTerminal.run("model", "inspect", model.toString()).problems())
        .containsExactly(
            "labelmill_position_bias is 3 in config.json; it must be authors or transformers.");
  }

  @Test
  void goldenPixelsAreMadeAlready() {
    assertThat(
            CapturedTerminal.run(
                    "model", "verify", "m", "--golden", "g", "--resize-backend", "pillow")
                .problems())
        .containsExactly("--golden has pixel values that are made: leave --resize-backend out");
  }

  private static CheckpointOptions options(ResizeBackend backend, PositionBias bias) {
    return CheckpointOptions.none().withOriginals(new Originals(backend, bias));
  }

  /** What {@code model inspect} says of positions. */
  private static List<String> positions(Path model, String... options) {
    List<String> line = new ArrayList<>(List.of("model", "inspect", model.toString()));
    line.addAll(List.of(options));
    Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended
        .out()
        .lines()
        .filter(each -> each.startsWith("positions "))
        .map(each -> each.replaceFirst("positions +", ""))
        .toList();
  }

  /** A golden model that another Transformers seems to have written. */
  private Path copy(String name, String version) throws IOException {
    Path model = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(MODELS.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Path config = model.resolve("config.json");
    String json = Files.readString(config);
    String written =
        json.replaceFirst(
            "\"transformers_version\": \"[^\"]+\"",
            "\"transformers_version\": \"%s\"".formatted(version));
    assertThat(written).isNotEqualTo(json);
    Files.writeString(config, written);
    return model;
  }
}
