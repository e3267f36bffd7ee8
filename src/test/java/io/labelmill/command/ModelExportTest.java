package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.TestCheckpoints;
import io.labelmill.checkpoint.OnnxFile;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.graph.GraphSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelExportTest {
  private static final Path MODELS = Reference.golden().resolve("models");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-beit-meanpool-relpos",
        "b-beit-shared-relpos",
        "c-beit-abspos-cls",
        "d2-beit-nonsquare",
        "e-beit-multilabel-containers",
        "g-vit",
        "i2-beit-bfloat16",
        "k-beit-sharded",
        "l-beit-onelabel"
      })
  void aPortableGraphGivesTheGoldenLogitsInAnyRuntime(String name) throws IOException {
    Path exported = export(MODELS.resolve(name));
    assertThat(names(exported))
        .containsExactly(
            "config.json",
            "model.onnx",
            "preprocessor_config.json",
            "serving.properties",
            "synset.txt");
    OnnxFile onnx = OnnxFile.read(exported.resolve("model.onnx"));
    assertThat(onnx.opsets()).containsOnlyKeys("").containsEntry("", 13L);
    assertThat(onnx.operators().keySet()).noneMatch(operator -> operator.contains("."));
    assertThat(onnx.inputs()).hasSize(1);
    assertThat(onnx.inputs().get(0).name()).isEqualTo("pixel_values");
    assertThat(onnx.inputs().get(0).type()).isEqualTo("float");
    assertThat(onnx.inputs().get(0).shape().get(0)).isEqualTo(OnnxFile.Port.DYNAMIC);
    assertThat(onnx.outputs()).extracting(OnnxFile.Port::name).containsExactly("logits");
    assertThat(onnx.dataFiles()).isEmpty();
    try (TensorStore golden =
            SafeTensorsFile.open(MODELS.resolve(name).resolve("golden.safetensors"));
        GraphSession session = GraphSession.open(exported.resolve("model.onnx"))) {
      long[] shape =
          golden.info("pixel_values").shape().stream().mapToLong(Long::longValue).toArray();
      float[] logits = session.run(golden.floats("pixel_values"), shape).get("logits");
      assertThat(logits).containsExactly(golden.floats("logits"), within(1e-5f));
    }
    // Our own commands take it, too.
    Ended verified =
        CapturedTerminal.run(
            "model",
            "verify",
            exported.toString(),
            "--golden",
            MODELS.resolve(name).resolve("golden.safetensors").toString());
    assertThat(verified.exitCode()).as(verified.err()).isZero();
    assertThat(verified.out()).contains("logits").doesNotContain("too large");
  }

  @Test
  void aFastGraphIsTheOneOfTheJob() throws IOException {
    Path exported = export(MODELS.resolve("a-beit-meanpool-relpos"), "--graph", "fast");
    OnnxFile onnx = OnnxFile.read(exported.resolve("model.onnx"));
    assertThat(onnx.opsets().keySet()).isEqualTo(Set.of("", "com.microsoft"));
    assertThat(onnx.operators()).containsKey("com.microsoft.SkipLayerNormalization");
  }

  @Test
  void theFolderSaysWhatTheModelIs() throws IOException {
    Path model = MODELS.resolve("e-beit-multilabel-containers");
    Path exported = export(model);
    assertThat(Files.readAllLines(exported.resolve("synset.txt")))
        .containsExactly("can", "carton", "milk_bottle", "water_bottle");
    assertThat(exported.resolve("config.json"))
        .hasSameBinaryContentAs(model.resolve("config.json"));
    assertThat(exported.resolve("preprocessor_config.json"))
        .hasSameBinaryContentAs(model.resolve("preprocessor_config.json"));
    assertThat(Files.readString(exported.resolve("serving.properties")))
        .contains("engine=OnnxRuntime\n", "translatorFactory=io.labelmill.djl.");

    Ended ended = CapturedTerminal.run("model", "inspect", exported.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "graph model.onnx, run as it is",
            " written by labelmill",
            "input pixel_values float [?, 3, 48, 48]",
            "output logits float [?, 4]",
            "labels 4: can, carton, milk_bottle, water_bottle",
            "activation sigmoid")
        .anyMatch(line -> line.matches("operators opset 13: \\d+ \\w+, .*"))
        .anyMatch(line -> line.matches("constants \\d+, \\d+\\.\\d MB"));
  }

  @Test
  void otherLabelsAndAnotherProcessorGoAlong() throws IOException {
    Path names = Files.writeString(folder.resolve("names"), "tin\nbox\ntin\njug\n");
    Path processor = Files.createDirectory(folder.resolve("processor"));
    Files.copy(
        MODELS.resolve("e-beit-multilabel-containers/preprocessor_config.json"),
        processor.resolve("preprocessor_config.json"));
    Files.writeString(
        processor.resolve("preprocessor_config.json"),
        Files.readString(processor.resolve("preprocessor_config.json"))
            .replace("\"do_normalize\": true", "\"do_normalize\": false"));
    Path exported =
        export(
            MODELS.resolve("e-beit-multilabel-containers"),
            "--labels",
            names.toString(),
            "--processor",
            processor.toString());
    assertThat(Files.readAllLines(exported.resolve("synset.txt")))
        .containsExactly("tin", "box", "tin", "jug");
    assertThat(
            new ObjectMapper()
                .readTree(exported.resolve("config.json").toFile())
                .at("/id2label/3")
                .asText())
        .isEqualTo("jug");
    assertThat(exported.resolve("preprocessor_config.json"))
        .hasSameBinaryContentAs(processor.resolve("preprocessor_config.json"));
    assertThat(CapturedTerminal.run("model", "inspect", exported.toString()).out())
        .contains("4: tin, box, tin, jug");
  }

  @Test
  void labelsWithGapsKeepTheirNumbers() throws IOException {
    Path model = folder.resolve("gaps");
    TestCheckpoints.gaps().write(model);
    Path exported = export(model);
    assertThat(Files.readAllLines(exported.resolve("synset.txt")))
        .containsExactly("thing 0", "thing 1", "thing 3", "thing 4", "thing 10", "thing 21");
    assertThat(CapturedTerminal.run("model", "inspect", exported.toString()).out())
        .contains("The 6 labels are numbered from 0 to 21 with gaps");
  }

  @Test
  void nothingIsWrittenOver() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.writeString(target.resolve("notes.txt"), "mine");
    Ended ended = run(MODELS.resolve("g-vit"), target.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            "--output "
                + target
                + " is not empty (there is notes.txt): nothing is written over; name another"
                + " folder, or remove this one");
    assertThat(names(target)).containsExactly("notes.txt");

    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(run(MODELS.resolve("g-vit"), file.toString()).problems())
        .containsExactly("--output " + file + " is a file; name a folder to be made");
  }

  @Test
  void anEmptyFolderIsFilled() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    assertThat(run(MODELS.resolve("g-vit"), target.toString()).exitCode()).isZero();
    assertThat(names(target)).contains("model.onnx");
    // Whoever may read the parent may read the export.
    assertThat(Files.getPosixFilePermissions(target))
        .contains(java.nio.file.attribute.PosixFilePermission.OTHERS_READ);
  }

  @Test
  void whatCanNotBeBuiltLeavesNothing() throws IOException {
    Path parent = Files.createDirectory(folder.resolve("parent"));
    Ended ended = run(MODELS.resolve("j1-beitmodel-nohead"), parent.resolve("out").toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly("BeitModel has no logits; it gives pooled, last_hidden_state.");
    assertThat(names(parent)).isEmpty();
  }

  @Test
  void anExportIsNotExportedAgain() throws IOException {
    Path exported = export(MODELS.resolve("g-vit"));
    Ended ended = run(exported, folder.resolve("again").toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems()).singleElement().asString().contains("holds an exported graph");
    assertThat(folder.resolve("again")).doesNotExist();
  }

  @Test
  void wrongOptionsAreAllNamed() {
    String model = MODELS.resolve("g-vit").toString();
    Ended ended =
        CapturedTerminal.run(
            "model", "export", model, "--output", "s3a://bucket/model", "--graph", "quick");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly(
            "--output s3a://bucket/model is not a folder of this machine: export to one and copy it"
                + " there",
            "--graph is quick: it must be portable or fast.");
    assertThat(CapturedTerminal.run("model", "export", model).problems())
        .singleElement()
        .asString()
        .startsWith("--output is missing: FOLDER");
  }

  private Path export(Path model, String... options) {
    Path target = folder.resolve("exported");
    Ended ended = run(model, target.toString(), options);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains(
            "model.onnx: pixel_values float [?, 3, ",
            List.of(options).contains("fast") ? ", opset 17" : ", opset 13");
    return target;
  }

  private static Ended run(Path model, String target, String... options) {
    List<String> words =
        new ArrayList<>(List.of("model", "export", model.toString(), "--output", target));
    words.addAll(List.of(options));
    return CapturedTerminal.run(words.toArray(String[]::new));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
