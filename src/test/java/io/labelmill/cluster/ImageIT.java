package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ShortProcess;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.s3.LoopbackS3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The steps of the images' Dockerfiles, executed without a container engine in an empty folder that
 * stands for the root of the file system. The base image is a Spark of the resolved jars in its
 * place, {@code /opt/spark}, without those of S3. Not executed: what installs packages and users.
 */
class ImageIT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  @TempDir Path folder;

  /** An instruction with what stands behind it, continued lines joined. */
  private record Step(String instruction, String rest) {
    static List<Step> of(String dockerfile) throws IOException {
      String text =
          Files.readString(SparkJars.project().resolve("jobs/kubernetes").resolve(dockerfile))
              .replaceAll("(?m)^#.*\\R", "")
              .replaceAll("\\\\\\R\\s*", "");
      return text.lines()
          .filter(line -> !line.isBlank())
          .map(line -> line.split(" ", 2))
          .map(words -> new Step(words[0], words[1]))
          .toList();
    }
  }

  /** Links to jars, of which JUnit would warn one by one as it deletes the folder. */
  @AfterEach
  void deleteLinks() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path link : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }

  @Test
  void theImageLabelsImagesOfABucket() throws Exception {
    Path root = base();
    List<Step> steps = Step.of("Dockerfile");
    assertThat(steps.stream().map(Step::instruction).distinct())
        .containsExactly("ARG", "FROM", "COPY", "ENV", "RUN", "USER");
    List<String> printed = build(steps, root, root);
    assertThat(printed).singleElement().asString().startsWith("Labelmill 0.1.0").contains("Spark ");
    assertThat(root.resolve("opt/labelmill/conf/gpus.sh")).isExecutable();
    assertThat(root.resolve("opt/labelmill/conf/kubernetes-cpu.conf")).exists();

    LoopbackS3.Bucket bucket = S3.bucket("image");
    bucket.putAll("in/", new FridgePictures(6, 7).write(folder.resolve("drawn")));
    TinyBeit.checkpoint(5).write(folder.resolve("model"));
    List<String> command =
        new ArrayList<>(
            List.of(root.resolve("opt/spark/bin/spark-submit").toString(), "--master", "local[1]"));
    bucket
        .settings()
        .forEach(
            (key, value) -> command.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
    command.addAll(
        List.of(
            "--conf",
            "spark.driver.extraJavaOptions=-Dlog4j2.configurationFile="
                + root.resolve("opt/labelmill/conf/log4j2.properties"),
            "--class",
            "io.labelmill.Main",
            "local://" + root.resolve("opt/labelmill/labelmill.jar"),
            "score",
            "--model",
            folder.resolve("model").toString(),
            "--input",
            bucket.uri("in"),
            "--output",
            bucket.uri("t")));
    assertThat(run(command)).containsPattern("OK +6\\b");
    assertThat(bucket.keys()).anyMatch(key -> key.matches("t/part-.*\\.parquet"));
  }

  @Test
  void theImageForGpusHasTheSameFilesInTheSamePlaces() throws Exception {
    Path spark = base();
    Files.createDirectories(spark.resolve("opt/java/openjdk/bin"));
    Files.writeString(spark.resolve("opt/java/openjdk/bin/java"), "java");
    Files.writeString(spark.resolve("opt/entrypoint.sh"), "entry point");
    Files.writeString(spark.resolve("opt/decom.sh"), "decommissioning");
    Path root = Files.createDirectory(folder.resolve("gpu-root"));
    List<Step> steps = Step.of("Dockerfile.gpu");
    List<Step> here =
        steps.stream().filter(step -> !step.rest().startsWith("apt-get update")).toList();
    assertThat(steps.size() - here.size()).as("steps of the distribution").isOne();
    assertThat(build(here, root, spark)).singleElement().asString().startsWith("Labelmill 0.1.0");
    assertThat(root.resolve("opt/entrypoint.sh")).hasContent("entry point");
    assertThat(root.resolve("opt/java/openjdk/bin/java")).hasContent("java");
    assertThat(root.resolve("opt/labelmill/conf/kubernetes-gpu.conf")).exists();
    assertThat(steps)
        .contains(new Step("USER", "185"), new Step("ENTRYPOINT", "[\"/opt/entrypoint.sh\"]"));
  }

  @Test
  void theContextHoldsWhatIsCopiedAndLittleElse() throws IOException {
    List<String> ignored = Files.readAllLines(SparkJars.project().resolve(".dockerignore"));
    List<String> let =
        ignored.stream().filter(line -> line.startsWith("!")).map(l -> l.substring(1)).toList();
    assertThat(ignored).contains("*");
    for (String dockerfile : List.of("Dockerfile", "Dockerfile.gpu")) {
      for (Step step : Step.of(dockerfile)) {
        if (step.instruction().equals("COPY") && !step.rest().startsWith("--from=")) {
          List<String> words = List.of(step.rest().split(" "));
          assertThat(words.subList(0, words.size() - 1))
              .allSatisfy(source -> assertThat(let).anyMatch(source::startsWith));
        }
      }
    }
  }

  /** {@code /opt/spark} as the base image has it. */
  private Path base() throws IOException {
    Path root = Files.createDirectories(folder.resolve("root"));
    SparkDistribution.layOut(
        Files.createDirectories(root.resolve("opt")).resolve("spark"),
        SparkJars.withoutS3(),
        SparkJars.scalaVersion());
    return root;
  }

  /**
   * Executes COPY and RUN.
   *
   * @param other the root of the image that {@code --from} names
   * @return what the RUN steps printed
   */
  private List<String> build(List<Step> steps, Path root, Path other) throws Exception {
    List<String> printed = new ArrayList<>();
    for (Step step : steps) {
      if (step.instruction().equals("COPY")) {
        List<String> words = new ArrayList<>(Arrays.asList(step.rest().split(" ")));
        boolean elsewhere = words.removeIf(word -> word.startsWith("--from="));
        words.removeIf(word -> word.startsWith("--chown="));
        String target = words.remove(words.size() - 1);
        for (String source : words) {
          copy(elsewhere ? other : SparkJars.project(), source, root, target);
        }
      } else if (step.instruction().equals("RUN")) {
        printed.add(run(List.of("bash", "-c", step.rest().replace("/opt/", root + "/opt/"))));
      }
    }
    return printed;
  }

  /** As COPY does: a folder's content into a folder, or files into a folder that ends with /. */
  private static void copy(Path from, String source, Path root, String target) throws IOException {
    Path into = root.resolve(target.substring(1));
    List<Path> found = glob(from, source.replaceFirst("^/", ""));
    assertThat(found).as(source).isNotEmpty();
    if (!target.endsWith("/")) {
      assertThat(found).as(source + " is one file").hasSize(1);
      Files.createDirectories(into.getParent());
      Files.copy(found.get(0), into, StandardCopyOption.COPY_ATTRIBUTES);
      return;
    }
    for (Path each : found) {
      if (!Files.isDirectory(each)) {
        Files.createDirectories(into);
        Files.copy(each, into.resolve(each.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        continue;
      }
      try (Stream<Path> files = Files.walk(each)) {
        for (Path file : files.toList()) {
          Path copy = into.resolve(each.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(copy);
          } else if (file.toString().endsWith(".jar")) {
            Files.createSymbolicLink(copy, file.toRealPath());
          } else {
            Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
          }
        }
      }
    }
  }

  private static List<Path> glob(Path from, String source) throws IOException {
    Path path = from.resolve(source);
    if (!source.contains("*")) {
      return Files.exists(path) ? List.of(path) : List.of();
    }
    PathMatcher fits = FileSystems.getDefault().getPathMatcher("glob:" + path);
    try (Stream<Path> files = Files.list(path.getParent())) {
      return files.filter(fits::matches).toList();
    }
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(ShortProcess.environment());
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(command + "\n" + out).isZero();
    return out;
  }
}
