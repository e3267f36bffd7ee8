package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the page on what has run says of versions is what the build has. */
class SparkProfileTest {
  private static final Path PAGE = SparkJars.project().resolve("src/docs/status.md");
  private static final Path LISTS = SparkJars.project().resolve("src/test/python");

  /** The table whose rows begin with Spark, Scala and Hadoop has every line, and no other. */
  @Test
  void thePageHasEveryLineOfTheBuild() throws IOException {
    List<String> expected =
        SparkProfile.all().stream()
            .map(
                line ->
                    "| %s | %s | %s | %s |"
                        .formatted(option(line), line.spark(), line.scala(), line.hadoop()))
            .toList();
    assertThat(rows("\\| build \\| Spark \\| Scala \\| Hadoop \\|.*"))
        .allSatisfy(
            row ->
                assertThat(expected)
                    .as("lines of pom.xml")
                    .anyMatch(start -> row.startsWith(start)))
        .hasSameSizeAs(expected);
  }

  /** The table of PySpark has every list of packages, and no other. */
  @Test
  void thePageHasEveryPySpark() throws IOException {
    List<String> expected = new ArrayList<>();
    try (Stream<Path> lists = Files.list(LISTS)) {
      for (Path list :
          lists.filter(each -> each.getFileName().toString().startsWith("pyspark-")).toList()) {
        Matcher version = Pattern.compile("(?m)^pyspark==(.+)$").matcher(Files.readString(list));
        assertThat(version.find()).as(list.toString()).isTrue();
        assertThat(list)
            .hasFileName("pyspark-" + version.group(1).replaceFirst("\\.\\d+$", "") + ".txt");
        expected.add("| " + version.group(1) + " |");
      }
    }
    assertThat(rows("\\| PySpark \\|.*"))
        .extracting(row -> row.replaceFirst("^(\\| [\\d.]+ \\|).*", "$1"))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String option(SparkProfile line) {
    return line.name().equals(SparkProfile.DEFAULT) ? "default" : "`-P" + line.name() + "`";
  }

  /** The rows below the header that the pattern fits. */
  private static List<String> rows(String header) throws IOException {
    List<String> lines = Files.readAllLines(PAGE);
    int first = 0;
    while (!lines.get(first).matches(header)) {
      first++;
    }
    return lines.stream().skip(first + 2).takeWhile(line -> line.startsWith("|")).toList();
  }
}
