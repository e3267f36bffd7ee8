package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The application jar's bill of materials and licences against the classes in it: nothing is there
 * that they do not name, they name nothing that is not there.
 */
class SupplyChainIT {
  private static final Set<String> LICENCES = Set.of("Apache-2.0", "BSD-3-Clause", "MIT");

  private static final Pattern CLASSIFIER = Pattern.compile("[?&]classifier=([^&]+)");

  private static final String CODE = ".*\\.(class|so|so\\.\\d|dll|dylib|js)";

  private static Set<String> entries;
  private static List<Component> components;
  private static String thirdParty;
  private static String texts;
  private static String licence;

  /** A library in the jar. */
  private record Component(
      String group, String name, String version, String classifier, String sha256) {
    /** Its jar, on the class path of these tests. */
    Path jar() {
      String file = name + "-" + version + classifier + ".jar";
      return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(Path::of)
          .filter(path -> path.getFileName().toString().equals(file))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(file + " is not on the class path"));
    }

    /** What is in it that would be in the application jar, under the name that it has there. */
    Set<String> content() {
      try (JarFile jar = new JarFile(jar().toFile())) {
        return jar.stream()
            .filter(entry -> !entry.isDirectory())
            .map(ZipEntry::getName)
            .map(entry -> entry.replace("com/google/protobuf/", "io/labelmill/shaded/protobuf/"))
            .map(entry -> entry.replace("com/google/gson/", "io/labelmill/shaded/gson/"))
            .collect(Collectors.toSet());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String toString() {
      return group + ":" + name + ":" + version;
    }
  }

  @BeforeAll
  static void read() throws IOException {
    try (JarFile jar = new JarFile(SparkJars.application().toFile())) {
      entries =
          jar.stream()
              .filter(entry -> !entry.isDirectory())
              .map(ZipEntry::getName)
              .collect(Collectors.toCollection(TreeSet::new));
      components =
          components(new ObjectMapper().readTree(text(jar, "META-INF/sbom/application.cdx.json")));
      thirdParty = text(jar, "META-INF/THIRD-PARTY.txt");
      texts = text(jar, "META-INF/THIRD-PARTY-LICENSES.txt");
      licence = text(jar, "META-INF/LICENSE");
    }
  }

  private static String text(JarFile jar, String entry) throws IOException {
    ZipEntry found = jar.getEntry(entry);
    assertThat(found).as(entry).isNotNull();
    return new String(jar.getInputStream(found).readAllBytes(), StandardCharsets.UTF_8);
  }

  private static List<Component> components(JsonNode bom) {
    assertThat(bom.get("bomFormat").asText()).isEqualTo("CycloneDX");
    List<Component> components = new ArrayList<>();
    for (JsonNode component : bom.get("components")) {
      String sha256 = "";
      for (JsonNode hash : component.get("hashes")) {
        if (hash.get("alg").asText().equals("SHA-256")) {
          sha256 = hash.get("content").asText();
        }
      }
      components.add(
          new Component(
              component.path("group").asText(),
              component.get("name").asText(),
              component.get("version").asText(),
              CLASSIFIER
                  .matcher(component.get("purl").asText())
                  .results()
                  .map(result -> "-" + result.group(1))
                  .collect(Collectors.joining()),
              sha256));
    }
    return components;
  }

  @Test
  void everyClassAndLibraryIsOfANamedComponent() {
    Set<String> named = new TreeSet<>();
    components.forEach(component -> named.addAll(component.content()));
    assertThat(entries)
        .filteredOn(entry -> entry.matches(CODE))
        .filteredOn(
            entry -> !entry.startsWith("io/labelmill/") || entry.startsWith("io/labelmill/shaded/"))
        .hasSizeGreaterThan(1000)
        .allSatisfy(entry -> assertThat(named).contains(entry));
  }

  @Test
  void everyComponentIsInTheJarOnce() {
    assertThat(components).hasSizeGreaterThan(10);
    Map<String, String> versions = new TreeMap<>();
    for (Component component : components) {
      assertThat(versions.put(component.group() + ":" + component.name(), component.version()))
          .as(component.toString())
          .isNull();
      assertThat(component.content())
          .as(component.toString())
          .anyMatch(entry -> entry.matches(CODE) && entries.contains(entry));
    }
  }

  @Test
  void noClassIsOfTwoComponents() {
    Map<String, Component> owners = new TreeMap<>();
    for (Component component : components) {
      for (String entry : component.content()) {
        if (entry.endsWith(".class") && !entry.endsWith("module-info.class")) {
          assertThat(owners.put(entry, component)).as(entry + " of " + component).isNull();
        }
      }
    }
    assertThat(owners).isNotEmpty();
  }

  @Test
  void hashesAreThoseOfTheJarsThatWereBuiltIn() throws Exception {
    for (Component component : components) {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(component.jar()));
      assertThat(component.sha256())
          .as(component.toString())
          .isEqualTo(HexFormat.of().formatHex(hash));
    }
  }

  @Test
  void licencesAreThoseThatApacheCodeMayHoldAndEachIsListed() {
    for (Component component : components) {
      // By the list, not by the bill, which takes "The BSD License" of some poms for another.
      String line =
          thirdParty
              .lines()
              .filter(each -> each.contains("(" + component + " - "))
              .findFirst()
              .orElse("");
      assertThat(LICENCES)
          .as(component + " in " + line)
          .anyMatch(l -> line.contains("(" + l + ")"));
      if (!line.contains("(Apache-2.0)")) {
        assertThat(texts).as("text of the licence").contains(component.name());
      }
    }
    assertThat(thirdParty.lines().filter(line -> line.matches(" +\\(.*")))
        .hasSameSizeAs(components);
    assertThat(texts).contains("libgomp.so.1", "META-INF/licenses/GPL-3.0.txt");
    assertThat(entries)
        .contains(
            "META-INF/licenses/GPL-3.0.txt",
            "META-INF/licenses/GCC-runtime-library-exception-3.1.txt");
    assertThat(licence).contains("Apache License", "Version 2.0", "END OF TERMS AND CONDITIONS");
  }
}
