package io.labelmill.command;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Documentation;
import io.labelmill.decode.ImageFormat;
import io.labelmill.djl.DjlPictures;
import io.labelmill.error.Cause;
import io.labelmill.error.Status;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.PublishedShapes;
import io.labelmill.option.Option;
import io.labelmill.score.ExecutorMetrics;
import io.labelmill.score.JobOptions;
import io.labelmill.score.RunMetric;
import io.labelmill.score.RunMetrics;
import io.labelmill.score.ScoreTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The tables of README and pages, and the modules of the Python package that name options and
 * params, are those of the code. After a change: {@code ./mvnw test -Dtest=DocumentationTest
 * -Ddocumentation.write=true} writes them anew.
 */
class DocumentationTest {
  private static final Pattern TABLE =
      Pattern.compile("(<!-- table: (\\w+) -->\\n)(.*?)(<!-- end -->)", Pattern.DOTALL);

  @Test
  void tablesAreGenerated() throws IOException {
    Map<String, String> tables =
        Map.ofEntries(
            entry("options", options(new ScoreCommand())),
            entry("embed_options", options(JobOptions.OF_EMBEDDING)),
            entry("segment_options", options(JobOptions.OF_SEGMENTING)),
            entry("train_options", options(new TrainCommand())),
            entry("evaluate_options", options(new EvaluateCommand())),
            entry("columns", columns()),
            entry("statuses", statuses()),
            entry("causes", causes()),
            entry("formats", formats()),
            entry("shapes", shapes()),
            entry("model_options", modelOptions()),
            entry("djl_pictures", djlPictures()),
            entry("metrics", metrics()));
    List<String> named = new ArrayList<>();
    for (Path page : Documentation.pages()) {
      String text = Files.readString(page);
      String generated =
          TABLE
              .matcher(text)
              .replaceAll(
                  table -> {
                    named.add(table.group(2));
                    assertThat(tables).as(page.toString()).containsKey(table.group(2));
                    return Matcher.quoteReplacement(
                        table.group(1) + tables.get(table.group(2)) + table.group(4));
                  });
      if (Boolean.getBoolean("documentation.write")) {
        Files.writeString(page, generated);
      }
      assertThat(Files.readString(page)).as(page.toString()).isEqualTo(generated);
    }
    assertThat(named).containsExactlyInAnyOrderElementsOf(tables.keySet());
  }

  /** The Python package has the stages' params and the commands' options. */
  @Test
  void pythonModulesAreGenerated() throws IOException {
    assertGenerated(PythonModules.texts());
  }

  @Test
  void theStagesHaveTheirParams() throws IOException {
    assertGenerated(JavaParams.texts());
  }

  private static void assertGenerated(Map<Path, String> texts) throws IOException {
    for (Map.Entry<Path, String> file : texts.entrySet()) {
      if (Boolean.getBoolean("documentation.write")) {
        Files.writeString(file.getKey(), file.getValue());
      }
      assertThat(Files.readString(file.getKey()))
          .as(file.getKey().toString())
          .isEqualTo(file.getValue());
    }
  }

  /** What one reads first is short. */
  @Test
  void theReadmeHasAtMost200LinesAnd12Kilobytes() throws IOException {
    assertThat(Files.readAllLines(Documentation.README)).hasSizeLessThanOrEqualTo(200);
    assertThat(Files.size(Documentation.README)).isLessThanOrEqualTo(12_000);
  }

  @Test
  void theReadmesIndexNamesEachPage() {
    assertThat(Documentation.pages())
        .containsAll(Documentation.files())
        .hasSize(1 + Documentation.files().size());
  }

  @Test
  void eachPageSaysAtItsTopForWhomItIs() throws IOException {
    for (Path page : Documentation.files()) {
      assertThat(Files.readString(page))
          .as(page.toString())
          .matches("(?s)# [^\\n]+\\n\\n\\*For .+");
    }
  }

  @Test
  void everyExampleIsACommandLine() {
    String text = Documentation.text().replaceAll("\\\\\\n\\s*", "");
    Matcher lines =
        Pattern.compile("(?m)^jobs/(score|embed|segment|train|evaluate) (.+)$").matcher(text);
    int scored = 0;
    int embedded = 0;
    int segmented = 0;
    int trained = 0;
    int evaluated = 0;
    while (lines.find()) {
      String ours = lines.group(2).replaceFirst(" -- .*", "").replace("'", "");
      List<String> words = Pattern.compile(" +").splitAsStream(ours.strip()).toList();
      if (words.contains("--config") || words.contains("thresholds.json")) {
        continue;
      }
      if (words.contains("delta") || words.contains("iceberg")) {
        continue; // their jars are not here; TableFormatsIT runs such lines
      }
      if (lines.group(1).equals("score")) {
        assertThat(ScoreCommand.options(words)).isNotNull();
        scored++;
      } else if (lines.group(1).equals("embed")) {
        assertThat(EmbedCommand.options(Arguments.read(new EmbedCommand(), words))).isNotNull();
        embedded++;
      } else if (lines.group(1).equals("segment")) {
        assertThat(SegmentCommand.options(Arguments.read(new SegmentCommand(), words))).isNotNull();
        segmented++;
      } else if (words.contains("segmentation")) {
        assertThat(EvaluateSegments.plan(Arguments.read(new EvaluateCommand(), words))).isNotNull();
      } else if (lines.group(1).equals("train")) {
        assertThat(TrainCommand.options(Arguments.read(new TrainCommand(), words))).isNotNull();
        trained++;
      } else {
        assertThat(EvaluateCommand.plan(Arguments.read(new EvaluateCommand(), words))).isNotNull();
        evaluated++;
      }
    }
    assertThat(scored).isGreaterThan(5);
    assertThat(embedded).isGreaterThan(2);
    assertThat(segmented).isGreaterThan(2);
    assertThat(trained).isGreaterThan(1);
    assertThat(evaluated).isGreaterThan(4);
  }

  @Test
  void messagesAreThoseOfTheCode() throws IOException {
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    // Literals that stand in parts, each part on its line.
    String literals = code.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    String table =
        Documentation.text()
            .replaceAll("(?s).*<!-- messages -->\\n(.*)<!-- end of messages -->.*", "$1");
    List<String> messages =
        Pattern.compile("(?m)^\\| `([^`]+)` \\|")
            .matcher(table)
            .results()
            .map(row -> row.group(1))
            .toList();
    assertThat(messages).hasSizeGreaterThan(10);
    assertThat(messages)
        .allSatisfy(
            message ->
                assertThat(Pattern.compile(" ?… ?").splitAsStream(message))
                    .allMatch(literals::contains));
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<Path> pages = new ArrayList<>(Documentation.pages());
    pages.add(Path.of("CONTRIBUTING.md"));
    pages.add(Path.of("SECURITY.md"));
    pages.add(Path.of("CHANGELOG.md"));
    for (Path page : pages) {
      String text = Files.readString(page).replaceAll("(?s)```.*?```", "");
      Matcher links = Pattern.compile("\\]\\(([^)]+)\\)").matcher(text);
      while (links.find()) {
        String target = links.group(1);
        if (target.startsWith("https://")) {
          continue;
        }
        String file = target.replaceFirst("#.*", "");
        Path led = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        assertThat(led).as("%s in %s", target, page).exists();
        if (target.contains("#")) {
          assertThat(anchors(led)).as(page.toString()).contains(target.replaceFirst(".*#", ""));
        }
      }
    }
  }

  /** What headings are called in links, as GitHub makes it of their words. */
  private static List<String> anchors(Path page) throws IOException {
    String text = Files.readString(page).replaceAll("(?s)```.*?```", "");
    return Pattern.compile("(?m)^#+ (.+)$")
        .matcher(text)
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .toList();
  }

  /** A table for each section. */
  private static String options(Command command) {
    List<OptionSection> sections = new ArrayList<>(command.sections());
    sections.add(OptionSection.of("Every command", Arguments.LOG_LEVEL, Arguments.CONFIG));
    return sections.stream()
        .map(section -> "\n**%s**\n\n%s".formatted(section.title(), options(section.options())))
        .collect(Collectors.joining());
  }

  private static String options(List<Option<?>> options) {
    StringBuilder table =
        new StringBuilder("| option | meaning | default |\n| --- | --- | --- |\n");
    options.forEach(option -> table.append("| ").append(cells(option)));
    return table.toString();
  }

  private static String cells(Option<?> option) {
    String parameter = option.parameter().isEmpty() ? "" : " " + option.parameter();
    return "`%s%s` | %s%s | %s |\n"
        .formatted(
            option.name(),
            parameter.replace("|", "\\|"),
            cell(option.meaning()),
            option.isRequired() ? " (required)" : "",
            cell(option.defaultText().orElse("")));
  }

  private static String columns() {
    StringBuilder table = new StringBuilder("| column | type | meaning |\n| --- | --- | --- |\n");
    for (ScoreTable.Column column : ScoreTable.Column.values()) {
      table.append(
          "| `%s` | `%s` | %s |\n"
              .formatted(
                  column.columnName(), column.dataType().simpleString(), cell(column.meaning())));
      if (column == ScoreTable.Column.PATH) {
        table.append("| *kept columns* | as in the input | those that `--keep` names |\n");
      }
    }
    return table.toString();
  }

  private static String statuses() {
    StringBuilder table =
        new StringBuilder("| status | meaning | another try may help |\n| --- | --- | --- |\n");
    for (Status status : Status.values()) {
      table.append(
          "| `%s` | %s | %s |\n"
              .formatted(status, cell(status.meaning()), status.isTransient() ? "yes" : ""));
    }
    return table.toString();
  }

  private static String causes() {
    StringBuilder table = new StringBuilder("| exit code | causes |\n| --- | --- |\n");
    for (Cause cause : Cause.values()) {
      table.append("| %d | %s |\n".formatted(cause.exitCode(), cell(cause.meaning())));
    }
    return table.toString();
  }

  private static String metrics() {
    StringBuilder table =
        new StringBuilder("| source | metric | kind | meaning |\n| --- | --- | --- | --- |\n");
    RunMetrics.METRICS.forEach(metric -> table.append(metric(RunMetrics.NAME, metric)));
    ExecutorMetrics.METRICS.forEach(metric -> table.append(metric(ExecutorMetrics.NAME, metric)));
    return table.toString();
  }

  /** One row stands for all statuses. */
  private static String metric(String source, RunMetric<?> metric) {
    for (Status status : Status.values()) {
      if (status != Status.OK
          && metric.name().equals("images." + status.name().toLowerCase(Locale.ROOT))) {
        return "";
      }
    }
    boolean isOfStatus = metric.name().equals("images.ok");
    return "| `%s` | `%s`%s | %s | %s |\n"
        .formatted(
            source,
            metric.name(),
            isOfStatus ? ", `images.not_found`, ..." : "",
            metric.kind().name().toLowerCase(Locale.ROOT),
            isOfStatus
                ? metric.meaning().replaceFirst("with status .*", "by status")
                : cell(metric.meaning()));
  }

  private static String formats() {
    StringBuilder table =
        new StringBuilder(
            "| format | what is read | by | pixels, beside Pillow's |\n| --- | --- | --- | --- |\n");
    for (ImageFormat format : ImageFormat.values()) {
      table.append(
          "| %s | %s | %s | %s |\n"
              .formatted(
                  format, cell(format.read()), cell(format.library()), cell(format.equality())));
    }
    return table.toString();
  }

  @Test
  void everyExampleOfAModelCommandIsACommandLine() {
    Matcher lines = Pattern.compile("(?m)^jobs/(model \\w+) (.+)$").matcher(Documentation.text());
    int examples = 0;
    while (lines.find()) {
      String words = lines.group(2).replaceFirst(" +#.*", "").strip();
      Arguments arguments =
          Arguments.read(
              command(lines.group(1)), Pattern.compile(" +").splitAsStream(words).toList());
      arguments.refuseOperands(1);
      arguments.throwIfWrong();
      examples++;
    }
    assertThat(examples).isGreaterThan(6);
  }

  @Test
  void theExampleOfDjlIsAProgramThatRuns() throws IOException {
    String program =
        Files.readString(Path.of("src/test/java/io/labelmill/djl/SeparateProgram.java"));
    String example = program.replaceAll("(?s).*// README\\n(.*?) *// end.*", "$1");
    assertThat(Documentation.text()).contains(example.stripTrailing().stripIndent());
  }

  private static Command command(String name) {
    return Program.COMMANDS.stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String modelOptions() {
    StringBuilder table =
        new StringBuilder("| command | option | meaning | default |\n| --- | --- | --- | --- |\n");
    for (String name : List.of("model inspect", "model export", "model verify", "model bench")) {
      for (Option<?> option : command(name).options()) {
        table.append("| `%s` | %s".formatted(name.substring("model ".length()), cells(option)));
      }
    }
    return table.toString();
  }

  private static String djlPictures() {
    StringBuilder table = new StringBuilder("| file | largest difference |\n| --- | --- |\n");
    for (DjlPictures pictures : DjlPictures.KINDS) {
      table.append("| %s | %s |\n".formatted(pictures.kind(), pictures.result()));
    }
    return table.toString();
  }

  private static String shapes() {
    StringBuilder table =
        new StringBuilder(
            "| checkpoint | pixels | labels | layers | hidden | tokens | parameters | work an image"
                + " | memory of a session |\n"
                + "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (PublishedShapes shapes : PublishedShapes.ALL) {
      ModelFacts facts = shapes.facts();
      table.append(
          String.format(
              Locale.ROOT,
              "| `%s` | %dx%d | %,d | %d | %d | %d | %.1f M | %.1f GFLOP | %.2f GB |\n",
              shapes.model(),
              facts.width(),
              facts.height(),
              shapes.labels(),
              facts.layers(),
              facts.hidden(),
              facts.tokens(),
              facts.parameters() / 1e6,
              facts.flopsPerImage() / 1e9,
              facts.sessionBytes() / 1e9));
    }
    return table.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
