package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.command.CapturedTerminal.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelCommandsTest {
  private static final Path MODELS = Reference.golden().resolve("models");

  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource("io.labelmill.Reference#goldenModels")
  void everyGoldenModelAgreesWithTheOriginalCode(Path model) {
    Ended ended = verify(model, model.resolve("golden.safetensors"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("last_hidden_state").doesNotContain("too large");
  }

  @Test
  void theLargestDifferenceOfEachTensorIsShown() {
    Path model = MODELS.resolve("e-beit-multilabel-containers");
    Ended ended = verify(model, model.resolve("golden.safetensors"));
    assertThat(ended.out().lines().findFirst())
        .hasValue("tensor               shape                difference      allowed");
    assertThat(ended.out())
        .containsPattern("(?m)^logits +\\[3, 4] +\\d\\.\\d\\de-\\d\\d +1\\.00e-05$")
        .containsPattern("(?m)^probabilities +\\[3, 4] +\\d\\.\\d\\de-\\d\\d +2\\.00e-06$")
        .containsPattern("(?m)^logits64 ");
  }

  @Test
  void anotherModelsOutputsEndWithTwo() {
    Path golden = MODELS.resolve("i2-beit-bfloat16/golden.safetensors");
    Ended ended = verify(MODELS.resolve("i1-beit-float16"), golden);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).contains("too large");
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith(
            "the model "
                + MODELS.resolve("i1-beit-float16")
                + " does not agree with "
                + golden
                + ": ")
        .containsPattern("logits differs by \\d\\.\\d\\de[+-]\\d\\d, more than 1\\.00e-05");
  }

  @Test
  void theToleranceMayBeGiven() {
    Path model = MODELS.resolve("a-beit-meanpool-relpos");
    String golden = model.resolve("golden.safetensors").toString();
    Ended ended =
        CapturedTerminal.run(
            "model", "verify", model.toString(), "--golden", golden, "--tolerance", "0");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).contains("0.00e+00 too large");
  }

  @Test
  void whatIsMissingEndsWithTwo() {
    Path model = MODELS.resolve("a-beit-meanpool-relpos");
    assertThat(verify(model, folder.resolve("none.safetensors")).exitCode()).isEqualTo(2);
    Ended ended = CapturedTerminal.run("model", "inspect", folder.resolve("none").toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems()).singleElement().asString().contains("none");
  }

  @Test
  void inspectTellsWhatACheckpointIs() {
    Ended ended =
        CapturedTerminal.run(
            "model", "inspect", MODELS.resolve("e-beit-multilabel-containers").toString());
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "name e-beit-multilabel-containers",
            "problem type multi-label",
            "activation sigmoid",
            "labels 4: can, carton, milk_bottle, water_bottle",
            "architecture BeitForImageClassification",
            "outputs logits, pooled, last_hidden_state")
        .anyMatch(line -> line.matches("sha256 [0-9a-f]{64}"))
        .anyMatch(line -> line.matches("input \\[c=3,h=\\d+,w=\\d+], patches of .* tokens"))
        .anyMatch(line -> line.matches("parameters \\d+\\.\\d million"))
        .anyMatch(line -> line.matches("weights \\d+\\.\\d MB in tensors of type: \\d+ F32"));
  }

  @Test
  void inspectTellsWhosePixelsAreMade() throws IOException {
    Path model = copy("e-beit-multilabel-containers");
    assertThat(inspected(model)).contains("resizes as Pillow 13.0");
    assertThat(inspected(model, "--resize-backend", "torchvision"))
        .contains("resizes as torchvision");
    Path config = model.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst(
                "\"transformers_version\": \"[^\"]+\"", "\"transformers_version\": \"5.18.0\""));
    assertThat(inspected(model))
        .contains("resizes as torchvision")
        .anyMatch(
            line ->
                line.startsWith("warning ")
                    && line.endsWith(
                        "preprocessor_config.json does not say whether torchvision or Pillow"
                            + " resized the pictures, as Transformers 5.18.0 writes it: torchvision"
                            + " is guessed, its default. If backend=\"pil\" was given there, say"
                            + " --resize-backend pillow."));
    assertThat(inspected(model, "--resize-backend", "pillow"))
        .contains("resizes as Pillow 13.0")
        .noneMatch(line -> line.contains("is guessed"));
    Ended wrong =
        CapturedTerminal.run("model", "inspect", model.toString(), "--resize-backend", "x");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.problems())
        .containsExactly(
            "--resize-backend is x: it must be auto, pillow, pillow-12 or torchvision.");
  }

  /** Lines of {@code model inspect}, with single blanks. */
  private static List<String> inspected(Path model, String... options) {
    List<String> line = new ArrayList<>(List.of("model", "inspect", model.toString()));
    line.addAll(List.of(options));
    Ended ended = CapturedTerminal.run(line.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.out().lines().map(one -> one.replaceAll(" +", " ")).toList();
  }

  @Test
  void verifyNeedsNoProcessor() throws IOException {
    Path model = copy("a-beit-meanpool-relpos");
    Files.delete(model.resolve("preprocessor_config.json"));
    Ended ended = verify(model, model.resolve("golden.safetensors"));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(CapturedTerminal.run("model", "inspect", model.toString()).problems())
        .singleElement()
        .asString()
        .contains("has no preprocessor_config.json", "--processor FOLDER");
  }

  @Test
  void inspectShowsWhatTheGraphLeavesOut() throws IOException {
    Path model = copy("e-beit-multilabel-containers");
    Path config = model.resolve("config.json");
    String json = Files.readString(config);
    Files.writeString(
        config, json.replaceFirst("\"num_hidden_layers\": \\d+", "\"num_hidden_layers\": 1"));
    Ended ended = CapturedTerminal.run("model", "inspect", model.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).containsPattern("(?m)^warning +.*encoder\\.layer\\.N\\.");
  }

  @Test
  void inspectTellsHowPositionsAreReadWhereThePictureIsNotSquare() throws IOException {
    Path model = copy("d2-beit-nonsquare");
    Ended authors = CapturedTerminal.run("model", "inspect", model.toString());
    assertThat(authors.out())
        .contains(
            "positions     transformers_version is 4.11.0.dev0, so the relative positions are read as"
                + " its authors' code and Transformers before 4.43 do.");
    Path config = model.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("4.11.0.dev0", "4.43.0"));
    assertThat(CapturedTerminal.run("model", "inspect", model.toString()).out())
        .contains(
            "positions     transformers_version is 4.43.0, so the relative positions are read as"
                + " Transformers does since 4.43, width and height exchanged.");
    Files.writeString(
        config, Files.readString(config).replace("transformers_version", "some_version"));
    assertThat(CapturedTerminal.run("model", "inspect", model.toString()).out())
        .contains("positions     config.json names no transformers_version, so");
    assertThat(
            CapturedTerminal.run(
                    "model", "inspect", MODELS.resolve("a-beit-meanpool-relpos").toString())
                .out())
        .doesNotContain("positions  ");
  }

  @Test
  void onlyWhatTheLauncherHonoursIsPromised() {
    assertThat(CapturedTerminal.run("model", "inspect", "--help").out().replaceAll("\\s+", " "))
        .contains("[--driver-memory M] [--conf KEY=VALUE]... [--properties-file FILE]")
        .doesNotContain("spark-submit");
    assertThat(CapturedTerminal.run("score", "--help").out()).contains("[-- spark-submit options]");
  }

  @Test
  void aGpuIsNamedAndNeverGuessed() {
    Path model = MODELS.resolve("a-beit-meanpool-relpos");
    String golden = model.resolve("golden.safetensors").toString();
    Ended unnamed =
        CapturedTerminal.run(
            "model", "verify", model.toString(), "--golden", golden, "--device", "gpu");
    assertThat(unnamed.exitCode()).isEqualTo(1);
    assertThat(unnamed.problems())
        .containsExactly(
            "--device gpu takes the GPU that Spark gives a task, and there is no such task here:"
                + " name a GPU of this machine, such as gpu:0 (nvidia-smi numbers them)");
    assertThat(
            CapturedTerminal.run("model", "bench", model.toString(), "--device", "gpu").problems())
        .isEqualTo(unnamed.problems());
  }

  @Test
  void benchRefusesWhatCanNotBeMeasured() {
    assertThat(
            CapturedTerminal.run(
                    "model",
                    "bench",
                    "m",
                    "--threads",
                    "1,0",
                    "--batch-size",
                    "1,many",
                    "--precision",
                    "fp32,fp8")
                .problems())
        .containsExactly(
            "--threads is 0, not a number from 1 to 1024",
            "--batch-size is many, not a number from 1 to 1024",
            "--precision is fp8: it must be auto, fp32, bf16, fp16, int8 or int8-bf16.");
    assertThat(CapturedTerminal.run("model", "bench", "m", "--precision", "fp32,fp16").problems())
        .containsExactly(
            "--precision fp16 is for GPUs: name one of this machine, such as --device gpu:0");
    assertThat(
            CapturedTerminal.run("model", "bench", "m", "--precision", "int8", "--device", "gpu:0")
                .problems())
        .containsExactly("--precision int8 is for processors: leave --device out");
    assertThat(
            CapturedTerminal.run("model", "bench", "m", "--precision", "bf16", "--device", "gpu:0")
                .problems())
        .containsExactly("--precision bf16 is for processors: leave --device out");
    assertThat(
            CapturedTerminal.run(
                    "model", "bench", "m", "--precision", "int8-bf16", "--device", "gpu:0")
                .problems())
        .containsExactly("--precision int8-bf16 is for processors: leave --device out");
  }

  private Path copy(String name) throws IOException {
    Path model = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(MODELS.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    return model;
  }

  @Test
  void inspectTakesOtherLabels() throws IOException {
    Path names = Files.writeString(folder.resolve("names.txt"), "tin\nbox\ntin\njug\n");
    Ended ended =
        CapturedTerminal.run(
            "model",
            "inspect",
            MODELS.resolve("e-beit-multilabel-containers").toString(),
            "--labels",
            names.toString());
    assertThat(ended.out()).contains("4: tin, box, tin, jug", "1 names stand for several labels");
  }

  @Test
  void inspectTakesAnotherProcessor() {
    Ended ended =
        CapturedTerminal.run(
            "model",
            "inspect",
            MODELS.resolve("e-beit-multilabel-containers").toString(),
            "--processor",
            MODELS.resolve("d-beit-384like").toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .contains("makes pictures of height 64 and width 64", "takes height 48 and width 48");
  }

  @ParameterizedTest
  @MethodSource("io.labelmill.Reference#goldenModels")
  void inspectReadsEveryGoldenModel(Path model) {
    assertThat(CapturedTerminal.run("model", "inspect", model.toString()).exitCode()).isZero();
  }

  private static Ended verify(Path model, Path golden) {
    return CapturedTerminal.run("model", "verify", model.toString(), "--golden", golden.toString());
  }
}
