package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.hub.LoopbackHub;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of a hub, through the command line: from the download to the table. */
class HubModelIT {
  private static final Path MODEL =
      Reference.golden().resolve("models").resolve("e-beit-multilabel-containers");
  private static final String NAME = "hf://org/fridge";

  @TempDir Path folder;
  private LoopbackHub hub;
  private final Map<String, String> before = new HashMap<>();

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void start() throws IOException {
    hub = new LoopbackHub();
    hub.model("org/fridge", MODEL);
    Files.createDirectories(folder.resolve("images"));
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(20 + i, 30, BufferedImage.TYPE_INT_RGB);
      for (int x = 0; x < 20; x++) {
        image.setRGB(x, x + i, 0x1055aa * (x + 1));
      }
      ImageIO.write(image, "png", folder.resolve("images/" + i + ".png").toFile());
    }
    set("HF_ENDPOINT", hub.endpoint().toString());
    set("HF_HUB_CACHE", folder.resolve("cache").toString());
    set("HF_TOKEN", "hf_test");
    set("HF_HUB_OFFLINE", "0");
  }

  @AfterEach
  void stop() {
    hub.close();
    before.forEach(
        (name, value) -> {
          if (value == null) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }

  private void set(String name, String value) {
    String old = System.setProperty(name, value);
    // Absent is a value to restore, too.
    if (!before.containsKey(name)) {
      before.put(name, old);
    }
  }

  @Test
  void aModelOfTheHubScoresAsItsFolderDoes() {
    assertThat(score(MODEL.toString(), "local").exitCode()).isZero();
    Ended ended = score(NAME, "first");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("3 images in ");
    assertThat(scores("first")).hasSize(3).isEqualTo(scores("local"));

    Row row = rows("first").get(0);
    assertThat(row.<String>getAs("model")).isEqualTo("org/fridge@" + LoopbackHub.COMMIT);
    assertThat(row.<String>getAs("model_sha256"))
        .isEqualTo(rows("local").get(0).<String>getAs("model_sha256"));
    // Driver and executors together have asked for the weights once.
    assertThat(hub.downloads()).isEqualTo(1);

    hub.close();
    set("HF_HUB_OFFLINE", "1");
    Ended offline = score(NAME, "offline");
    assertThat(offline.exitCode()).as(offline.err()).isZero();
    assertThat(scores("offline")).isEqualTo(scores("local"));
    assertThat(rows("offline").get(0).<String>getAs("model")).isEqualTo(row.getAs("model"));
  }

  @Test
  void nothingButTheHubIsCalled() {
    ProxySelector system = ProxySelector.getDefault();
    CopyOnWriteArrayList<URI> called = new CopyOnWriteArrayList<>();
    // Java asks it before each connection that it makes by URL or socket.
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            called.add(uri);
            return List.of(Proxy.NO_PROXY);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            called.add(uri);
          }
        });
    try {
      assertThat(score(NAME, "labels").exitCode()).isZero();
    } finally {
      ProxySelector.setDefault(system);
    }
    assertThat(called)
        .anySatisfy(uri -> assertThat(uri.getPort()).isEqualTo(hub.endpoint().getPort()));
    assertThat(called.stream().map(URI::getHost).collect(Collectors.toSet()))
        .isSubsetOf(Set.of("127.0.0.1", "localhost"));
  }

  @Test
  void theTokenIsInNothingThatARunWrites() throws IOException {
    String token = "hf_SecretOfThisTest0123456789";
    set("HF_TOKEN", token);
    hub.model("org/private", MODEL).readableWith(LoopbackHub.Access.PRIVATE, token);
    Ended ended = score("hf://org/private", "private");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out() + ended.err()).doesNotContain(token);
    set("HF_TOKEN", token + "x");
    Ended refused = score("hf://org/private@branch", "refused");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.out() + refused.err()).doesNotContain(token);
    int files = 0;
    try (Stream<Path> written = Files.walk(folder)) {
      for (Path file : written.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(token);
        files++;
      }
    }
    assertThat(files).as("table, run record, cached model").isGreaterThan(5);
  }

  /** From the hub, and from a store that is not this machine's disk. */
  @Test
  void aGraphBelowAFolderWithoutWeightsIsScoredWhereverItLies() throws IOException {
    Path exported = folder.resolve("exported");
    Ended export =
        CapturedTerminal.run("model", "export", MODEL.toString(), "--output", exported.toString());
    assertThat(export.exitCode()).as(export.err()).isZero();
    assertThat(score(exported.toString(), "of-export").exitCode()).isZero();
    Path below = Files.createDirectories(folder.resolve("below/onnx")).getParent();
    LoopbackHub.Repository repository = hub.model("org/graph");
    for (String name : List.of("config.json", "preprocessor_config.json")) {
      Files.copy(exported.resolve(name), below.resolve(name));
      repository.file(name, Files.readAllBytes(exported.resolve(name)));
    }
    Files.copy(exported.resolve("model.onnx"), below.resolve("onnx/model.onnx"));
    repository.large("onnx/model.onnx", Files.readAllBytes(exported.resolve("model.onnx")));
    SparkFixture.spark()
        .sparkContext()
        .hadoopConfiguration()
        .set("fs.far.impl", "io.labelmill.model.ModelSourceTest$FarFileSystem");
    for (String model : List.of("hf://org/graph", below.toString(), "far://" + below)) {
      String table = "of-" + Integer.toHexString(model.hashCode());
      Ended ended = score(model, table);
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(scores(table)).hasSize(3).isEqualTo(scores("of-export"));
    }
    assertThat(hub.downloads()).isEqualTo(1);
  }

  @Test
  void whatIsNoModelOfTransformersIsSaid() {
    hub.model("org/adapter")
        .file("adapter_config.json", "{\"peft_type\": \"LORA\"}")
        .large("adapter_model.safetensors", new byte[9]);
    Ended adapter = score("hf://org/adapter", "labels");
    assertThat(adapter.exitCode()).isEqualTo(2);
    assertThat(adapter.problems())
        .singleElement()
        .asString()
        .startsWith("hf://org/adapter holds an adapter of PEFT and no model: merge it first");
    assertThat(hub.downloads()).isZero();
  }

  @Test
  void inspectTellsOfAModelOfTheHub() {
    Ended ended = CapturedTerminal.run("model", "inspect", NAME + "@main");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .containsPattern("name +org/fridge@" + LoopbackHub.COMMIT)
        .containsPattern("files +config\\.json, model\\.safetensors, preprocessor_config\\.json")
        .containsPattern("labels +4: can, carton, milk_bottle, water_bottle");
  }

  @Test
  void whatIsWrongWithANameIsSaid() {
    Ended unknown = score("hf://org/nothing", "labels");
    assertThat(unknown.problems())
        .containsExactly(
            "There is no model org/nothing at %s, or it is private and the token from HF_TOKEN gives no access to it."
                .formatted(hub.endpoint()));
    assertThat(unknown.exitCode()).isEqualTo(2);
    Ended malformed = CapturedTerminal.run("model", "inspect", "hf://../etc");
    assertThat(malformed.problems().get(0))
        .startsWith("hf://../etc does not name a model on the hub: ");
    assertThat(malformed.exitCode()).isEqualTo(2);
    Ended part = CapturedTerminal.run("model", "inspect", MODEL.toString(), "--processor", NAME);
    assertThat(part.problems())
        .containsExactly(
            "--processor hf://org/fridge: only a whole model can come from the hub; name a file");
    assertThat(part.exitCode()).isEqualTo(2);
  }

  private Ended score(String model, String output) {
    return CapturedTerminal.run(
        "score",
        "--model",
        model,
        "--input",
        folder.resolve("images").toString(),
        "--output",
        folder.resolve(output).toString());
  }

  private List<Row> rows(String output) {
    return SparkFixture.spark().read().parquet(folder.resolve(output).toString()).collectAsList();
  }

  private Map<String, Object> scores(String output) {
    Map<String, Object> scores = new TreeMap<>();
    for (Row row : rows(output)) {
      assertThat(row.<String>getAs("status")).isEqualTo("OK");
      scores.put(row.getAs("path"), row.getList(row.fieldIndex("predictions")));
    }
    return scores;
  }
}
