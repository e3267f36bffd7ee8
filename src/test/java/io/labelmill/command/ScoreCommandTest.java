package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.PositionBias;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.DeviceChoice;
import io.labelmill.option.Option;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.Activation;
import io.labelmill.score.CompactJob;
import io.labelmill.score.JobOptions;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.Threshold;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.Changed;
import io.labelmill.source.RetryFailed;
import io.labelmill.source.SourceOptions;
import io.labelmill.table.ColumnPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScoreCommandTest {
  @TempDir Path folder;

  /**
   * An option with a value, and where that must arrive.
   *
   * @param otherwise what is there without the option
   */
  record Case(
      Option<?> option,
      String text,
      Function<ScoreOptions, Object> arrives,
      Object value,
      Object otherwise) {
    @Override
    public String toString() {
      return option.name();
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(JobOptions.MODEL, "s3://m", o -> o.model().folder(), "s3://m", "m"),
        new Case(
            SourceOptions.INPUT,
            "s3://i",
            o -> o.source().inputs(),
            List.of("s3://i"),
            List.of("i")),
        new Case(OutputOptions.OUTPUT, "s3://o", o -> o.output().output(), "s3://o", "o"),
        new Case(SourceOptions.INPUT_FORMAT, "csv", o -> o.source().format(), "csv", "auto"),
        new Case(
            SourceOptions.PATH_COLUMN,
            "uri",
            o -> o.source().pathColumn(),
            Optional.of("uri"),
            Optional.empty()),
        new Case(
            SourceOptions.CONTENT_COLUMN,
            "jpeg",
            o -> o.source().contentColumn(),
            Optional.of("jpeg"),
            Optional.empty()),
        new Case(
            SourceOptions.CSV_SEPARATOR,
            "tab",
            o -> o.source().csvSeparator(),
            Optional.of("\t"),
            Optional.empty()),
        new Case(
            SourceOptions.VERSION_COLUMN,
            "etag",
            o -> o.source().versionColumn(),
            Optional.of("etag"),
            Optional.empty()),
        new Case(
            SourceOptions.ALLOW_HOSTS,
            "images.example.com, [::1]:8080",
            o -> o.source().allowHosts().names(),
            Set.of("images.example.com", "[::1]:8080"),
            Set.of()),
        new Case(
            SourceOptions.ALLOW_SCHEMES,
            "viewfs, oss",
            o -> o.source().allowSchemes(),
            AllowedSchemes.of(List.of("viewfs", "oss")),
            AllowedSchemes.OF_STORES),
        new Case(
            SourceOptions.USER_AGENT,
            "shelf/1.0 (+https://shelf.example)",
            o -> o.source().userAgent(),
            Optional.of("shelf/1.0 (+https://shelf.example)"),
            Optional.empty()),
        new Case(
            SourceOptions.READS_PER_HOST,
            "8",
            o -> o.source().readsPerHost(),
            OptionalInt.of(8),
            OptionalInt.empty()),
        new Case(
            SourceOptions.KEEP,
            "shop, shelf",
            o -> o.source().keep(),
            List.of("shop", "shelf"),
            List.of()),
        new Case(
            SourceOptions.INCLUDE,
            "*.{jpg,png}",
            o -> o.source().include(),
            List.of("*.{jpg,png}"),
            List.of()),
        new Case(
            SourceOptions.EXCLUDE,
            "thumb*",
            o -> o.source().exclude(),
            List.of("thumb*"),
            List.of()),
        new Case(
            SourceOptions.LIMIT,
            "10_000",
            o -> o.source().limit(),
            OptionalLong.of(10_000),
            OptionalLong.empty()),
        new Case(
            SourceOptions.SAMPLE,
            "0.25",
            o -> o.source().sample(),
            OptionalDouble.of(0.25),
            OptionalDouble.of(0.5)),
        new Case(SourceOptions.SEED, "-7", o -> o.source().seed(), -7L, 0L),
        new Case(
            SourceOptions.MODIFIED_AFTER,
            "2026-01-31",
            o -> o.source().modifiedAfter(),
            Optional.of(Instant.parse("2026-01-31T00:00:00Z")),
            Optional.empty()),
        new Case(
            OutputOptions.OUTPUT_FORMAT,
            "json",
            o -> o.output().format(),
            Optional.of("json"),
            Optional.empty()),
        new Case(
            OutputOptions.IF_EXISTS,
            "append",
            o -> o.output().ifExists(),
            IfExists.APPEND,
            IfExists.FAIL),
        new Case(
            SourceOptions.CHANGED,
            "ignore",
            o -> o.source().changed(),
            Optional.of(Changed.IGNORE),
            Optional.empty()),
        new Case(
            SourceOptions.RETRY_FAILED,
            "all",
            o -> o.source().retryFailed(),
            RetryFailed.ALL,
            RetryFailed.TRANSIENT),
        new Case(
            OutputOptions.PARTITION_BY,
            "shop",
            o -> o.output().partitionBy(),
            List.of("shop"),
            List.of()),
        new Case(
            OutputOptions.COLUMN_PREFIX,
            "lm_",
            o -> o.output().columnPrefix(),
            new ColumnPrefix("lm_"),
            ColumnPrefix.NONE),
        new Case(
            OutputOptions.RUN_DIR,
            "s3://runs",
            o -> o.output().runFolder(),
            Optional.of("s3://runs"),
            Optional.empty()),
        new Case(
            JobOptions.MAX_FAILED_FRACTION,
            "0.25",
            o -> o.execution().maxFailedFraction(),
            0.25,
            0.1),
        new Case(
            JobOptions.COMMIT_EVERY,
            "500",
            o -> o.execution().commitEvery(),
            OptionalLong.of(500),
            OptionalLong.empty()),
        new Case(
            JobOptions.TOP_K, "3", o -> scoring(o).topK(), OptionalInt.of(3), OptionalInt.empty()),
        new Case(
            JobOptions.SCORES, "all", o -> scoring(o).scores(), KeptScores.ALL, KeptScores.TOP),
        new Case(
            JobOptions.ACTIVATION,
            "sigmoid",
            o -> scoring(o).activation(),
            Activation.SIGMOID,
            Activation.AUTO),
        new Case(
            JobOptions.THRESHOLD,
            "0.4",
            o -> scoring(o).threshold(),
            Optional.of(Threshold.of(0.4)),
            Optional.empty()),
        new Case(
            JobOptions.ORIENTATION,
            "as-stored",
            o -> scoring(o).orientation(),
            Orientation.AS_STORED,
            Orientation.UPRIGHT),
        new Case(
            JobOptions.RESIZE_BACKEND,
            "pillow-12",
            o -> o.model().originals().resizeBackend(),
            ResizeBackend.PILLOW_12,
            ResizeBackend.AUTO),
        new Case(
            JobOptions.POSITION_BIAS,
            "transformers",
            o -> o.model().originals().positionBias(),
            PositionBias.TRANSFORMERS,
            PositionBias.AUTO),
        new Case(
            JobOptions.MAX_PIXELS,
            "1000000",
            o -> scoring(o).maxPixels(),
            1_000_000L,
            178_956_970L),
        new Case(
            JobOptions.BATCH_SIZE,
            "4",
            o -> o.execution().batchSize(),
            OptionalInt.of(4),
            OptionalInt.empty()),
        new Case(
            JobOptions.PRECISION,
            "int8",
            o -> o.model().precision(),
            Precision.INT8,
            Precision.FP32),
        new Case(
            JobOptions.DEVICE,
            "gpu:1",
            o -> o.execution().device(),
            DeviceChoice.gpu(1),
            DeviceChoice.AUTO),
        new Case(
            JobOptions.PROCESSOR,
            "p",
            o -> o.model().processor(),
            Optional.of("p"),
            Optional.empty()),
        new Case(JobOptions.HEAD, "h", o -> o.model().head(), Optional.of("h"), Optional.empty()),
        new Case(
            JobOptions.LABELS,
            "names.txt",
            o -> o.model().labels(),
            Optional.of("names.txt"),
            Optional.empty()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anOptionArrivesFromTheCommandLineAndFromAFile(Case c) throws IOException {
    Map<String, String> line = required(c);
    assertThat(c.arrives().apply(options(line, ""))).as("without it").isEqualTo(c.otherwise());

    line.put(c.option().name(), c.text());
    assertThat(c.arrives().apply(options(line, ""))).as("flag").isEqualTo(c.value());

    line.remove(c.option().name());
    String file = c.option().key() + " = " + c.text();
    assertThat(c.arrives().apply(options(line, file))).as("key").isEqualTo(c.value());
    assertThat(options(line, file).effective().get(c.option().key())).isEqualTo(c.text());
  }

  /** What a command line needs beside the option, without the option itself. */
  private static Map<String, String> required(Case c) {
    Map<String, String> line = new TreeMap<>();
    line.put("--model", "m");
    line.put("--input", "i");
    line.put("--output", "o");
    if (c.option().equals(SourceOptions.SEED) || c.option().equals(SourceOptions.SAMPLE)) {
      line.put("--sample", "0.5");
    }
    if (c.option().equals(OutputOptions.PARTITION_BY)) {
      line.put("--keep", "shop");
    }
    if (c.option().equals(SourceOptions.CHANGED) || c.option().equals(SourceOptions.RETRY_FAILED)) {
      line.put("--if-exists", "resume");
    }
    return line;
  }

  @Test
  void optionsOfResumeNeedIt() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--changed",
                    "check",
                    "--retry-failed",
                    "all"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "--changed changes nothing without --if-exists resume: add it, or leave it"
                            + " out",
                        "--retry-failed changes nothing without --if-exists resume: add it, or"
                            + " leave it out"));
  }

  @Test
  void compactionTakesItsOutputAlone() throws IOException {
    CompactJob.Options options = compaction("--compact", "--output", "o", "--run-dir", "r");
    assertThat(options.output()).isEqualTo("o");
    assertThat(options.runFolder()).hasValue("r");
    assertThat(options.effective())
        .isEqualTo(Map.of("compact", "true", "output", "o", "run-dir", "r"));
    Path file = Files.writeString(folder.resolve("nightly"), "model = m\noutput = o\ntop-k = 3\n");
    assertThat(compaction("--compact", "--config", file.toString()).output()).isEqualTo("o");
    assertThatThrownBy(() -> compaction("--compact", "--model", "m", "--top-k", "3"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "--output is missing: URI, folder of the table that is written",
                        "--model changes nothing with --compact, which scores nothing: leave it"
                            + " out",
                        "--top-k changes nothing with --compact, which scores nothing: leave it"
                            + " out"));
    assertThatThrownBy(() -> compaction("--compact", "--output", "table:t"))
        .hasMessageContaining("needs --run-dir");
  }

  private static CompactJob.Options compaction(String... args) {
    return ScoreCommand.compaction(Arguments.read(new ScoreCommand(), List.of(args)));
  }

  @Test
  void anUnknownFormatIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--output-format", "parqet"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--output-format is parqet, which is no data source that Spark finds. Did you mean"
                + " parquet? A format of another project needs its jar, as -- --packages brings it");
    assertThatThrownBy(
            () ->
                parsed("--model", "m", "--input", "i", "--output", "o", "--output-format", "text"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--output-format is text, which cannot hold a table: name parquet, orc, csv or json");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--output-format", "iceberg"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .contains(
                        "--output-format iceberg needs a catalog, which makes its tables: write"
                            + " --output table:CATALOG.DATABASE.NAME, not o"));
  }

  @Test
  void aPrefixOfColumnsIsTheBeginningOfAName() {
    assertThatThrownBy(
            () -> parsed("--model", "m", "--input", "i", "--output", "o", "--column-prefix", "my-"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--column-prefix is my-: it must be a letter, and at most 63 more letters, digits and"
                + " underscores");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--output-format",
                    "azure",
                    "--column-prefix",
                    "lm_"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--output-format azure writes no columns: leave --column-prefix out, which is lm_");
  }

  @Test
  void foldersAreMadeOfKeptColumnsOnly() {
    assertThatThrownBy(
            () ->
                parsed("--model", "m", "--input", "i", "--output", "o", "--partition-by", "status"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--partition-by names status, and folders are made of kept columns only: copy a column"
                + " of the input through with --keep.");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--keep",
                    "shop,shelf",
                    "--partition-by",
                    "shop,path"))
        .hasMessageContaining("--partition-by names path, ")
        .hasMessageEndingWith("; kept are shop, shelf.");
  }

  @Test
  void allowedHostsAreHostsAndBelongToTablesOfPaths() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--allow-hosts",
                    "https://a.example/, *.example, u:p@h, h:99999999"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(4)
                    .startsWith(
                        "--allow-hosts is https://a.example/: name hosts alone, commas between"
                            + " them, such as images.example.com or images.example.com:8443.")
                    .allMatch(problem -> problem.contains(": name hosts alone,")));
  }

  @Test
  void whatIsSaidOfReadsIsChecked() {
    String[] line = {"--model", "m", "--input", "i", "--output", "o"};
    assertThatThrownBy(
            () ->
                parsed(
                    with(
                        line,
                        "--allow-schemes",
                        "viewfs,https,a b",
                        "--user-agent",
                        "gr\u00fcn",
                        "--reads-per-host",
                        "0")))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        "--allow-schemes is https: name the hosts to fetch from with"
                            + " --allow-hosts.",
                        "--allow-schemes is a b: name schemes, commas between them, such as"
                            + " viewfs.",
                        "--user-agent is 'gr\u00fcn': it must be printable ASCII, without blanks"
                            + " around it.",
                        "--reads-per-host is 0: it must be 1 or more"));
  }

  private static String[] with(String[] line, String... more) {
    return Stream.concat(Stream.of(line), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void credentialsInPathsAreRefusedAndNotShown() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model",
                    "s3a://KEY:SEC/RET@models/m",
                    "--input",
                    "s3://KEY:SECRET@photos/x",
                    "--input",
                    "abfss://container@account/x",
                    "--output",
                    "s3a://KEY@tables/t"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        secret("--model s3a://models/m"),
                        secret("--input s3://photos/x"),
                        secret("--output s3a://tables/t")));
  }

  private static String secret(String optionAndPath) {
    return optionAndPath
        + " is given with a user name or password before an @: take them out, credentials come from"
        + " the environment or from Hadoop's settings";
  }

  @Test
  void everyOptionHasACase() {
    List<Option<?>> tested = new ArrayList<>(cases().map(Case::option).toList());
    tested.addAll(List.of(ScoreCommand.DRY_RUN, ScoreCommand.COMPACT));
    assertThat(tested).containsExactlyInAnyOrderElementsOf(new ScoreCommand().options());
  }

  @Test
  void aPositionBiasThatThereIsNotIsRefused() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--position-bias", "author"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--position-bias is author: it must be auto, authors or transformers. Did you mean"
                + " authors?");
  }

  @Test
  void aResizeBackendThatThereIsNotIsRefused() {
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--resize-backend", "pilow"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--resize-backend is pilow: it must be auto, pillow, pillow-12 or torchvision. Did you mean"
                + " pillow?");
  }

  @Test
  void aDeviceThatThereIsNotIsRefused() {
    assertThatThrownBy(
            () -> parsed("--model", "m", "--input", "i", "--output", "o", "--device", "cuda"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device is cuda: it must be auto, cpu, gpu, or gpu:N for the GPU number N of this"
                + " machine");
  }

  @Test
  void aPrecisionThatThereIsNotOrNotThereIsRefused() {
    assertThatThrownBy(
            () -> parsed("--model", "m", "--input", "i", "--output", "o", "--precision", "fp8"))
        .isInstanceOf(UsageException.class)
        .hasMessage("--precision is fp8: it must be auto, fp32, bf16, fp16, int8 or int8-bf16.");
    String[] line = {"--model", "m", "--input", "i", "--output", "o", "--precision", "int8"};
    assertThat(parsed(line).execution().device()).isEqualTo(DeviceChoice.CPU);
    String[] onGpu = Arrays.copyOf(line, line.length + 2);
    onGpu[line.length] = "--device";
    onGpu[line.length + 1] = "gpu";
    assertThatThrownBy(() -> parsed(onGpu))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--precision int8 is for processors, and --device is gpu: leave one of them out");
    onGpu[line.length - 1] = "bf16";
    assertThatThrownBy(() -> parsed(onGpu))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--precision bf16 is for processors, and --device is gpu: leave one of them out");
    String[] half = line.clone();
    half[line.length - 1] = "bf16";
    assertThat(parsed(half).model().precision()).isEqualTo(Precision.BF16);
    assertThat(parsed(half).execution().device()).isEqualTo(DeviceChoice.CPU);
    half[line.length - 1] = "int8-bf16";
    assertThat(parsed(half).model().precision()).isEqualTo(Precision.INT8_BF16);
    assertThat(parsed(half).execution().device()).isEqualTo(DeviceChoice.CPU);
    half[line.length - 1] = "fp16";
    assertThat(parsed(half).execution().device()).isEqualTo(DeviceChoice.GPU);
    String[] onProcessor = Arrays.copyOf(half, half.length + 2);
    onProcessor[half.length] = "--device";
    onProcessor[half.length + 1] = "cpu";
    assertThatThrownBy(() -> parsed(onProcessor))
        .isInstanceOf(UsageException.class)
        .hasMessage("--precision fp16 is for GPUs, and --device is cpu: leave one of them out");
    onProcessor[half.length + 1] = "gpu:1";
    assertThat(parsed(onProcessor).execution().device()).isEqualTo(DeviceChoice.gpu(1));
  }

  @Test
  void flagsWinOverTheFile() throws IOException {
    ScoreOptions options =
        options(
            Map.of("--model", "m", "--input", "i", "--output", "o", "--top-k", "3"),
            "top-k=4\ninput=a|b\nscores=all");
    assertThat(scoring(options).topK()).hasValue(3);
    assertThat(options.source().inputs()).containsExactly("i");
    assertThat(scoring(options).scores()).isEqualTo(KeptScores.ALL);
  }

  @Test
  void severalInputsAndGlobs() throws IOException {
    assertThat(
            parsed("--model", "m", "--output", "o", "--input", "a,b", "--input", "c")
                .source()
                .inputs())
        .containsExactly("a,b", "c");
    ScoreOptions options =
        options(Map.of(), "model=m\noutput=o\ninput = a,b | c\ninclude=*.jpg|*.png");
    assertThat(options.source().inputs()).containsExactly("a,b", "c");
    assertThat(options.source().include()).containsExactly("*.jpg", "*.png");
  }

  @Test
  void timesMayHaveAZone() {
    assertThat(
            parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--modified-after",
                    "2026-01-31T12:00:00+02:00")
                .source()
                .modifiedAfter())
        .hasValue(Instant.parse("2026-01-31T10:00:00Z"));
  }

  @Test
  void aThresholdMayBeAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("t.json"), "{\"can\": 0.25}");
    Threshold threshold =
        scoring(
                parsed(
                    "--model",
                    "m",
                    "--input",
                    "i",
                    "--output",
                    "o",
                    "--threshold",
                    file.toString()))
            .threshold()
            .orElseThrow();
    assertThat(threshold.perLabel(List.of("can")).value(0)).isEqualTo(0.25f);
    assertThatThrownBy(
            () ->
                parsed("--model", "m", "--input", "i", "--output", "o", "--threshold", "/no.json"))
        .hasMessage("--threshold /no.json: there is no such file");
  }

  @Test
  void aFilesMistakesAreToldWithItsName() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("score.properties"),
            "top-k = few\ntopk = 3\nscores =\ndry-run = yes\nbanana = 1\nlimit = 0\nkeep = *,a\n");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--config", file.toString()))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "unknown key banana in " + file + ".",
                        "scores in " + file + " has no value: write scores=top|all",
                        "unknown key topk in " + file + ". Did you mean top-k?",
                        "limit in " + file + " is 0: it must be 1 or more",
                        "--keep is *,a: it is either * or a list of columns.",
                        "top-k in " + file + " is few, not a whole number",
                        "dry-run in " + file + " is yes: write true or false"));
  }

  @Test
  void aFileThatIsNoPropertiesFileSaysSo() throws IOException {
    Path file = Files.writeString(folder.resolve("score.properties"), "model=\\uZZZZ");
    assertThatThrownBy(
            () ->
                parsed(
                    "--model", "m", "--input", "i", "--output", "o", "--config", file.toString()))
        .hasMessageStartingWith("--config " + file + " is not a properties file: ");
  }

  @Test
  void theEffectiveOptionsHaveDefaultsAndNoSecrets() {
    assertThat(
            parsed(
                    "--model",
                    "s3a://models/m?versionId=secret",
                    "--input",
                    "https://h/x?sig=secret",
                    "--output",
                    "o")
                .effective())
        .containsEntry("model", "s3a://models/m")
        .containsEntry("input", "https://h/x")
        .containsEntry("top-k", "5")
        .containsEntry("if-exists", "fail")
        .doesNotContainKey("config");
  }

  private ScoreOptions options(Map<String, String> line, String file) throws IOException {
    List<String> args = new ArrayList<>();
    line.forEach((name, text) -> args.addAll(List.of(name, text)));
    if (!file.isEmpty()) {
      Path config = Files.writeString(folder.resolve("score.properties"), file);
      args.addAll(List.of("--config", config.toString()));
    }
    return parsed(args.toArray(String[]::new));
  }

  private static ScoreOptions.Scoring scoring(ScoreOptions options) {
    return (ScoreOptions.Scoring) options.rows();
  }

  private static ScoreOptions parsed(String... args) {
    return ScoreCommand.options(Arguments.read(new ScoreCommand(), List.of(args)));
  }
}
