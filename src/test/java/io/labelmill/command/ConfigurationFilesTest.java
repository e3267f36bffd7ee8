package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Documentation;
import io.labelmill.option.Option;
import io.labelmill.score.ScoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFilesTest {
  private static final Path CONF = Path.of("conf");
  private static final Pattern KEY =
      Pattern.compile("^#?([a-z][a-z0-9-]*) = (.+)$", Pattern.MULTILINE);

  @TempDir Path folder;

  @Test
  void theSampleNamesEveryOptionOnce() throws IOException {
    Matcher keys = KEY.matcher(Files.readString(CONF.resolve("score.properties")));
    List<String> named = keys.results().map(result -> result.group(1)).toList();
    assertThat(named)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(new ScoreCommand().options().stream(), Stream.of(Arguments.LOG_LEVEL))
                .map(Option::key)
                .toList());
  }

  @Test
  void whatTheSampleSetsIsTheDefault() {
    List<String> required = List.of("--model", "m", "--input", "i", "--output", "o");
    List<String> withSample = new ArrayList<>(required);
    withSample.addAll(List.of("--config", CONF.resolve("score.properties").toString()));
    ScoreOptions plain = options(required);
    ScoreOptions sample = options(withSample);
    assertThat(sample.effective()).isEqualTo(plain.effective());
  }

  @Test
  void everyCommentedKeyOfTheSampleIsValid() throws IOException {
    String text = Files.readString(CONF.resolve("score.properties"));
    Path all =
        Files.writeString(
            folder.resolve("all.properties"),
            // What is for resume needs it, and what is for paths goes with no contents.
            KEY.matcher(text)
                .replaceAll("$1 = $2")
                .replace("= fail\n", "= resume\n")
                .replaceAll("content-column = .*", ""));
    assertThat(options(List.of("--config", all.toString())).source().inputs()).hasSize(2);
  }

  @Test
  void aKeyLivesInOneFile() throws IOException {
    try (Stream<Path> files = Files.list(CONF)) {
      List<String> keys = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".properties")).sorted().toList()) {
        if (!file.endsWith("log4j2.properties")) {
          KEY.matcher(Files.readString(file)).results().forEach(r -> keys.add(r.group(1)));
        }
      }
      assertThat(keys).isNotEmpty().doesNotHaveDuplicates();
    }
  }

  @Test
  void theDocumentationHasTheSettingsForMetrics() throws IOException {
    List<String> settings =
        Files.readAllLines(CONF.resolve("spark-metrics.conf")).stream()
            .filter(line -> line.startsWith("spark."))
            .toList();
    assertThat(settings).hasSize(4);
    assertThat(Documentation.text().lines()).containsSubsequence(settings);
  }

  private static ScoreOptions options(List<String> args) {
    return ScoreCommand.options(args);
  }
}
