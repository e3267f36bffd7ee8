package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.labelmill.Documentation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is in the jar that spark-submit takes, and what is not. */
class ApplicationJarIT {
  private static List<String> entries;

  @BeforeAll
  static void list() throws IOException {
    try (JarFile jar = new JarFile(SparkJars.application().toFile())) {
      entries = jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
    }
  }

  @Test
  void whatSparkBringsIsNotInIt() {
    for (String foreign :
        List.of(
            "org/apache/spark/",
            "org/apache/hadoop/",
            "scala/",
            "com/fasterxml/jackson/",
            "org/slf4j/",
            "org/apache/logging/",
            "org/apache/commons/")) {
      assertThat(entries).as(foreign).noneMatch(name -> name.startsWith(foreign));
    }
  }

  @Test
  void whatWouldClashWithSparksJarsHasAnotherName() {
    assertThat(entries)
        .noneMatch(name -> name.startsWith("com/google/protobuf/"))
        .noneMatch(name -> name.startsWith("com/google/gson/"))
        .contains(
            "io/labelmill/shaded/protobuf/CodedInputStream.class",
            "io/labelmill/shaded/gson/Gson.class");
  }

  @Test
  void classesAreOursAndThoseOfNamedLibraries() {
    assertThat(
            entries.stream()
                .filter(name -> name.endsWith(".class"))
                .map(name -> name.replaceFirst("^META-INF/versions/\\d+/", ""))
                .map(name -> name.replaceFirst("/[^/]+$", ""))
                .map(name -> name.replaceFirst("^([^/]+/[^/]+)/.*", "$1"))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "ai/djl",
            "ai/onnx",
            "ai/onnxruntime",
            "com/sun",
            "com/twelvemonkeys",
            "io/labelmill",
            "org/snakeyaml",
            "org/tribuo",
            "picocli");
  }

  /** Of measurements, what {@code jobs/model bench} does for users is, and nothing of our own. */
  @Test
  void nothingOfTestsAndOfOwnMeasurementsIsInIt() throws IOException {
    Path tests = SparkJars.project().resolve("target/test-classes");
    try (Stream<Path> files = Files.walk(tests)) {
      List<String> classes =
          files
              .map(file -> tests.relativize(file).toString())
              .filter(name -> name.endsWith(".class"))
              .toList();
      assertThat(classes).hasSizeGreaterThan(100);
      assertThat(entries).doesNotContainAnyElementsOf(classes);
    }
    assertThat(
            entries.stream()
                .filter(name -> name.startsWith("io/labelmill/bench/"))
                .map(name -> name.replaceFirst("(\\$.*)?\\.class$", ""))
                .map(name -> name.substring(name.lastIndexOf('/') + 1))
                .filter(name -> !name.equals("package-info"))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("BareLoop", "Ceiling", "ModelBench", "Photographs", "Threads");
  }

  @Test
  void nativesAreThoseOfOnnxRuntimesPlatforms() {
    assertThat(
            entries.stream()
                .filter(name -> name.matches("ai/onnxruntime/native/.*\\.(so|dylib|dll)"))
                .map(name -> name.replaceFirst("ai/onnxruntime/native/([^/]+)/.*", "$1"))
                .collect(Collectors.toSet()))
        .contains("linux-x64", "linux-aarch64", "osx-aarch64", "win-x64");
    assertThat(entries).noneMatch(name -> name.contains(".dSYM/") || name.endsWith(".pdb"));
  }

  @Test
  void itsSizeIsTheOneThatTheDocumentationGives() throws IOException {
    Matcher given =
        Pattern.compile("application jar has about (\\d+) MB").matcher(Documentation.text());
    assertThat(given.find()).isTrue();
    assertThat(Files.size(SparkJars.application()) / 1e6)
        .isCloseTo(Double.parseDouble(given.group(1)), within(2.0));
  }
}
