package io.labelmill.hub;

import static io.labelmill.hub.LoopbackHub.COMMIT;
import static io.labelmill.hub.LoopbackHub.bytes;
import static io.labelmill.hub.LoopbackHub.gitSha1;
import static io.labelmill.hub.LoopbackHub.sha256;
import static io.labelmill.hub.LoopbackHub.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.OnnxModels;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.hub.LoopbackHub.Access;
import io.labelmill.hub.LoopbackHub.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubTest {
  private static final byte[] WEIGHTS = bytes(1_000_000, 1);
  private static final String SIGNED = "/signed/";

  @TempDir Path home;
  private LoopbackHub loopback;
  private final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final List<Long> progress = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws IOException {
    loopback = new LoopbackHub();
  }

  @AfterEach
  void stop() {
    loopback.close();
  }

  private Repository model() {
    return loopback
        .model("org/model")
        .file("config.json", "{}")
        .file("preprocessor_config.json", "{\"size\": 8}")
        .file("README.md", "not needed")
        .large("pytorch_model.bin", bytes(10, 9))
        .large("model.safetensors", WEIGHTS);
  }

  private HubSettings settings(String... keysAndValues) {
    java.util.Map<String, String> variables = new java.util.HashMap<>();
    variables.put("HF_ENDPOINT", loopback.endpoint().toString());
    for (int i = 0; i < keysAndValues.length; i += 2) {
      variables.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return HubSettings.of(variables::get, home);
  }

  private Hub hub(String... keysAndValues) {
    return hub(settings(keysAndValues), Long.MAX_VALUE);
  }

  private Hub hub(HubSettings settings, long freeBytes) {
    return new Hub(
        settings,
        new Patience(
            Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofMillis(300), 2, pauses::add),
        path -> freeBytes);
  }

  private HubModel download(String name, String... keysAndValues) throws IOException {
    return hub(keysAndValues).download(HubName.parse(name), (done, total) -> progress.add(done));
  }

  private Path cache() {
    return home.resolve(".cache/huggingface/hub");
  }

  private Path folder() {
    return cache().resolve("models--org--model");
  }

  private static void assertFails(Callable<?> action, String... messages) {
    assertThatThrownBy(action::call)
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.problems()).containsExactly(messages));
  }

  /** Nobody has to change anything: another try may pass. */
  private static void assertIsLost(Callable<?> action, String message) {
    assertThatThrownBy(action::call).isInstanceOf(OutageException.class).hasMessage(message);
  }

  @Test
  void bringsAProcessorThatStandsAmongOthers() throws IOException {
    model().file("processor_config.json", "{\"image_processor\": {}}");
    HubModel found = download("hf://org/model");
    assertThat(found.folder().resolve("processor_config.json")).isRegularFile();
    assertThat(found.folder().resolve("preprocessor_config.json")).isRegularFile();
  }

  // Data sets.

  private HubFiles dataset(String path, String... keysAndValues) throws IOException {
    return hub(keysAndValues).download(HubPath.parse(path), (done, total) -> progress.add(done));
  }

  private Repository dataset() {
    return loopback
        .dataset("org/set")
        .file("README.md", "not needed")
        .large("data/train-00000-of-00002.parquet", WEIGHTS)
        .large("data/train-00001-of-00002.parquet", bytes(10, 3))
        .file("extra/a b.csv", "path\n");
  }

  @Test
  void filesOfADataSetLieInTheCacheAsThePythonClientPutsThem() throws IOException {
    dataset();
    HubFiles found = dataset("hf://datasets/org/set/data");
    Path folder = cache().resolve("datasets--org--set");
    Path snapshot = folder.resolve("snapshots").resolve(COMMIT);
    assertThat(found)
        .isEqualTo(
            new HubFiles(
                List.of(
                    snapshot.resolve("data/train-00000-of-00002.parquet"),
                    snapshot.resolve("data/train-00001-of-00002.parquet")),
                COMMIT));
    assertThat(Files.readSymbolicLink(found.files().get(0)))
        .isEqualTo(Path.of("../../../blobs", sha256(WEIGHTS)));
    assertThat(found.files().get(0)).hasBinaryContent(WEIGHTS);
    assertThat(folder.resolve("refs/main")).hasContent(COMMIT);
    assertThat(progress).last().isEqualTo(WEIGHTS.length + 10L);
    assertThat(loopback.downloads()).isEqualTo(2);

    assertThat(dataset("hf://datasets/org/set@" + COMMIT + "/data/*.parquet")).isEqualTo(found);
    assertThat(loopback.downloads()).as("all is there").isEqualTo(2);
    assertThat(dataset("hf://datasets/org/set/extra/a b.csv").files())
        .containsExactly(snapshot.resolve("extra/a b.csv"));

    assertThat(dataset("hf://datasets/org/set/data", "HF_HUB_OFFLINE", "1")).isEqualTo(found);
    assertFails(
        () -> dataset("hf://datasets/org/set@v2/data", "HF_HUB_OFFLINE", "1"),
        "hf://datasets/org/set@v2/data is not in the cache "
            + cache()
            + ", and HF_HUB_OFFLINE forbids to download it: run once without it, or copy the cache"
            + " from a machine that has it.");
  }

  @Test
  void whatADataSetLacksIsSaid() {
    dataset().file("../../escape.csv", "x");
    assertFails(
        () -> dataset("hf://datasets/org/set/tain"),
        "hf://datasets/org/set/tain is no file, folder or glob that matches any file of the data"
            + " set: it has ../../escape.csv, README.md, data/train-00000-of-00002.parquet,"
            + " data/train-00001-of-00002.parquet, extra/a b.csv.");
    assertFails(
        () -> dataset("hf://datasets/org/set/**.csv"),
        "hf://datasets/org/set/**.csv: the data set has a file '../../escape.csv', whose name"
            + " leads out of it: nothing of it is downloaded.");
    assertFails(
        () -> dataset("hf://datasets/org/set@v9/data"),
        "hf://datasets/org/set@v9: the data set has no branch, tag or commit 'v9'; those that it"
            + " has are listed at %s/datasets/org/set/tree/main.".formatted(loopback.endpoint()));
    assertFails(
        () -> dataset("hf://datasets/org/none/data"),
        "There is no data set org/none at %s, or it is private: check the name; for a private data set set HF_TOKEN."
            .formatted(loopback.endpoint()));
  }

  // What is downloaded, and how it lies in the cache.

  @Test
  void aModelLiesInTheCacheAsThePythonClientPutsIt() throws IOException {
    model();
    HubModel found = download("hf://org/model");

    assertThat(found)
        .isEqualTo(
            new HubModel(folder().resolve("snapshots").resolve(COMMIT), "org/model", COMMIT));
    assertThat(found.name()).isEqualTo("org/model@" + COMMIT);
    assertThat(folder().resolve("refs/main")).hasContent(COMMIT);
    try (Stream<Path> files = Files.list(found.folder())) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "config.json", "preprocessor_config.json", "model.safetensors");
    }
    assertThat(Files.readSymbolicLink(found.folder().resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", sha256(WEIGHTS)));
    assertThat(Files.readSymbolicLink(found.folder().resolve("config.json")))
        .isEqualTo(Path.of("../../blobs", gitSha1("{}".getBytes(StandardCharsets.UTF_8))));
    assertThat(found.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(found.folder().resolve("preprocessor_config.json")).hasContent("{\"size\": 8}");
    try (Stream<Path> blobs = Files.list(folder().resolve("blobs"))) {
      assertThat(blobs.map(f -> f.getFileName().toString()))
          .hasSize(3)
          .noneMatch(f -> f.contains("."));
    }
    assertThat(cache().resolve(".locks/models--org--model").resolve(sha256(WEIGHTS) + ".lock"))
        .exists();
    assertThat(cache().resolve("CACHEDIR.TAG"))
        .content()
        .startsWith("Signature: 8a477f597d28d172789f06886806bc55");
    assertThat(progress).startsWith(0L).endsWith((long) WEIGHTS.length).isSorted();
    assertThat(pauses).isEmpty();
  }

  @Test
  void aSecondDownloadAsksAndTakesNothing() throws IOException {
    model();
    download("hf://org/model");
    int before = loopback.requests().size();
    assertThat(download("hf://org/model").commit()).isEqualTo(COMMIT);
    assertThat(loopback.requests().subList(before, loopback.requests().size()))
        .extracting(r -> r.method() + " " + r.server())
        .containsExactlyInAnyOrder("GET hub", "HEAD hub", "HEAD hub", "HEAD hub");
  }

  @Test
  void aCommitThatIsCachedTakesNoRequest() throws IOException {
    model();
    HubModel found = download("hf://org/model");
    int before = loopback.requests().size();
    assertThat(download("hf://org/model@" + COMMIT)).isEqualTo(found);
    assertThat(loopback.requests()).hasSize(before);
  }

  @Test
  void aCommitOfWhichAFileIsGoneIsMended() throws IOException {
    model();
    HubModel found = download("hf://org/model@" + COMMIT);
    assertThat(folder().resolve("refs")).doesNotExist();
    Files.delete(folder().resolve("blobs").resolve(sha256(WEIGHTS)));
    assertThat(download("hf://org/model@" + COMMIT)).isEqualTo(found);
    assertThat(found.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aBlobThatThePythonClientBroughtIsUsed() throws IOException {
    model();
    Path blob = folder().resolve("blobs").resolve(sha256(WEIGHTS));
    Files.createDirectories(blob.getParent());
    Files.write(blob, WEIGHTS);
    HubModel found = download("hf://org/model");
    assertThat(found.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(loopback.requests("store", "GET", SIGNED)).isEmpty();
  }

  @Test
  void aBlobThatIsTooShortIsReplaced() throws IOException {
    model();
    Path blob = folder().resolve("blobs").resolve(sha256(WEIGHTS));
    Files.createDirectories(blob.getParent());
    Files.write(blob, new byte[3]);
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
  }

  @Test
  void aTagOrBranchMeansItsCommitAndIsNoted() throws IOException {
    String other = "f".repeat(40);
    model().revision("refs/pr/1", other);
    HubModel found = download("hf://org/model@refs/pr/1");
    assertThat(found.commit()).isEqualTo(other);
    assertThat(folder().resolve("refs/refs/pr/1")).hasContent(other);
    assertThat(loopback.requests("hub", "GET", "/revision/refs%2Fpr%2F1")).hasSize(1);
  }

  @Test
  void aBranchThatMovedIsFollowedAndSharesBlobs() throws IOException {
    Repository model = model();
    download("hf://org/model");
    String next = "e".repeat(40);
    model.revision("main", next).file("config.json", "{\"new\": 1}");
    HubModel found = download("hf://org/model");
    assertThat(found.commit()).isEqualTo(next);
    assertThat(folder().resolve("refs/main")).hasContent(next);
    assertThat(found.folder().resolve("config.json")).hasContent("{\"new\": 1}");
    assertThat(folder().resolve("snapshots").resolve(COMMIT).resolve("config.json"))
        .hasContent("{}");
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(1);
  }

  @Test
  void shardsComeWithTheirIndex() throws IOException {
    byte[] one = bytes(300_000, 2);
    byte[] two = bytes(200_000, 3);
    loopback
        .model("org/model")
        .file("config.json", "{}")
        .file(
            "model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}}")
        .large("pytorch_model.bin", bytes(10, 9))
        .large("model-1.safetensors", one)
        .large("model-2.safetensors", two);
    Path folder = download("hf://org/model").folder();
    assertThat(folder.resolve("model-1.safetensors")).hasBinaryContent(one);
    assertThat(folder.resolve("model-2.safetensors")).hasBinaryContent(two);
    assertThat(folder.resolve("pytorch_model.bin")).doesNotExist();
    assertThat(progress).contains(500_000L);
  }

  @Test
  void withoutSafetensorsPickledWeightsCome() throws IOException {
    byte[] pickled = bytes(1000, 4);
    loopback
        .model("org/model")
        .file("config.json", "{}")
        .large("pytorch_model.bin", pickled)
        .large("tf_model.h5", bytes(10, 1));
    assertThat(download("hf://org/model").folder().resolve("pytorch_model.bin"))
        .hasBinaryContent(pickled);
  }

  @Test
  void anEmptyFileIsAFile() throws IOException {
    model().file("preprocessor_config.json", "");
    assertThat(download("hf://org/model").folder().resolve("preprocessor_config.json"))
        .isEmptyFile();
  }

  // Who sees the token.

  @Test
  void theTokenGoesToTheHubAndNowhereElse() throws IOException {
    model().readableWith(Access.PRIVATE, "hf_right");
    download("hf://org/model", "HF_TOKEN", "hf_right");
    assertThat(loopback.requests()).hasSizeGreaterThan(4);
    for (LoopbackHub.Request request : loopback.requests()) {
      assertThat(request.header("Authorization"))
          .isEqualTo(
              request.server().equals("hub") ? Optional.of("Bearer hf_right") : Optional.empty());
    }
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(1);
  }

  @Test
  void aRenamedModelIsFollowedOnTheHubWithTheToken() throws IOException {
    model();
    loopback
        .model("org/old")
        .file("config.json", "{}")
        .file("preprocessor_config.json", "{}")
        .large("model.safetensors", WEIGHTS);
    loopback.fail(
        "hub",
        "GET",
        "/api/models/org/old",
        status(307, "Location", "/api/models/org/model/revision/main"));
    download("hf://org/old", "HF_TOKEN", "t");
    assertThat(loopback.requests("hub", "GET", "/api/models/org/model/revision/main"))
        .singleElement()
        .returns(Optional.of("Bearer t"), r -> r.header("Authorization"));
  }

  @Test
  void aFileElsewhereOnTheHubIsDescribedThere() throws IOException {
    model();
    String path = "/org/model/resolve/" + COMMIT + "/config.json";
    loopback.fail("hub", "HEAD", path, status(307, "Location", path, "X-Linked-Etag", "\"0\""));
    download("hf://org/model", "HF_TOKEN", "t");
    assertThat(loopback.requests("hub", "HEAD", path))
        .hasSize(2)
        .allMatch(r -> r.header("Authorization").equals(Optional.of("Bearer t")));
  }

  // What breaks on the way, and goes on.

  @Test
  void aBrokenConnectionIsResumedWhereItBroke() throws IOException {
    model();
    loopback.fail(
        "store", "GET", SIGNED, LoopbackHub.cutAfter(400_000), LoopbackHub.cutAfter(300_000));
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    List<LoopbackHub.Request> requests = loopback.requests("store", "GET", SIGNED);
    assertThat(requests).hasSize(3);
    assertThat(requests.get(0).header("Range")).isEmpty();
    assertThat(requests.get(2).header("Range"))
        .hasValueSatisfying(range -> assertThat(range).matches("bytes=[1-9]\\d{4,5}-"));
    assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(1));
    assertThat(progress).endsWith((long) WEIGHTS.length);
  }

  @Test
  void aDownloadGoesOnWhereAnotherProcessEnded() throws IOException {
    model();
    Path incomplete = folder().resolve("blobs").resolve(sha256(WEIGHTS) + ".labelmill.incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, Arrays.copyOf(WEIGHTS, 600_000));
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(loopback.requests("store", "GET", SIGNED))
        .singleElement()
        .returns(Optional.of("bytes=600000-"), r -> r.header("Range"));
    assertThat(progress).startsWith(600_000L);
    assertThat(incomplete).doesNotExist();
  }

  @Test
  void whatAnotherProcessLeftWholeIsOnlyVerified() throws IOException {
    model();
    Path incomplete = folder().resolve("blobs").resolve(sha256(WEIGHTS) + ".labelmill.incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, WEIGHTS);
    download("hf://org/model");
    assertThat(loopback.requests("store", "GET", SIGNED)).isEmpty();
  }

  @Test
  void whatAnotherProcessLeftWrongIsDownloadedAgain() throws IOException {
    model();
    Path incomplete = folder().resolve("blobs").resolve(sha256(WEIGHTS) + ".labelmill.incomplete");
    Files.createDirectories(incomplete.getParent());
    for (int length : new int[] {600_000, 1_000_000, 1_200_000}) {
      Files.write(incomplete, new byte[length]);
      Files.deleteIfExists(folder().resolve("blobs").resolve(sha256(WEIGHTS)));
      assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
          .hasBinaryContent(WEIGHTS);
    }
    assertThat(progress).endsWith((long) WEIGHTS.length);
  }

  @Test
  void aServerWithoutRangesSendsAllAgain() throws IOException {
    model();
    loopback.fail(
        "store", "GET", SIGNED, LoopbackHub.cutAfter(400_000), LoopbackHub.ignoringTheRange());
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(progress).endsWith((long) WEIGHTS.length);
  }

  @Test
  void aSilentConnectionIsGivenUpAndResumed() throws IOException {
    model();
    loopback.fail("store", "GET", SIGNED, LoopbackHub.silentAfter(500_000, 5_000));
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void aBusyServerIsAskedAgain(int status) throws IOException {
    model();
    loopback.fail("hub", "GET", "/api/models", status(status), status(status));
    loopback.fail("hub", "HEAD", "config.json", status(status));
    loopback.fail("store", "GET", SIGNED, status(status));
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(pauses.subList(0, 2)).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void aServerThatSaysWhenIsAskedThen() throws IOException {
    model();
    loopback.fail(
        "hub",
        "GET",
        "/api/models",
        status(429, "Retry-After", "7"),
        status(429, "RateLimit", "\"api\";r=0;t=55"));
    download("hf://org/model");
    assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(56));
  }

  @Test
  void aServerThatSaysMuchLaterIsNotWaitedFor() {
    model();
    loopback.fail("hub", "GET", "/api/models", status(429, "Retry-After", "3600"));
    assertIsLost(
        () -> download("hf://org/model"),
        "GET %s/api/models/org/model/revision/main: 127.0.0.1 answered 429, and asks to be left alone for 3600 s. Try again after that: what has been downloaded is kept."
            .formatted(loopback.endpoint()));
    assertThat(pauses).isEmpty();
  }

  @Test
  void severalThreadsShareOneDownload() throws Exception {
    model();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<HubModel>> found = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        found.add(threads.submit(() -> download("hf://org/model")));
      }
      for (Future<HubModel> model : found) {
        assertThat(model.get().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(1);
  }

  @Test
  void severalProcessesShareOneDownload() throws Exception {
    byte[] large = bytes(20_000_000, 5);
    model().large("model.safetensors", large);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  HubDownload.class.getName(),
                  "hf://org/model")
              .redirectErrorStream(true);
      builder.environment().put("HF_ENDPOINT", loopback.endpoint().toString());
      builder.environment().put("HF_HUB_CACHE", cache().toString());
      builder.environment().put("HF_TOKEN_PATH", home.resolve("none").toString());
      builder.environment().keySet().removeAll(List.of("HF_TOKEN", "HF_HUB_OFFLINE"));
      processes.add(builder.start());
    }
    for (Process process : processes) {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(out).isZero();
      assertThat(out).contains("org/model@" + COMMIT);
    }
    assertThat(folder().resolve("snapshots").resolve(COMMIT).resolve("model.safetensors"))
        .hasBinaryContent(large);
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(1);
    try (Stream<Path> blobs = Files.list(folder().resolve("blobs"))) {
      assertThat(blobs).hasSize(3);
    }
  }

  // What ends it.

  @Test
  void anUnknownModelIsSaidWithAndWithoutToken() {
    assertFails(
        () -> download("hf://org/model"),
        "There is no model org/model at %s, or it is private: check the name; for a private model set HF_TOKEN."
            .formatted(loopback.endpoint()));
    assertFails(
        () -> download("hf://org/model", "HF_TOKEN", "hf_any"),
        "There is no model org/model at %s, or it is private and the token from HF_TOKEN gives no access to it."
            .formatted(loopback.endpoint()));
    assertThat(cache()).doesNotExist();
  }

  @Test
  void aGatedModelIsSaidWithAndWithoutToken() {
    model().readableWith(Access.GATED, "hf_right");
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model is gated: accept its terms at %s/org/model, then set HF_TOKEN to a token that may read it."
            .formatted(loopback.endpoint()));
    assertFails(
        () -> download("hf://org/model", "HF_TOKEN", "hf_wrong"),
        "hf://org/model is gated, and the token from HF_TOKEN gives no access to it: accept its terms at %s/org/model as the token's owner, or take a token that may read gated models."
            .formatted(loopback.endpoint()));
  }

  @Test
  void aTokenThatTheHubDoesNotKnowIsSaid() {
    model();
    loopback.fail(
        "hub",
        "GET",
        "/api/models",
        status(401, "X-Error-Message", "Invalid credentials in Authorization header"));
    assertFails(
        () -> download("hf://org/model", "HF_TOKEN", "hf_old"),
        "hf://org/model: the hub does not know the token from HF_TOKEN: it is mistyped, revoked or expired.");
  }

  @Test
  void aDisabledModelIsSaid() {
    model().readableWith(Access.DISABLED, "");
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model has been disabled by the hub: see %s/org/model."
            .formatted(loopback.endpoint()));
  }

  @Test
  void anotherRefusalIsRepeated() {
    model();
    loopback.fail(
        "hub", "GET", "/api/models", status(403, "X-Error-Message", "Your address is blocked"));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model: the hub refused %s/api/models/org/model/revision/main with 403: Your address is blocked; the request had no token."
            .formatted(loopback.endpoint()));
  }

  @Test
  void aMissingRevisionIsSaid() {
    model();
    assertFails(
        () -> download("hf://org/model@v9"),
        "hf://org/model@v9: the model has no branch, tag or commit 'v9'; those that it has are listed at %s/org/model/tree/main."
            .formatted(loopback.endpoint()));
  }

  @Test
  void aModelWithoutSupportedWeightsIsSaidWithWhatItHas() {
    loopback
        .model("org/model")
        .file("README.md", "")
        .large("flax_model.msgpack", bytes(1, 1))
        .large("tf_model.h5", bytes(1, 1));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model has no config.json, so it is not a model that Transformers wrote; it has README.md, flax_model.msgpack, tf_model.h5.",
        "hf://org/model has no weights that are read (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json); it has README.md, flax_model.msgpack, tf_model.h5.");
    loopback.model("org/empty");
    assertThatThrownBy(() -> download("hf://org/empty")).hasMessageContaining("it has no files.");
  }

  @Test
  void whatIsNotReadIsSaidBeforeAnythingLargeComes() throws IOException {
    Repository adapter = loopback.model("org/adapter").file("adapter_config.json", "{}");
    adapter.large("adapter_model.safetensors", bytes(9, 1));
    assertFails(
        () -> download("hf://org/adapter"),
        "hf://org/adapter holds an adapter of PEFT and no model: merge it first, with the versions of PEFT and Transformers that trained it, by PeftModel.from_pretrained(BASE, FOLDER).merge_and_unload().save_pretrained(MERGED).");
    foreign("flax", "{}").large("flax_model.msgpack", bytes(9, 1));
    foreign("tf", "{}").large("tf_model.h5", bytes(9, 1));
    for (String[] other :
        new String[][] {
          {"flax", "Flax", "flax_model.msgpack"}, {"tf", "TensorFlow", "tf_model.h5"}
        }) {
      assertFails(
          () -> download("hf://org/" + other[0]),
          "hf://org/%s holds weights of %s alone (%s), which are not read: Transformers 4 converts them, by AutoModelForImageClassification.from_pretrained(FOLDER, from_%s=True).save_pretrained(FOLDER)."
              .formatted(other[0], other[1], other[2], other[0]));
    }
    foreign("timm", "{\"architecture\": \"vit_tiny\", \"pretrained_cfg\": {}}")
        .large("model.safetensors", WEIGHTS);
    assertFails(
        () -> download("hf://org/timm"),
        "hf://org/timm is a checkpoint of timm (vit_tiny), whose networks are not read: name the checkpoint that Transformers has of it, or a folder with an exported model.onnx.");
    foreign("gptq", "{\"quantization_config\": {\"quant_method\": \"gptq\"}}")
        .large("model.safetensors", WEIGHTS);
    assertThatThrownBy(() -> download("hf://org/gptq"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("(quantization_config): the weights are quantised by gptq,");
    assertThat(loopback.downloads()).isZero();
  }

  private Repository foreign(String name, String config) {
    return loopback.model("org/" + name).file("config.json", config);
  }

  /** Weights are preferred; a graph has what it keeps outside of itself beside it. */
  @Test
  void aGraphComesWhereThereAreNoWeights() throws IOException {
    byte[] graph = graph("model.onnx_data");
    foreign("graph", "{}")
        .file("preprocessor_config.json", "{}")
        .large("onnx/model.onnx", graph)
        .large("onnx/model.onnx_data", bytes(20, 2))
        .large("onnx/model_quantized.onnx", bytes(30, 3));
    Path found = download("hf://org/graph").folder();
    assertThat(found.resolve("onnx/model.onnx")).hasBinaryContent(graph);
    assertThat(found.resolve("onnx/model.onnx_data")).hasBinaryContent(bytes(20, 2));
    assertThat(found.resolve("onnx/model_quantized.onnx")).doesNotExist();
    assertThat(download("hf://org/graph", "HF_HUB_OFFLINE", "1").folder()).isEqualTo(found);

    model().large("onnx/model.onnx", bytes(40, 4));
    Path own = download("hf://org/model").folder();
    assertThat(own.resolve("model.safetensors")).exists();
    assertThat(own.resolve("onnx")).doesNotExist();
  }

  @Test
  void aGraphComesWithTheFilesThatItNames() throws IOException {
    foreign("graph", "{}")
        .large("model.onnx", graph("numbers.bin"))
        .large("numbers.bin", bytes(20, 2));
    assertThat(download("hf://org/graph").folder().resolve("numbers.bin"))
        .hasBinaryContent(bytes(20, 2));
    foreign("torn", "{}").large("onnx/model.onnx", graph("numbers.bin"));
    assertFails(
        () -> download("hf://org/torn"),
        "hf://org/torn: onnx/model.onnx lists onnx/numbers.bin, which the model does not have.");
    foreign("noise", "{}").large("model.onnx", WEIGHTS);
    assertThatThrownBy(() -> download("hf://org/noise"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("model.onnx is not a readable ONNX model: ");
  }

  @Test
  void aGraphIsNotWholeWithoutItsNumbers() throws IOException {
    byte[] numbers = bytes(500_000, 2);
    foreign("graph", "{}")
        .file("preprocessor_config.json", "{}")
        .large("onnx/model.onnx", graph("model.onnx_data"))
        .large("onnx/model.onnx_data", numbers);
    String commit = "hf://org/graph@" + COMMIT;
    LoopbackHub.Fault cut = LoopbackHub.cutAfter(0);
    loopback.fail("store", "GET", SIGNED + sha256(numbers), cut, cut, cut);
    assertThatThrownBy(() -> download(commit))
        .isInstanceOf(OutageException.class)
        .hasMessageContaining("/resolve/%s/onnx/model.onnx_data failed 3 times".formatted(COMMIT));
    Path snapshot = cache().resolve("models--org--graph/snapshots").resolve(COMMIT);
    assertThat(snapshot.resolve("onnx/model.onnx")).exists();
    assertFails(
        () -> download(commit, "HF_HUB_OFFLINE", "1"),
        "%s: commit %s is in the cache %s without onnx/model.onnx_data, and HF_HUB_OFFLINE forbids to download it: run once without it."
            .formatted(commit, COMMIT, cache()));
    assertThat(download(commit).folder().resolve("onnx/model.onnx_data")).hasBinaryContent(numbers);
    assertThat(download(commit, "HF_HUB_OFFLINE", "1").folder()).isEqualTo(snapshot);
  }

  /** A graph that keeps a constant in a file of that name. */
  private byte[] graph(String dataFile) throws IOException {
    return Files.readAllBytes(
        OnnxModels.write(
            home.resolve("graph.onnx"),
            new OnnxModels.Port("pixel_values", OnnxModels.FLOAT, 0, 3, 16, 12),
            new OnnxModels.Port("logits", OnnxModels.FLOAT, 0, 3),
            dataFile));
  }

  @Test
  void aFileThatIsListedAndMissingIsSaid() {
    model();
    loopback.fail("hub", "HEAD", "/config.json", status(404, "X-Error-Code", "EntryNotFound"));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model has no file config.json, although it is listed.");
  }

  @Test
  void anIndexCanNotNameFilesElsewhere() throws IOException {
    String index = "{\"weight_map\": {\"a\": \"%s\"}}";
    Repository model =
        loopback
            .model("org/model")
            .file("config.json", "{}")
            .file("model.safetensors.index.json", index.formatted("../../../../evil"));
    assertThatThrownBy(() -> download("hf://org/model"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "is said to be in \"../../../../evil\", which is not the name of a file beside the index");
    model
        .revision("main", "d".repeat(40))
        .file("model.safetensors.index.json", index.formatted("model-1.safetensors"));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model: model.safetensors.index.json lists model-1.safetensors, which the model does not have.");
  }

  @Test
  void aWrongHashIsSaidAndNothingIsKept() throws IOException {
    model();
    byte[] wrong = bytes(WEIGHTS.length, 77);
    loopback.fail("store", "GET", SIGNED, LoopbackHub.content(wrong), LoopbackHub.content(wrong));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model: model.safetensors came with the SHA-256 %s, and the hub says %s; nothing of it is kept. A proxy or mirror between may have another file."
            .formatted(sha256(wrong), sha256(WEIGHTS)));
    try (Stream<Path> blobs = Files.list(folder().resolve("blobs"))) {
      assertThat(blobs).hasSize(2).noneMatch(b -> b.toString().contains(sha256(WEIGHTS)));
    }
    assertThat(download("hf://org/model").folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
  }

  @Test
  void aWrongGitHashIsSaid() {
    model();
    byte[] wrong = "[]".getBytes(StandardCharsets.UTF_8);
    loopback.fail(
        "hub",
        "GET",
        "resolve/" + COMMIT + "/config.json",
        LoopbackHub.content(wrong),
        LoopbackHub.content(wrong));
    assertThatThrownBy(() -> download("hf://org/model"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "config.json came with the git SHA-1 %s, and the hub says %s"
                .formatted(gitSha1(wrong), gitSha1("{}".getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void moreBytesThanSaidAreRefused() {
    model();
    LoopbackHub.Fault more = LoopbackHub.content(bytes(WEIGHTS.length + 1, 1));
    loopback.fail("store", "GET", SIGNED, more, more, more);
    assertThatThrownBy(() -> download("hf://org/model"))
        .isInstanceOf(OutageException.class)
        .hasMessageContaining("more than the 1000000 bytes that it has came");
    assertThat(loopback.requests("store", "GET", SIGNED)).hasSize(3);
  }

  @Test
  void aServerThatBreaksAtTheSamePlaceIsGivenUp() throws IOException {
    model();
    LoopbackHub.Fault cut = LoopbackHub.cutAfter(0);
    loopback.fail("store", "GET", SIGNED, cut, cut, cut);
    assertThatThrownBy(() -> download("hf://org/model"))
        .isInstanceOf(OutageException.class)
        .hasMessageMatching(
            "GET http://.*/resolve/%s/model.safetensors failed 3 times, the last time because .+\\. Try again later: what has been downloaded is kept\\."
                .formatted(COMMIT));
    assertThat(folder().resolve("refs/main")).doesNotExist();
  }

  @Test
  void aFullDiskIsSaidBeforeTheDownload() {
    model();
    assertIsLost(
        () ->
            hub(settings(), 500_000)
                .download(HubName.parse("hf://org/model"), DownloadProgress.NONE),
        "hf://org/model: 1.0 MB are still to be downloaded, and the disk of %s has 0.5 MB left: free some, or name another cache by HF_HUB_CACHE."
            .formatted(cache()));
    assertThat(loopback.requests("store", "GET", SIGNED)).isEmpty();
  }

  @Test
  void aFullDiskIsSaidWhenTheSystemDoes() {
    HubName name = HubName.parse("hf://org/model");
    HubCache cache = new HubCache(home, name, path -> Long.MAX_VALUE);
    assertThat(cache.notWritten(name, new IOException("No space left on device"), 10))
        .isInstanceOf(OutageException.class)
        .hasMessage(
            "hf://org/model: the disk of %s is full: free some space, or name another cache by HF_HUB_CACHE."
                .formatted(home));
  }

  @Test
  void aCacheThatCanNotBeWrittenIsSaid() throws IOException {
    model();
    Path file = Files.writeString(home.resolve("file"), "");
    assertThatThrownBy(() -> download("hf://org/model", "HF_HUB_CACHE", file.toString()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("hf://org/model: the cache " + file + " can't be written: ")
        .hasMessageEndingWith(". HF_HUB_CACHE names another.");
  }

  @Test
  void aReadOnlyCacheThatHasAllIsEnough() throws IOException {
    model();
    HubModel found = download("hf://org/model");
    try (Stream<Path> all = Files.walk(cache())) {
      for (Path folder : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
      }
    }
    try {
      assertThat(download("hf://org/model")).isEqualTo(found);
    } finally {
      try (Stream<Path> all = Files.walk(cache())) {
        for (Path folder : all.filter(Files::isDirectory).toList()) {
          Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
      }
    }
  }

  @Test
  void offlineTheCacheDecides() throws IOException {
    model();
    assertFails(
        () -> download("hf://org/model", "HF_HUB_OFFLINE", "1"),
        "hf://org/model is not in the cache %s, and HF_HUB_OFFLINE forbids to download it: run once without it, or copy the cache from a machine that has the model."
            .formatted(cache()));
    HubModel found = download("hf://org/model");
    int before = loopback.requests().size();
    assertThat(download("hf://org/model", "HF_HUB_OFFLINE", "1")).isEqualTo(found);
    assertThat(download("hf://org/model@" + COMMIT, "HF_HUB_OFFLINE", "1")).isEqualTo(found);
    Files.delete(found.folder().resolve("model.safetensors"));
    assertFails(
        () -> download("hf://org/model", "HF_HUB_OFFLINE", "1"),
        "hf://org/model: commit %s is in the cache %s without model.safetensors, and HF_HUB_OFFLINE forbids to download it: run once without it."
            .formatted(COMMIT, cache()));
    assertThat(loopback.requests()).hasSize(before);
  }

  @Test
  void aHubOutOfReachIsSaidAndTheCacheOffered() throws IOException {
    model();
    URI nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    String failed =
        "GET %s/api/models/org/model/revision/main failed 3 times, the last time because no connection could be made. Try again later: what has been downloaded is kept."
            .formatted(nobody);
    assertIsLost(() -> download("hf://org/model", "HF_ENDPOINT", nobody.toString()), failed);
    assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    download("hf://org/model");
    assertIsLost(
        () -> download("hf://org/model", "HF_ENDPOINT", nobody.toString()),
        failed
            + " hf://org/model is in the cache as it was when last asked for: HF_HUB_OFFLINE=1 uses that.");
  }

  @Test
  void whatIsNoHubIsSaid() {
    model();
    loopback.fail(
        "hub",
        "GET",
        "/api/models",
        LoopbackHub.content("<html>".getBytes(StandardCharsets.UTF_8)));
    String end = ", which is not how a hub answers: is HF_ENDPOINT, %s, the address of one?";
    assertFails(
        () -> download("hf://org/model"),
        ("hf://org/model: the answer to GET %s/api/models/org/model/revision/main is not JSON"
                + end)
            .formatted(loopback.endpoint(), loopback.endpoint()));
    loopback.fail(
        "hub", "GET", "/api/models", LoopbackHub.content("{}".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> download("hf://org/model"))
        .hasMessageContaining(" names no commit, which");
    loopback.fail("hub", "GET", "/api/models", status(404));
    assertThatThrownBy(() -> download("hf://org/model"))
        .hasMessageContaining(" was answered 404, which");
    loopback.fail("hub", "GET", "/api/models", status(302, "Location", "file:///etc/passwd"));
    assertThatThrownBy(() -> download("hf://org/model"))
        .hasMessageContaining("it redirects to 'file:///etc/passwd', which");
    LoopbackHub.Fault circle = status(302, "Location", "/api/models/org/model/revision/main");
    loopback.fail(
        "hub",
        "GET",
        "/api/models",
        java.util.Collections.nCopies(11, circle).toArray(LoopbackHub.Fault[]::new));
    assertThatThrownBy(() -> download("hf://org/model"))
        .hasMessageContaining("is redirected in circles, which");
  }

  @Test
  void whatCanNotBeVerifiedIsNotTaken() {
    model();
    String path = "resolve/" + COMMIT + "/config.json";
    loopback.fail(
        "hub", "HEAD", path, status(200, "ETag", "\"../../evil\"", "Content-Length", "2"));
    assertThatThrownBy(() -> download("hf://org/model"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "the ETag '../../evil' of config.json is neither a SHA-256 nor a git SHA-1, so nothing could be verified");
    String etag = gitSha1("{}".getBytes(StandardCharsets.UTF_8));
    loopback.fail("hub", "HEAD", path, status(200, "ETag", etag, "X-Repo-Commit", "f".repeat(40)));
    assertThatThrownBy(() -> download("hf://org/model"))
        .hasMessageContaining("was answered for commit " + "f".repeat(40));
  }

  @Test
  void aStoreThatRefusesIsNamed() {
    model();
    loopback.fail("store", "GET", SIGNED, status(403));
    assertFails(
        () -> download("hf://org/model"),
        "hf://org/model: the store that the hub sends GET to, 127.0.0.1, answered 403.");
  }

  @Test
  void anInterruptedDownloadEnds() {
    model();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> download("hf://org/model"))
          .isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }
}
