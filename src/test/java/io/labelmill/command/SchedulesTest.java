package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.internal.config.ConfigEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Schedules of {@code jobs/} against what they name: options of the command, classes, files of the
 * images, settings of Spark, each other.
 */
class SchedulesTest {
  private static final Path KUBERNETES = Path.of("jobs/kubernetes");
  private static final String IMAGE = "registry.example.com/labelmill:0.1.0";
  private static final List<String> NIGHT =
      List.of("--model", "--input", "--output", "--if-exists");

  /** Settings of Spark that are of its cluster managers, whose code is not on this class path. */
  private static final Pattern ELSEWHERE =
      Pattern.compile(
          "spark\\.(yarn|kubernetes|executorEnv)\\..*"
              + "|spark\\.(executor|task)\\.resource\\.gpu\\..*");

  /** A manifest that runs the job, by its file's name; {@code gpu} tells the variant. */
  record Manifest(Path file, boolean gpu, Map<String, Object> document) {
    static List<Manifest> all() {
      List<Manifest> manifests = new ArrayList<>();
      for (String name : List.of("nightly", "application", "scheduled-application")) {
        for (String variant : List.of("", "-gpu")) {
          Path file = KUBERNETES.resolve(name + variant + ".yaml");
          manifests.add(new Manifest(file, !variant.isEmpty(), documents(file).get(0)));
        }
      }
      return manifests;
    }

    static Stream<Manifest> applications() {
      return all().stream().filter(m -> !m.kind().equals("CronJob"));
    }

    static Stream<Manifest> cronJobs() {
      return all().stream().filter(m -> m.kind().equals("CronJob"));
    }

    String kind() {
      return (String) document.get("kind");
    }

    Map<String, Object> application() {
      Map<String, Object> spec = map(document, "spec");
      return kind().equals("ScheduledSparkApplication") ? map(spec, "template") : spec;
    }

    Map<String, Object> container() {
      Map<String, Object> pod =
          map(map(map(map(map(document, "spec"), "jobTemplate"), "spec"), "template"), "spec");
      return map(list(pod, "containers").get(0));
    }

    /** From the command's name on. */
    List<String> arguments() {
      List<Object> words =
          kind().equals("CronJob") ? list(container(), "args") : list(application(), "arguments");
      List<String> texts = words.stream().map(Object::toString).toList();
      return texts.subList(texts.indexOf("score"), texts.size());
    }

    Path dockerfile() {
      return KUBERNETES.resolve(gpu ? "Dockerfile.gpu" : "Dockerfile");
    }

    Path settings() {
      return KUBERNETES.resolve(gpu ? "gpu.conf" : "cpu.conf");
    }

    String image() {
      return gpu ? IMAGE + "-gpu" : IMAGE;
    }

    @Override
    public String toString() {
      return file.getFileName().toString();
    }
  }

  static List<Manifest> manifests() {
    return Manifest.all();
  }

  static Stream<Manifest> applications() {
    return Manifest.applications();
  }

  static Stream<Manifest> cronJobs() {
    return Manifest.cronJobs();
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void eachResumesWithOptionsThatExist(Manifest manifest) {
    List<String> arguments = manifest.arguments();
    assertThat(arguments).startsWith("score").containsAll(NIGHT);
    Map<String, String> options =
        ScoreCommand.options(arguments.subList(1, arguments.size())).effective();
    assertThat(options).containsEntry("if-exists", "resume");
    assertThat(options).containsEntry("device", manifest.gpu() ? "gpu" : "auto");
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void eachRunsTheImageThatItsDockerfileBuilds(Manifest manifest) throws IOException {
    String dockerfile = Files.readString(manifest.dockerfile());
    assertThat(dockerfile)
        .contains(
            "docker build -f " + manifest.dockerfile() + " -t " + manifest.image() + " .",
            "COPY target/labelmill-*-app.jar /opt/labelmill/labelmill.jar");
    assertThat(settings(manifest.settings()))
        .containsEntry("spark.kubernetes.container.image", manifest.image());
    if (manifest.kind().equals("CronJob")) {
      List<Object> words = list(manifest.container(), "args");
      assertThat(manifest.container()).containsEntry("image", manifest.image());
      assertThat(words).contains(Main.class.getName(), "local:///opt/labelmill/labelmill.jar");
      assertThat(dockerfile)
          .contains(
              "COPY "
                  + manifest.settings()
                  + " "
                  + words.get(words.indexOf("--properties-file") + 1)
                  + "\n");
    } else {
      assertThat(manifest.application())
          .containsEntry("image", manifest.image())
          .containsEntry("mainClass", Main.class.getName())
          .containsEntry("mainApplicationFile", "local:///opt/labelmill/labelmill.jar");
      // On the other line of Spark the tests run too, and the images are of this one.
      String version = property("spark.version");
      assertThat(manifest.application()).containsEntry("sparkVersion", version);
      assertThat(dockerfile)
          .contains(
              "apache/spark:" + version + "-scala" + property("scala.binary.version") + "-java17");
    }
  }

  @ParameterizedTest
  @MethodSource("cronJobs")
  void mistakesEndANightAndLossesAreTriedAgainOnce(Manifest manifest) {
    Map<String, Object> spec = map(manifest.document(), "spec");
    assertThat(spec).containsEntry("concurrencyPolicy", "Forbid");
    Map<String, Object> job = map(map(spec, "jobTemplate"), "spec");
    assertThat(job).containsEntry("backoffLimit", 1);
    assertThat(map(map(job, "template"), "spec")).containsEntry("restartPolicy", "Never");
    assertThat(list(map(job, "podFailurePolicy"), "rules"))
        .first()
        .isEqualTo(
            Map.of(
                "action",
                "FailJob",
                "onExitCodes",
                Map.of(
                    "containerName",
                    manifest.container().get("name"),
                    "operator",
                    "In",
                    "values",
                    List.of(1, 2))));
  }

  @ParameterizedTest
  @MethodSource("applications")
  void theOperatorTriesOnceMoreAfterADeadLockIsDead(Manifest manifest) {
    Map<String, Object> policy = map(manifest.application(), "restartPolicy");
    assertThat(policy).containsEntry("type", "OnFailure").containsEntry("onFailureRetries", 1);
    assertThat((Integer) policy.get("onFailureRetryInterval")).isGreaterThan(30);
    if (manifest.kind().equals("ScheduledSparkApplication")) {
      assertThat(map(manifest.document(), "spec")).containsEntry("concurrencyPolicy", "Forbid");
    }
  }

  /** The operator has fields of its own for what the file calls by Spark's names. */
  @ParameterizedTest
  @MethodSource("applications")
  void anApplicationSetsWhatTheFileOfItsVariantSets(Manifest manifest) throws IOException {
    Map<String, Object> application = manifest.application();
    Map<String, Object> driver = map(application, "driver");
    Map<String, Object> executor = map(application, "executor");
    Map<String, Object> allocation = map(application, "dynamicAllocation");
    Map<String, String> set = new TreeMap<>();
    map(application, "sparkConf").forEach((key, value) -> set.put(key, (String) value));
    set.put(
        "spark.kubernetes.namespace",
        map(manifest.document(), "metadata").get("namespace").toString());
    set.put("spark.kubernetes.container.image", application.get("image").toString());
    set.put(
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        driver.get("serviceAccount").toString());
    set.put(
        "spark.kubernetes.authenticate.executor.serviceAccountName",
        executor.get("serviceAccount").toString());
    set.put("spark.driver.memory", driver.get("memory").toString());
    set.put("spark.driver.extraJavaOptions", driver.get("javaOptions").toString());
    set.put("spark.executor.extraJavaOptions", executor.get("javaOptions").toString());
    set.put("spark.executor.cores", executor.get("cores").toString());
    set.put("spark.executor.memory", executor.get("memory").toString());
    set.put("spark.executor.memoryOverhead", executor.get("memoryOverhead").toString());
    set.put("spark.dynamicAllocation.enabled", allocation.get("enabled").toString());
    for (String key : List.of("initialExecutors", "maxExecutors")) {
      set.put("spark.dynamicAllocation." + key, allocation.get(key).toString());
    }
    set.put(
        "spark.dynamicAllocation.shuffleTracking.enabled",
        allocation.get("shuffleTrackingEnabled").toString());
    set.put(
        "spark.dynamicAllocation.shuffleTracking.timeout",
        (Integer) allocation.get("shuffleTrackingTimeout") / 1000 + "s");
    assertThat(set).isEqualTo(settings(manifest.settings()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jobs/yarn/gpu.conf", "jobs/kubernetes/gpu.conf"})
  void gpusAreAskedForAsTheCommentedFileDoes(Path file) throws IOException {
    Map<String, String> explained = settings(Path.of("conf/spark-gpu.conf"));
    if (file.startsWith("jobs/yarn")) {
      explained.remove("spark.executor.resource.gpu.vendor");
    }
    assertThat(settings(file)).containsAllEntriesOf(explained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jobs/yarn/cpu.conf",
        "jobs/yarn/gpu.conf",
        "jobs/kubernetes/cpu.conf",
        "jobs/kubernetes/gpu.conf"
      })
  void settingsAreSparks(Path file) throws IOException {
    // Settings are known once the object that declares them is there.
    assertThat(org.apache.spark.internal.config.package$.MODULE$).isNotNull();
    Map<String, String> settings = settings(file);
    assertThat(settings).isNotEmpty();
    for (String key : settings.keySet()) {
      if (!ELSEWHERE.matcher(key).matches() && !key.equals("spark.master")) {
        assertThat(ConfigEntry.findEntry(key)).as(key).isNotNull();
      }
    }
  }

  @Test
  void theCrontabAndTheUnitCallTheScript() throws IOException {
    assertThat(Path.of("jobs/cron/nightly")).isExecutable();
    for (String name : List.of("labelmill.crontab", "labelmill-nightly@.service")) {
      String text = Files.readString(Path.of("jobs/cron").resolve(name));
      Matcher files = Pattern.compile("/opt/labelmill/(\\S+)").matcher(text);
      List<String> named = files.results().map(result -> result.group(1)).toList();
      assertThat(named).as(name).contains("jobs/cron/nightly");
      assertThat(named).allSatisfy(file -> assertThat(Path.of(file)).exists());
    }
    assertThat(Path.of("jobs/cron/labelmill-nightly@.timer")).exists();
  }

  @Test
  void whatDriversMayDoIsNamed() {
    List<Map<String, Object>> account = documents(KUBERNETES.resolve("service-account.yaml"));
    assertThat(account)
        .extracting(document -> document.get("kind"))
        .containsExactly("ServiceAccount", "Role", "RoleBinding");
    assertThat(map(list(account.get(1), "rules").get(0)))
        .containsEntry(
            "resources", List.of("pods", "services", "configmaps", "persistentvolumeclaims"));
    assertThat(map(account.get(0), "metadata"))
        .containsEntry("name", "labelmill")
        .containsEntry("namespace", "labelmill");
  }

  private static String property(String name) throws IOException {
    Matcher value =
        Pattern.compile("<" + Pattern.quote(name) + ">([^<]+)</")
            .matcher(Files.readString(Path.of("pom.xml")));
    assertThat(value.find()).as(name).isTrue();
    return value.group(1);
  }

  /** As spark-submit reads a properties file. */
  private static Map<String, String> settings(Path file) throws IOException {
    Map<String, String> settings = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.strip().split("\\s+", 2);
        assertThat(settings.put(words[0], words[1])).as(file + ": " + words[0]).isNull();
      }
    }
    return settings;
  }

  private static List<Map<String, Object>> documents(Path file) {
    try {
      List<Map<String, Object>> documents = new ArrayList<>();
      new Load(LoadSettings.builder().build())
          .loadAllFromString(Files.readString(file))
          .forEach(document -> documents.add(map(document)));
      return documents;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Map<String, Object> map(Map<String, Object> parent, String key) {
    assertThat(parent).containsKey(key);
    return map(parent.get(key));
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> parent, String key) {
    assertThat(parent).containsKey(key);
    return (List<Object>) parent.get(key);
  }
}
