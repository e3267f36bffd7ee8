package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.TestCheckpoints;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final JsonMapper JSON = new JsonMapper();
  private static final CheckpointOptions NONE = CheckpointOptions.none();

  @TempDir Path temp;

  /** A good checkpoint of six outputs, for tests to spoil. */
  private Path folder;

  @BeforeEach
  void writeCheckpoint() {
    folder = temp.resolve("tiny");
    TestCheckpoints.tiny().write(folder);
  }

  private void edit(String name, Consumer<ObjectNode> change) throws IOException {
    Path file = folder.resolve(name);
    ObjectNode node = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(node);
    JSON.writeValue(file.toFile(), node);
  }

  private void assertRefused(CheckpointOptions options, String... problems) {
    InputException refused =
        catchThrowableOfType(InputException.class, () -> Checkpoint.open(folder, options).close());
    assertThat(refused).isNotNull();
    assertThat(refused.problems())
        .containsExactly(
            Stream.of(problems)
                .map(problem -> problem.replace("DIR", folder.toString()))
                .toArray(String[]::new));
  }

  private static Labels labels(Path folder, CheckpointOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(folder, options)) {
      return checkpoint.labels();
    }
  }

  private static List<String> warnings(Path folder) {
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      return checkpoint.warnings();
    }
  }

  // The golden checkpoints.

  static Stream<Arguments> goldenModels() throws IOException {
    JsonNode models = JSON.readTree(MODELS.resolve("index.json").toFile()).path("models");
    return IntStream.range(0, models.size())
        .mapToObj(i -> Arguments.of(models.get(i).path("name").asText(), models.get(i)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("goldenModels")
  void opensEveryGoldenCheckpoint(String name, JsonNode golden) {
    try (Checkpoint checkpoint = Checkpoint.open(MODELS.resolve(name), NONE)) {
      TensorStore weights = checkpoint.weights();
      assertThat(weights.names()).hasSize(golden.path("tensors").asInt());
      assertThat(
              weights.names().stream()
                  .map(weights::info)
                  .filter(info -> info.dataType() != DataType.I64)
                  .mapToLong(TensorInfo::elements)
                  .sum())
          .isEqualTo(golden.path("parameters").asLong());
      assertThat(checkpoint.name()).isEqualTo(name);
      assertThat(checkpoint.labels().size()).isEqualTo(golden.path("num_labels").asInt());
      assertThat(checkpoint.config().path("model_type").asText()).isIn("beit", "vit");
      JsonNode size = checkpoint.config().path("image_size");
      assertThat(checkpoint.processor().height())
          .isEqualTo(size.isArray() ? size.get(0).asInt() : size.asInt());
      assertThat(checkpoint.processor().width())
          .isEqualTo(size.isArray() ? size.get(1).asInt() : size.asInt());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-beit-meanpool-relpos",
        "b-beit-shared-relpos",
        "f-beit-singlelabel-containers",
        "g-vit",
        "i1-beit-float16",
        "i2-beit-bfloat16"
      })
  void binAndSafetensorsHoldEqualValues(String name) {
    Path bin = MODELS.resolve(name).resolve("pytorch_model.bin");
    try (TensorStore safe = SafeTensorsFile.open(bin.resolveSibling("model.safetensors"));
        TensorStore pickled =
            new WeightsFiles(Optional.empty(), List.of(bin)).open(new ArrayList<>())) {
      assertThat(pickled.names()).containsExactlyInAnyOrderElementsOf(safe.names());
      for (String tensor : safe.names()) {
        assertThat(pickled.info(tensor)).isEqualTo(safe.info(tensor));
        assertThat(pickled.floats(tensor)).isEqualTo(safe.floats(tensor));
      }
    }
  }

  @Test
  void readsWhatTheConfigurationSays() {
    try (Checkpoint multi = Checkpoint.open(MODELS.resolve("e-beit-multilabel-containers"), NONE);
        Checkpoint single = Checkpoint.open(MODELS.resolve("f-beit-singlelabel-containers"), NONE);
        Checkpoint old = Checkpoint.open(MODELS.resolve("a-beit-meanpool-relpos"), NONE)) {
      assertThat(multi.labels().names())
          .containsExactly("can", "carton", "milk_bottle", "water_bottle");
      assertThat(multi.labels().ids()).containsExactly(0, 1, 2, 3);
      assertThat(multi.problemType()).contains(ProblemType.MULTI_LABEL);
      assertThat(multi.warnings()).isEmpty();
      assertThat(single.problemType()).contains(ProblemType.MULTI_CLASS);
      assertThat(single.warnings()).isEmpty();
      assertThat(old.problemType()).isEmpty();
      assertThat(old.warnings())
          .containsExactly(
              old.folder().resolve("config.json")
                  + " has no problem_type, so scores are softmax: one label an image. If the model"
                  + " gives any number of labels an image, say --activation sigmoid.");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"j1-beitmodel-nohead", "j2-vitmodel-pooler", "j3-beit-mim-pretrain"})
  void aCheckpointWithoutClassifierHasNoLabels(String name) {
    assertThat(labels(MODELS.resolve(name), NONE).size()).isZero();
    assertThat(warnings(MODELS.resolve(name))).isEmpty();
  }

  @Test
  void oneOutputNeedsNoProblemType() {
    assertThat(labels(MODELS.resolve("l-beit-onelabel"), NONE).names()).containsExactly("defect");
    assertThat(warnings(MODELS.resolve("l-beit-onelabel"))).isEmpty();
  }

  @Test
  void opensTheTrainedModel() {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    try (Checkpoint checkpoint = Checkpoint.open(reference.get().resolve("trained/model"), NONE)) {
      assertThat(checkpoint.labels().size()).isEqualTo(10);
      assertThat(checkpoint.processor().width()).isEqualTo(48);
    }
  }

  // Name and hash.

  @Test
  void isNamedByTheOptionsOrByItsFolder() {
    try (Checkpoint byFolder = Checkpoint.open(folder.resolve("."), NONE);
        Checkpoint byOptions = Checkpoint.open(folder, NONE.withName("org/tiny@main"))) {
      assertThat(byFolder.name()).isEqualTo("tiny");
      assertThat(byOptions.name()).isEqualTo("org/tiny@main");
    }
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private static String expectedSha256(Path... sortedByName) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (Path file : sortedByName) {
      lines
          .append(sha256(Files.readAllBytes(file)))
          .append("  ")
          .append(file.getFileName())
          .append('\n');
    }
    return sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theHashIsOfTheFilesRead() throws Exception {
    Path sharded = MODELS.resolve("k-beit-sharded");
    try (Checkpoint checkpoint = Checkpoint.open(sharded, NONE)) {
      assertThat(checkpoint.files())
          .containsExactly(
              "config.json",
              "model-00001-of-00002.safetensors",
              "model-00002-of-00002.safetensors",
              "model.safetensors.index.json",
              "preprocessor_config.json");
      assertThat(checkpoint.sha256())
          .isEqualTo(
              expectedSha256(
                  checkpoint.files().stream().map(sharded::resolve).toArray(Path[]::new)));
    }
    // Of two forms of the weights only the one that is read counts.
    Path both = MODELS.resolve("a-beit-meanpool-relpos");
    try (Checkpoint checkpoint = Checkpoint.open(both, NONE)) {
      assertThat(checkpoint.files())
          .containsExactly("config.json", "model.safetensors", "preprocessor_config.json");
      assertThat(checkpoint.sha256())
          .isEqualTo(
              expectedSha256(
                  both.resolve("config.json"),
                  both.resolve("model.safetensors"),
                  both.resolve("preprocessor_config.json")));
    }
  }

  @Test
  void theHashCountsWhatTheOptionsName() throws Exception {
    Path names = Files.writeString(temp.resolve("names.txt"), "a\nb\nc\nd\ne\nf\n");
    Path other = Files.createDirectory(temp.resolve("other"));
    Path processor =
        Files.copy(
            folder.resolve("preprocessor_config.json"), other.resolve("preprocessor_config.json"));
    Files.writeString(processor, Files.readString(processor) + "\n");
    try (Checkpoint checkpoint =
        Checkpoint.open(folder, NONE.withLabels(names).withProcessor(other))) {
      assertThat(checkpoint.sha256())
          .isEqualTo(
              expectedSha256(
                  folder.resolve("config.json"),
                  folder.resolve("model.safetensors"),
                  names,
                  processor));
    }
  }

  // Files.

  @Test
  void listsWhatWasLookedForWhereThereAreNoWeights() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("notes.txt"), "");
    assertRefused(
        NONE,
        "DIR holds no weights: looked for model.safetensors, model.safetensors.index.json,"
            + " pytorch_model.bin, pytorch_model.bin.index.json, model.onnx, onnx/model.onnx; there"
            + " are config.json, notes.txt, preprocessor_config.json.");
  }

  @Test
  void listsTheFirstOfManyFiles() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    for (int i = 100; i < 130; i++) {
      Files.writeString(folder.resolve(i + ".txt"), "");
    }
    assertThatThrownBy(() -> Checkpoint.open(folder, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("118.txt, 119.txt and 12 more.");
  }

  @Test
  void namesTheOptionWhereThereIsNoProcessor() throws IOException {
    Path processor = temp.resolve("elsewhere.json");
    Files.move(folder.resolve("preprocessor_config.json"), processor);
    assertRefused(
        NONE,
        "DIR has no preprocessor_config.json, which says how pictures are prepared: name the folder"
            + " of one, such as the model that this one was tuned from, with --processor FOLDER.");
    assertThat(labels(folder, NONE.withProcessor(processor)).size()).isEqualTo(6);
    assertThat(labels(folder, NONE.withProcessor(MODELS.resolve("a-beit-meanpool-relpos"))).size())
        .isEqualTo(6);
    assertRefused(
        NONE.withProcessor(temp),
        "--processor %s: neither a file nor a folder that holds preprocessor_config.json."
            .formatted(temp));
    assertRefused(
        NONE.withProcessor(MODELS.resolve("b-beit-shared-relpos")),
        MODELS.resolve("b-beit-shared-relpos").resolve("preprocessor_config.json")
            + " makes pictures of height 48 and width 48, but DIR/config.json takes height 32 and"
            + " width 32: name the folder of the right preprocessor_config.json with --processor"
            + " FOLDER.");
  }

  @Test
  void reportsAllProblemsAtOnce() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\n  \"model_type\": beit\n}");
    Files.delete(folder.resolve("preprocessor_config.json"));
    Files.delete(folder.resolve("model.safetensors"));
    InputException refused =
        catchThrowableOfType(InputException.class, () -> Checkpoint.open(folder, NONE).close());
    assertThat(refused.problems()).hasSize(3);
    assertThat(refused.problems().get(0))
        .matches(".*/config.json is not valid JSON at line 2, column \\d+: .*'beit'.*");
    assertThat(refused.problems().get(1)).contains("--processor FOLDER");
    assertThat(refused.problems().get(2)).contains("holds no weights");
  }

  @Test
  void refusesFoldersThatAreNoCheckpoint() throws IOException {
    Path missing = temp.resolve("missing");
    assertThatThrownBy(() -> Checkpoint.open(missing, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessage("%s is not a folder: it does not exist.", missing);
    Path file = folder.resolve("config.json");
    assertThatThrownBy(() -> Checkpoint.open(file, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessage("%s is not a folder.", file);
    Files.delete(file);
    assertRefused(
        NONE,
        "DIR is not a checkpoint: config.json is missing; there are model.safetensors,"
            + " preprocessor_config.json.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1]                             | DIR/config.json does not hold a JSON object.",
        "{\"a\":1,\"b\":{\"c\":1,\"c\":2}} | DIR/config.json has the key 'c' twice, again at line 1,"
            + " column 19."
      })
  void refusesConfigurationsThatAreNoObject(String text, String problem) throws IOException {
    Files.writeString(folder.resolve("config.json"), text);
    assertRefused(NONE, problem);
  }

  @Test
  void equalNamesInLabel2idAreNotRead() throws IOException {
    Path file = folder.resolve("config.json");
    String text =
        Files.readString(file).replaceFirst("\"label2id\" : \\{", "$0 \"thing 1\": \"1\",");
    Files.writeString(file, text);
    assertThat(labels(folder, NONE).size()).isEqualTo(6);
  }

  @Test
  void refusesAConfigurationThatIsHuge() throws IOException {
    Files.writeString(folder.resolve("config.json"), " ".repeat(8_000_001));
    assertRefused(NONE, "DIR/config.json has 8000001 bytes; at most 8000000 are read.");
  }

  @Test
  void refusesProblemTypesThatNobodyKnows() throws IOException {
    edit("config.json", config -> config.put("problem_type", "multi_label"));
    assertRefused(
        NONE,
        "DIR/config.json: problem_type is \"multi_label\"; known are single_label_classification,"
            + " multi_label_classification, regression.");
  }

  @Test
  void namesAGitLfsPointer() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors"),
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1000\n");
    assertRefused(
        NONE,
        "DIR/model.safetensors is a Git LFS pointer, not the weights: run git lfs pull in its"
            + " folder.");
  }

  // Labels.

  @Test
  void acceptsGapsInTheNumbersOfLabels() {
    TestCheckpoints.gaps().write(folder);
    Labels labels = labels(folder, NONE);
    assertThat(labels.ids()).containsExactly(0, 1, 3, 4, 10, 21);
    assertThat(labels.names())
        .containsExactly("thing 0", "thing 1", "thing 3", "thing 4", "thing 10", "thing 21");
    assertThat(warnings(folder))
        .first()
        .isEqualTo(
            "The 6 labels are numbered from 0 to 21 with gaps; output i has the i-th number in"
                + " ascending order, and label_index is i.");
  }

  @Test
  void sortsLabelsByNumberNotByText() throws IOException {
    edit(
        "config.json",
        config -> {
          ObjectNode names = config.putObject("id2label");
          List.of(10, 9, 2, 1, 0, 100).forEach(id -> names.put("" + id, "n" + id));
        });
    assertThat(labels(folder, NONE).names()).containsExactly("n0", "n1", "n2", "n9", "n10", "n100");
  }

  @Test
  void labelsMayHaveEqualNames() {
    TestCheckpoints.equalNames().write(folder);
    assertThat(labels(folder, NONE).names())
        .containsExactly("hen", "crane", "duck", "goose", "crane", "swan");
    assertThat(warnings(folder)).hasSize(1).first().asString().contains("problem_type");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 7})
  void refusesMoreOrFewerLabelsThanOutputs(int count) throws IOException {
    edit(
        "config.json",
        config -> {
          ObjectNode names = config.putObject("id2label");
          IntStream.range(0, count).forEach(id -> names.put("" + id, "n" + id));
        });
    assertRefused(
        NONE,
        "DIR/config.json (id2label) names %d labels, but the classifier has 6 outputs."
            .formatted(count));
  }

  @Test
  void refusesLabelsThatAreMalformed() throws IOException {
    edit(
        "config.json",
        config ->
            config
                .putObject("id2label")
                .put("0", "a")
                .put("-1", "b")
                .put("one", "c")
                .put("01", "d")
                .put("9999999999", "e")
                .put("5", true));
    assertRefused(
        NONE,
        "DIR/config.json (id2label): '-1' is not a number from 0.",
        "DIR/config.json (id2label): 'one' is not a number from 0.",
        "DIR/config.json (id2label): '01' is not a number from 0.",
        "DIR/config.json (id2label): '9999999999' is not a number from 0.",
        "DIR/config.json (id2label): the name of 5 is true, neither a string nor a number.");
    edit("config.json", config -> config.putArray("id2label").add("a"));
    assertRefused(NONE, "DIR/config.json (id2label) is not an object from numbers to names.");
  }

  @Test
  void showsTheFirstOfManyProblems() throws IOException {
    edit(
        "config.json",
        config -> {
          ObjectNode names = config.putObject("id2label");
          IntStream.range(0, 500).forEach(id -> names.put("x" + id, "n"));
        });
    InputException refused =
        catchThrowableOfType(InputException.class, () -> Checkpoint.open(folder, NONE).close());
    assertThat(refused.problems())
        .hasSize(21)
        .last()
        .isEqualTo("… and 480 more problems like these.");
  }

  @Test
  void warnsOfLabelsThatNobodyNamed() throws IOException {
    edit("config.json", config -> config.remove(List.of("id2label", "label2id")));
    assertThat(labels(folder, NONE).names())
        .containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4", "LABEL_5");
    assertThat(warnings(folder))
        .first()
        .isEqualTo(
            "6 of 6 labels have no name of their own (LABEL_0): name them with --labels FILE.");
    edit("config.json", config -> config.put("num_labels", 6));
    assertThat(labels(folder, NONE).size()).isEqualTo(6);
    edit("config.json", config -> config.put("num_labels", 2));
    assertRefused(
        NONE, "DIR/config.json (num_labels) names 2 labels, but the classifier has 6 outputs.");
  }

  @Test
  void renamesLabelsByAFile() throws IOException {
    Path file = temp.resolve("labels.txt");
    Files.writeString(file, "\ufeffann\r\n bob \r\ncid\r\ndan, with a comma\r\nann\r\nfox\r\n\r\n");
    Labels lines = labels(folder, NONE.withLabels(file));
    assertThat(lines.names())
        .containsExactly("ann", "bob", "cid", "dan, with a comma", "ann", "fox");
    assertThat(lines.ids()).containsExactly(0, 1, 2, 3, 4, 5);
    Files.writeString(
        file,
        "\n{\"10\": \"k\", \"2\": \"c\", \"0\": \"a\", \"3\": \"d\", \"4\": \"e\", \"5\": \"f\"}");
    Labels json = labels(folder, NONE.withLabels(file));
    assertThat(json.names()).containsExactly("a", "c", "d", "e", "f", "k");
    assertThat(json.ids()).containsExactly(0, 2, 3, 4, 5, 10);
  }

  @Test
  void aFileOfLabelsKeepsTheNumbersOfTheCheckpoint() throws IOException {
    TestCheckpoints.gaps().write(folder);
    Path file = Files.writeString(temp.resolve("labels.txt"), "a\nb\nc\nd\ne\nf");
    assertThat(labels(folder, NONE.withLabels(file)))
        .isEqualTo(new Labels(List.of(0, 1, 3, 4, 10, 21), List.of("a", "b", "c", "d", "e", "f")));
  }

  @Test
  void aFileOfLabelsMendsAConfigurationThatNamesTooFew() throws IOException {
    edit("config.json", config -> config.putObject("id2label").put("0", "x"));
    Path file = Files.writeString(temp.resolve("labels.txt"), "a\nb\nc\nd\ne\nf");
    assertThat(labels(folder, NONE.withLabels(file)).ids()).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void refusesFilesOfLabelsThatDoNotFit() throws IOException {
    Path file = temp.resolve("labels.txt");
    Files.writeString(file, "a\nb\n");
    assertRefused(
        NONE.withLabels(file), file + " names 2 labels, but the classifier has 6 outputs.");
    Files.writeString(file, "a\n\nc\nd\ne\n \ng");
    assertRefused(NONE.withLabels(file), file + ": line 2 is empty.", file + ": line 6 is empty.");
    Files.writeString(file, "{\"0\": \"a\"}");
    assertRefused(
        NONE.withLabels(file), file + " names 1 labels, but the classifier has 6 outputs.");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertRefused(NONE.withLabels(file), file + " is not text in UTF-8.");
    Path missing = temp.resolve("missing.txt");
    assertRefused(NONE.withLabels(missing), missing + " can not be read: it does not exist.");
    Files.writeString(file, "a\nb");
    assertThatThrownBy(
            () ->
                Checkpoint.open(MODELS.resolve("j1-beitmodel-nohead"), NONE.withLabels(file))
                    .close())
        .isInstanceOf(InputException.class)
        .hasMessage("%s names 2 labels, but the classifier has 0 outputs.", file);
  }

  @Test
  void refusesAClassifierThatIsNone() {
    SafeTensorsFile.write(
        folder.resolve("model.safetensors"),
        List.of(new TensorInfo("classifier.weight", DataType.F32, List.of(6L))),
        name -> new float[6],
        Map.of());
    assertRefused(NONE, "classifier.weight is F32 [6] instead of one row of numbers an output.");
  }

  // Shards.

  private void shard(String weights, Map<String, String> shardOf) throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    shardOf.forEach(map::put);
    JSON.writeValue(folder.resolve(weights + ".index.json").toFile(), index);
  }

  private static void write(Path file, String... names) {
    SafeTensorsFile.write(
        file,
        Stream.of(names).map(name -> new TensorInfo(name, DataType.F32, List.of(1L))).toList(),
        name -> new float[] {name.length()},
        Map.of());
  }

  @Test
  void readsShardsOfPickles() throws IOException {
    Files.copy(
        MODELS.resolve("c-beit-abspos-cls/pytorch_model.bin"),
        folder.resolve("pytorch_model-00001-of-00002.bin"));
    Pickle.zip(
        folder.resolve("pytorch_model-00002-of-00002.bin"),
        new Pickle()
            .beginDict()
            .tensor("more", "FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1})
            .endDict()
            .stop(),
        Map.of("0", Pickle.floats(4, 5)));
    Map<String, String> shardOf = new LinkedHashMap<>();
    try (TensorStore first =
        new WeightsFiles(
                Optional.empty(), List.of(folder.resolve("pytorch_model-00001-of-00002.bin")))
            .open(new ArrayList<>())) {
      first.names().forEach(name -> shardOf.put(name, "pytorch_model-00001-of-00002.bin"));
    }
    shardOf.put("more", "pytorch_model-00002-of-00002.bin");
    shard("pytorch_model.bin", shardOf);
    Path names = Files.writeString(temp.resolve("names"), "a\nb\nc\nd\ne\nf\ng");
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE.withLabels(names))) {
      assertThat(checkpoint.weights().names()).hasSize(shardOf.size());
      assertThat(checkpoint.weights().floats("more")).containsExactly(4, 5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x.safetensors", "/etc/passwd", "a/b", "a\\\\b", "C:x", "..", ".", ""})
  void refusesShardsOutsideTheFolder(String shard) throws IOException {
    shard("model.safetensors", Map.of("a", shard));
    assertRefused(
        NONE,
        "DIR/model.safetensors.index.json: tensor 'a' is said to be in %s, which is not the name of a file beside the index."
            .formatted(JSON.writeValueAsString(shard)));
  }

  @Test
  void refusesAnIndexThatIsNone() throws IOException {
    shard("model.safetensors", Map.of());
    String problem =
        "DIR/model.safetensors.index.json has no weight_map from tensor names to file names.";
    assertRefused(NONE, problem);
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": []}");
    assertRefused(NONE, problem);
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": 1}}");
    assertRefused(
        NONE,
        "DIR/model.safetensors.index.json: tensor 'a' is said to be in 1, which is not the name of a file beside the index.");
  }

  @Test
  void refusesShardsThatAreMissing() throws IOException {
    shard("model.safetensors", Map.of("a", "1.safetensors", "b", "2.safetensors"));
    assertRefused(
        NONE,
        "DIR/model.safetensors.index.json lists 1.safetensors, which is not there.",
        "DIR/model.safetensors.index.json lists 2.safetensors, which is not there.");
  }

  /** As Transformers does, which never looks a tensor up in the shard that is listed for it. */
  @Test
  void readsWhatShardsHoldWhateverTheIndexSays() throws IOException {
    Map<String, String> shardOf = new LinkedHashMap<>();
    shardOf.put("a", "1.safetensors");
    shardOf.put("b", "1.safetensors");
    shardOf.put("c", "2.safetensors");
    shard("model.safetensors", shardOf);
    write(folder.resolve("1.safetensors"), "a", "c", "d");
    write(folder.resolve("2.safetensors"), "e");
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.weights().names()).containsExactly("a", "c", "d", "e");
      assertThat(checkpoint.warnings())
          .contains(
              folder.resolve("model.safetensors.index.json")
                  + " is wrong about its shards, and what they hold was read: of 4 tensors 1 lie in"
                  + " another shard than it says, and it does not list 2; it lists 1 that are in"
                  + " none.");
    }
    write(folder.resolve("1.safetensors"), "a", "b");
    write(folder.resolve("2.safetensors"), "b", "c");
    assertRefused(NONE, "Tensor 'b' is both in DIR/1.safetensors and in 2.safetensors.");
  }

  // MLflow.

  private Path mlflow(String model, String component) throws IOException {
    Path root = Files.createDirectories(temp.resolve("run/artifacts"));
    Files.writeString(
        root.resolve("MLmodel"),
        """
        artifact_path: model
        flavors:
          python_function:
            env:
              conda: conda.yaml
            loader_module: mlflow.transformers
          transformers:
            components:
            - image_processor
            framework: pt
            model_binary: model
            task: image-classification
        model_uuid: 0
        """);
    Files.move(folder, root.resolve(model));
    Path processor = Files.createDirectories(root.resolve("components").resolve(component));
    Files.move(
        root.resolve(model).resolve("preprocessor_config.json"),
        processor.resolve("preprocessor_config.json"));
    return root;
  }

  @ParameterizedTest
  @CsvSource({
    "model, image_processor",
    "model, feature_extractor",
    "model, processor",
    "pipeline, image_processor"
  })
  void opensWhatMlflowSaves(String model, String component) throws IOException {
    Path root = mlflow(model, component);
    for (Path given : List.of(root, root.resolve(model))) {
      try (Checkpoint checkpoint = Checkpoint.open(given, NONE)) {
        assertThat(checkpoint.folder()).isEqualTo(root.resolve(model));
        assertThat(checkpoint.name()).isEqualTo(String.valueOf(given.getFileName()));
        assertThat(checkpoint.labels().size()).isEqualTo(6);
        assertThat(checkpoint.files())
            .containsExactly("config.json", "model.safetensors", "preprocessor_config.json");
      }
    }
  }

  @Test
  void theProcessorOfMlflowIsFoundAsAnOption() throws IOException {
    Path root = mlflow("model", "image_processor");
    TestCheckpoints.tiny().write(folder);
    Files.delete(folder.resolve("preprocessor_config.json"));
    assertThat(labels(folder, NONE.withProcessor(root)).size()).isEqualTo(6);
  }

  @Test
  void saysWhichFlavoursAnMlflowModelHas() throws IOException {
    Path root = mlflow("model", "image_processor");
    Files.delete(root.resolve("model/config.json"));
    assertThatThrownBy(() -> Checkpoint.open(root, NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessage(
            "%s is an MLflow model (flavours: python_function, transformers) without model/config.json: only the transformers flavour, saved with its weights, is read; there are MLmodel, components, model.",
            root);
  }

  /** Elsewhere a folder of that name is not looked into. */
  @Test
  void aParentThatIsNoMlflowModelLendsNoProcessor() throws IOException {
    Path root = mlflow("model", "image_processor");
    Files.delete(root.resolve("MLmodel"));
    assertThatThrownBy(() -> Checkpoint.open(root.resolve("model"), NONE).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--processor FOLDER");
  }

  @Test
  void namesOfTensorsComeInTheOrderOfTheFile() {
    try (Checkpoint checkpoint = Checkpoint.open(folder, NONE)) {
      assertThat(checkpoint.weights().names().stream().limit(2).collect(Collectors.toList()))
          .containsExactly(
              "beit.embeddings.patch_embeddings.projection.weight",
              "beit.embeddings.patch_embeddings.projection.bias");
      assertThat(checkpoint.weights().bytes())
          .isEqualTo(
              checkpoint.weights().names().stream()
                  .mapToLong(name -> checkpoint.weights().info(name).bytes())
                  .sum());
    }
  }
}
