package io.labelmill.sink;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.source.AzureBodies;
import io.labelmill.source.JobDescriptions;
import io.labelmill.source.Seam;
import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import io.labelmill.table.TableFormat;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table that a run writes, wave by wave. Open, commit each wave, finish, close; used on the
 * driver by one thread.
 *
 * <p>Every visible file is complete. {@code overwrite} collects its waves out of sight and puts
 * them in the old table's place in {@link #finish()}; {@link #close()} without {@code finish()}
 * leaves committed waves of the other modes, and the old table of that one.
 */
public final class ScoreOutput implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ScoreOutput.class);

  /** Spark data sources that are files and nothing else, so that new files are new rows. */
  static final Set<String> FILE_FORMATS = TableFormat.written();

  /** Those of them whose files tell their columns and types. */
  static final Set<String> TYPED_FORMATS =
      TableFormat.written().stream()
          .filter(name -> TableFormat.named(name).orElseThrow().isTyped())
          .collect(Collectors.toSet());

  /** Options, beside activation and precision, that change a score. */
  private static final List<String> SETTINGS =
      List.of(
          "threshold",
          "top-k",
          "scores",
          "pool",
          "normalize",
          "with-scores",
          "orientation",
          "max-pixels");

  private static final Column PATH = col("path");

  /** Rows of a file, where a wave has so many: a hash that spreads them leaves each 100,000. */
  private static final long ROWS_PER_FILE = 110_000;

  /** A file of wide rows is not made longer than this, whatever its rows. */
  private static final long BYTES_PER_FILE = 1L << 30;

  private final SparkSession spark;
  private final OutputOptions options;
  private final StructType schema;
  private final String runId;
  private final Configuration configuration;
  private final OutputFolder folder;

  /** The folder of the table; null for a catalog table. */
  private final Path table;

  private final Map<String, Long> files = new HashMap<>();
  private WaveCounts counts = WaveCounts.NONE;
  private long committedBytes;

  /** What the rows of the first wave take together as far as that is known; 0 for unknown. */
  private long expectedBytes;

  private boolean resuming;
  private boolean reopened;

  private ScoreOutput(
      SparkSession spark,
      OutputOptions options,
      StructType schema,
      String runId,
      OutputFolder folder) {
    this.spark = spark;
    this.options = options;
    this.schema = schema;
    this.runId = runId;
    this.configuration = spark.sparkContext().hadoopConfiguration();
    this.folder = folder;
    this.table = folder.table();
  }

  /**
   * Checks that the output can take rows of this schema, takes its lock, and deletes what dead runs
   * of Labelmill left.
   *
   * @param runId unique, of letters, digits and hyphens
   * @throws InputException when another run writes to the output, when it exists and may not, or
   *     when it holds something else; the output is as it was
   */
  public static ScoreOutput open(
      SparkSession spark, OutputOptions options, StructType schema, String runId) {
    OutputFolder folder =
        taken(
            spark,
            options,
            runId,
            untouched -> {
              ScoreOutput output = new ScoreOutput(spark, options, schema, runId, untouched);
              try (JobDescriptions jobs = JobDescriptions.of(spark)) {
                jobs.say(output.sentence("Look at the output "));
                output.check();
              }
            });
    return prepared(spark, options, schema, runId, folder);
  }

  /** Refuses an output by what it throws. */
  @FunctionalInterface
  private interface Look {
    void at(OutputFolder untouched) throws IOException;
  }

  /** Takes an output after a look at it, so that one that is refused is left as it was. */
  private static OutputFolder taken(
      SparkSession spark, OutputOptions options, String runId, Look look) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    OutputFolder untouched = OutputFolder.look(options, configuration, runId);
    try {
      // Until a killed run's swap is ended, there is no table to look at.
      if (!untouched.isSwapping()) {
        look.at(untouched);
      }
    } catch (IOException e) {
      throw options.unwritable(e);
    }
    return OutputFolder.take(options, configuration, runId);
  }

  /**
   * As {@link #open}, for a run that commits nothing: it takes no lock, deletes no leftovers, and
   * leaves the output as it is.
   */
  public static ScoreOutput look(
      SparkSession spark, OutputOptions options, StructType schema, String runId) {
    return prepared(
        spark,
        options,
        schema,
        runId,
        OutputFolder.look(options, spark.sparkContext().hadoopConfiguration(), runId));
  }

  /**
   * Takes a table that is there, to put other rows in the place of its own: as {@link #open} does
   * to overwrite it, in the format, with the columns and the folders that it has.
   *
   * @param known types of the columns that are Labelmill's own
   * @throws InputException when there is no table that Labelmill could have written
   */
  public static ScoreOutput reopen(
      SparkSession spark,
      String output,
      Optional<String> runFolder,
      StructType known,
      String runId) {
    OutputOptions options = OutputOptions.existing(output, runFolder);
    OutputFolder folder =
        taken(
            spark, options, runId, untouched -> StoredTable.find(spark, options, untouched, known));
    try {
      StoredTable found = StoredTable.find(spark, options, folder, known);
      ScoreOutput stored = prepared(spark, found.options(options), found.schema(), runId, folder);
      stored.expectedBytes = found.bytes();
      stored.reopened = true;
      return stored;
    } catch (IOException e) {
      folder.close();
      throw options.unwritable(e);
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      folder.close();
      throw e;
    }
  }

  private static ScoreOutput prepared(
      SparkSession spark,
      OutputOptions options,
      StructType schema,
      String runId,
      OutputFolder folder) {
    ScoreOutput output = new ScoreOutput(spark, options, schema, runId, folder);
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(output.sentence("Look at the output "));
      output.prepare();
      return output;
    } catch (IOException e) {
      output.close();
      throw options.unwritable(e);
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      output.close();
      throw e;
    }
  }

  private String sentence(String action) {
    return action + Location.redacted(options.output());
  }

  /** A folder of this run for its plan; it is deleted on {@link #close()}. */
  public Path runFolder() {
    return folder.runFolder();
  }

  /** Where run records are written. */
  public Path recordFolder() {
    return folder.recordFolder();
  }

  private String format() {
    return options.format().orElse("parquet");
  }

  private boolean isFiles() {
    return table != null && FILE_FORMATS.contains(format());
  }

  private boolean isStaged() {
    return options.ifExists() == IfExists.OVERWRITE || isAzure(options);
  }

  /** Whether the table is no table in the end, but one list of answers. */
  private static boolean isAzure(OutputOptions options) {
    return options.format().equals(Optional.of(AzureBodies.FORMAT));
  }

  /** Where waves of files go. */
  private Path target() {
    return isStaged() ? folder.staging() : table;
  }

  private void prepare() throws IOException {
    committerWarning(
            runFolder().getFileSystem(configuration).getUri().getScheme(),
            // Without a default of ours: Spark checks that one, too.
            spark.conf().get("spark.sql.sources.commitProtocolClass"))
        .ifPresent(LOG::warn);
    boolean exists = check();
    if (isFiles() && !isStaged()) {
      files.putAll(Files.data(table.getFileSystem(configuration), table));
    }
    resuming = exists && options.ifExists() == IfExists.RESUME;
  }

  /**
   * Changes nothing.
   *
   * @return whether there is a table
   * @throws InputException when the output can't take rows of this schema
   */
  private boolean check() throws IOException {
    if (isAzure(options)) {
      AzurePredictions.check(schema);
    }
    if (isFiles()) {
      checkTypes();
    }
    boolean exists = exists();
    if (exists && options.ifExists() == IfExists.FAIL) {
      throw new InputException(
          "The output "
              + options.output()
              + " exists: choose another, or say append, overwrite or resume with --if-exists.");
    }
    if (exists && !isStaged()) {
      checkAppendable();
    }
    if (exists && isStaged() && isFiles()) {
      checkReplaceable();
    }
    return exists;
  }

  /**
   * What is wrong with Spark's way to commit to a store; nothing is, where it is another than the
   * one for file systems, which renames.
   */
  static Optional<String> committerWarning(String scheme, String commitProtocol) {
    boolean renames =
        commitProtocol.isEmpty() || commitProtocol.endsWith(".SQLHadoopMapReduceCommitProtocol");
    return scheme.equals("s3a") && renames
        ? Optional.of(
            "The output is on S3, and Spark commits by renaming, which there is copying: slow,"
                + " though complete. For the magic committer, add --packages"
                + " org.apache.spark:spark-hadoop-cloud with Spark's own version behind --.")
        : Optional.empty();
  }

  /**
   * The rows that are there, for a run that resumes; empty for one that does not, or that has
   * nothing to resume. Has the columns {@code path}, {@code content_version}, {@code status} and
   * {@code scored_at}.
   */
  public Optional<Dataset<Row>> committed() {
    return resuming
        ? Optional.of(
            existing().select(col("path"), col("content_version"), col("status"), col("run_id")))
        : Optional.empty();
  }

  /** The rows of the table that is there, superseded ones too. */
  public Dataset<Row> rows() {
    return existing();
  }

  /** Those of {@link #rows()} that later ones did not replace. */
  public Dataset<Row> currentRows() {
    return CurrentRows.of(existing(), recordFolder(), configuration);
  }

  /** The number of data files of the table; empty for tables that are more than their files. */
  public OptionalLong files() {
    try {
      return isFiles()
          ? OptionalLong.of(Files.data(table.getFileSystem(configuration), table).size())
          : OptionalLong.empty();
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  private Dataset<Row> existing() {
    if (table == null) {
      return spark.table(options.table().orElseThrow());
    }
    return isFiles()
        ? ScoreTableReader.read(
            spark, format(), schema, table.toString(), List.of(table.toString()))
        : spark.read().format(format()).load(table.toString());
  }

  /**
   * Refuses to resume a table that another model made, or other settings.
   *
   * @param current the record of this run
   * @throws InputException naming every difference
   */
  public void checkResumable(RunRecord current) {
    if (!resuming) {
      return;
    }
    List<String> differences = new ArrayList<>();
    // One row a run: few, and found by hashing, where the largest of texts would take a sort of
    // all.
    List<Row> runs;
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(sentence("Compare model and settings with those of "));
      runs =
          new ArrayList<>(
              existing()
                  .select("model", "model_sha256", "settings_sha256", "run_id")
                  .distinct()
                  .collectAsList());
    }
    runs.sort(Comparator.comparing((Row row) -> row.getString(3)).reversed());
    Set<List<String>> seen = new HashSet<>();
    for (Row row : runs) {
      if (!seen.add(List.of(row.getString(0), row.getString(1), row.getString(2)))) {
        continue; // A newer run of the same kind tells more.
      }
      if (!row.getString(1).equals(current.model().sha256())) {
        differences.add(
            "the model was %s (sha256 %s), now it is %s (sha256 %s)"
                .formatted(
                    row.getString(0),
                    row.getString(1),
                    current.model().name(),
                    current.model().sha256()));
      }
      if (!row.getString(2).equals(current.settingsSha256())) {
        differences.addAll(settingsDifferences(row.getString(3), current));
      }
    }
    if (!differences.isEmpty()) {
      throw new InputException(
          "The output "
              + options.output()
              + " cannot be resumed, since its rows would not be alike: "
              + String.join("; ", differences.stream().distinct().toList())
              + ". Take the model and the options that it was written with, or another output.");
    }
  }

  /** The options that differ from another run's, by its record where there still is one. */
  private List<String> settingsDifferences(String otherRun, RunRecord current) {
    RunRecord other;
    try {
      other = RunRecord.read(RunRecord.file(recordFolder(), otherRun), configuration);
    } catch (InputException e) {
      return List.of("the settings of run " + otherRun + " differ, and its run record is missing");
    }
    List<String> differences = new ArrayList<>();
    difference("--activation", other.activation(), current.activation(), differences);
    difference("--precision", other.precision(), current.precision(), differences);
    for (String key : SETTINGS) {
      difference(
          "--" + key,
          other.configuration().get(key),
          current.configuration().get(key),
          differences);
    }
    return differences.isEmpty()
        ? List.of(
            "run "
                + otherRun
                + " was made by version "
                + other.code().version()
                + ", whose preprocessing or settings differ from those of version "
                + current.code().version())
        : differences;
  }

  private static void difference(
      String option, String before, String now, List<String> differences) {
    if (!Objects.equals(before, now)) {
      differences.add(option + " was " + before + ", now it is " + now);
    }
  }

  private boolean exists() throws IOException {
    return table == null
        ? spark.catalog().tableExists(options.table().orElseThrow())
        : folder.hasTable();
  }

  /** Refuses to delete what is no table: a folder may have been named by mistake. */
  private void checkReplaceable() throws IOException {
    FileSystem fileSystem = table.getFileSystem(configuration);
    for (String file : Files.data(fileSystem, table).keySet()) {
      String name = new Path(file).getName();
      if (FILE_FORMATS.stream().noneMatch(format -> name.contains("." + format))) {
        throw new InputException(
            "The output "
                + options.output()
                + " holds "
                + name
                + ", which is no file of a table and would be deleted: choose another output, or"
                + " move what is there.");
      }
    }
  }

  /** Refuses to commit rows beside a job that does: either would take the other's, or end them. */
  private void checkNothingUnderWay() throws IOException {
    Optional<String> underWay = folder.underWay();
    if (underWay.isPresent()) {
      throw new InputException(
          "The output "
              + options.output()
              + " holds "
              + underWay.get()
              + ", where another job keeps what it has not committed: wait until it ends, or choose"
              + " another output; if no job goes on, delete "
              + underWay.get()
              + ".");
    }
  }

  /** Refuses to add rows to a table of another format or with other columns. */
  private void checkAppendable() throws IOException {
    StructType found;
    if (!isFiles()) {
      found =
          table == null
              ? spark.table(options.table().orElseThrow()).schema()
              : spark.read().format(format()).load(table.toString()).schema();
    } else {
      checkNothingUnderWay();
      SortedMap<String, Long> existing = Files.data(table.getFileSystem(configuration), table);
      for (String file : existing.keySet()) {
        String name = new Path(file).getName();
        if (!name.contains("." + format())) {
          throw new InputException(
              "The output "
                  + options.output()
                  + " holds "
                  + name
                  + ", which is not a "
                  + format()
                  + " file: choose another output, or its own --output-format.");
        }
      }
      if (format().equals("json") || existing.isEmpty()) {
        return; // rows of JSON need not have the same columns, and text has no types to compare
      }
      if (format().equals("csv")) {
        checkHeader(new Path(existing.firstKey()));
        return;
      }
      found = spark.read().format(format()).load(table.toString()).schema();
    }
    Map<String, String> columns = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    Arrays.stream(found.fields())
        .forEach(field -> columns.put(field.name(), field.dataType().simpleString()));
    List<String> problems = new ArrayList<>();
    Arrays.stream(schema.fields())
        .forEach(
            field -> {
              String before = columns.remove(field.name());
              String now = field.dataType().simpleString();
              if (before == null) {
                problems.add("it has no column " + field.name());
              } else if (!before.equals(now) && !options.partitionBy().contains(field.name())) {
                problems.add(field.name() + " is " + before + ", not " + now);
              }
            });
    columns.keySet().forEach(name -> problems.add("its column " + name + " would be missing"));
    refuse(problems, "Give the options that it was written with, or another output.");
  }

  /** Text has no types to compare, but CSV is read by the places of its columns. */
  private void checkHeader(Path file) {
    List<String> before = new ArrayList<>(StoredTable.header(spark, file));
    before.addAll(StoredTable.partitions(table, file));
    List<String> now = new ArrayList<>(List.of(schema.fieldNames()));
    now.removeAll(options.partitionBy());
    now.addAll(options.partitionBy());
    List<String> problems = new ArrayList<>();
    now.stream()
        .filter(name -> !before.contains(name))
        .forEach(name -> problems.add("it has no column " + name));
    before.stream()
        .filter(name -> !now.contains(name))
        .forEach(name -> problems.add("its column " + name + " would be missing"));
    if (problems.isEmpty() && !before.equals(now)) {
      problems.add(
          "its columns are in the order "
              + String.join(", ", before)
              + ", not "
              + String.join(", ", now));
    }
    refuse(problems, "Give the options that it was written with, or another output.");
  }

  /** Refuses types that no file of the format holds, before the work that ends in writing them. */
  private void checkTypes() {
    List<String> problems = new ArrayList<>();
    for (StructField field : schema.fields()) {
      if (!ScoreTableReader.holds(format(), field.dataType())) {
        problems.add(
            field.name()
                + " is "
                + field.dataType().simpleString()
                + ", which "
                + format()
                + " cannot hold");
      }
    }
    refuse(problems, "Leave it out of --keep, or choose another --output-format.");
  }

  private void refuse(List<String> problems, String remedy) {
    if (!problems.isEmpty()) {
      throw new InputException(
          "The output "
              + options.output()
              + " cannot take these rows: "
              + String.join("; ", problems)
              + ". "
              + remedy);
    }
  }

  /**
   * Scores and writes a wave: this is where its rows are computed.
   *
   * @param rows of the schema given to {@link #open}, each once
   * @param expected number of rows
   * @return what the committed files hold
   * @throws IllegalStateException when they hold another number of rows
   */
  public WaveCounts commit(Dataset<Row> rows, long expected) {
    folder.assertHeld();
    Seam.WAVE_STARTED.reached();
    try {
      WaveCounts wave =
          isFiles() || isStaged()
              ? commitFiles(rows, expected)
              : commitTable(gathered(rows, expected));
      if (wave.rows() != expected) {
        throw new IllegalStateException(
            "A wave of " + expected + " images was committed as " + wave.rows() + " rows");
      }
      counts = counts.plus(wave);
      Seam.BETWEEN_WAVES.reached();
      return wave;
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  private WaveCounts commitFiles(Dataset<Row> rows, long expected) throws IOException {
    FileSystem fileSystem = target().getFileSystem(configuration);
    String stored = isFiles() ? format() : "parquet";
    fileSystem.delete(new Path(target(), OutputFolder.SUCCESS), false);
    Dataset<Row> gathered = gathered(rows, expected);
    DataFrameWriter<Row> writer =
        (stored.equals("csv") ? ScoreTableReader.asText(gathered) : gathered)
            .write()
            .format(stored)
            .mode(SaveMode.Append)
            // Task output becomes visible when the job is committed, not before; the marker of a
            // complete table is written once, by finish().
            .option("mapreduce.fileoutputcommitter.algorithm.version", "1")
            .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
    if (stored.equals("csv")) {
      writer.options(TableFormat.CSV.options());
    }
    if (isFiles() && !options.partitionBy().isEmpty()) {
      writer.partitionBy(options.partitionBy().toArray(String[]::new));
    }
    writer.save(target().toString());
    Seam.WAVE_COMMITTED.reached();
    Map<String, Long> now = Files.data(fileSystem, target());
    List<String> added = now.keySet().stream().filter(file -> !files.containsKey(file)).toList();
    committedBytes += added.stream().mapToLong(now::get).sum();
    files.putAll(now);
    return added.isEmpty()
        ? WaveCounts.NONE
        : counted(ScoreTableReader.read(spark, stored, schema, target().toString(), added));
  }

  /** The rows in as few partitions as there are to be files: they are small, their images stay. */
  private Dataset<Row> gathered(Dataset<Row> rows, long expected) {
    long bytesPerRow =
        counts.rows() > 0 ? committedBytes / counts.rows() : expectedBytes / Math.max(1, expected);
    long perFile = Math.max(1, Math.min(ROWS_PER_FILE, BYTES_PER_FILE / Math.max(1, bytesPerRow)));
    int partitions = (int) Math.max(1, expected / perFile);
    return partitions == 1
        ? rows.repartition(1).sortWithinPartitions(PATH)
        : rows.repartition(partitions, placement()).sortWithinPartitions(PATH);
  }

  /**
   * What decides into which file a row goes. It must not change when a lost executor's rows are
   * computed again, as the time of scoring does and the version of a file that was changed
   * meanwhile: rows that are elsewhere the second time would be written twice or never. Without a
   * path there is the hash of the content.
   */
  private Column[] placement() {
    return options.partitionBy().isEmpty()
        ? new Column[] {coalesce(PATH, col("content_version"))}
        : options.partitionBy().stream().map(Columns::column).toArray(Column[]::new);
  }

  private WaveCounts commitTable(Dataset<Row> rows) throws IOException {
    save(rows, SaveMode.Append);
    Seam.WAVE_COMMITTED.reached();
    return minus(counted(ofThisRun()), counts);
  }

  private void save(Dataset<Row> rows, SaveMode mode) throws IOException {
    DataFrameWriter<Row> writer = rows.write().mode(mode);
    options.format().ifPresent(writer::format);
    if (!options.partitionBy().isEmpty()) {
      writer.partitionBy(options.partitionBy().toArray(String[]::new));
    }
    if (table == null) {
      writer.saveAsTable(options.table().orElseThrow());
    } else {
      // Some formats add only to what is there, and make what is not only by this mode.
      writer.mode(exists() ? mode : SaveMode.ErrorIfExists).save(table.toString());
    }
  }

  private void replace(Dataset<Row> rows) throws IOException {
    if (reopened && table == null) {
      // The catalog's table keeps its folder, format and partitions.
      rows.write().mode(SaveMode.Overwrite).insertInto(options.table().orElseThrow());
    } else {
      save(rows, SaveMode.Overwrite);
    }
  }

  private Dataset<Row> ofThisRun() {
    return existing().filter(col("run_id").equalTo(lit(runId)));
  }

  private static WaveCounts minus(WaveCounts all, WaveCounts before) {
    Map<Status, Long> statuses = new EnumMap<>(Status.class);
    all.statuses()
        .forEach(
            (status, n) -> statuses.put(status, n - before.statuses().getOrDefault(status, 0L)));
    statuses.values().removeIf(n -> n == 0);
    Map<WaveCounts.TopLabel, Long> labels = new HashMap<>();
    all.labels()
        .forEach((label, n) -> labels.put(label, n - before.labels().getOrDefault(label, 0L)));
    labels.values().removeIf(n -> n == 0);
    return new WaveCounts(statuses, labels, all.scoreSum() - before.scoreSum());
  }

  /** One pass; the answer has at most a row for each status and label. */
  private WaveCounts counted(Dataset<Row> rows) {
    Set<String> names = new TreeSet<>(List.of(schema.fieldNames()));
    boolean labelled = names.containsAll(List.of("label", "label_index", "score"));
    Column none = lit(null);
    Map<Status, Long> statuses = new EnumMap<>(Status.class);
    Map<WaveCounts.TopLabel, Long> labels = new HashMap<>();
    double scoreSum = 0;
    List<Row> groups;
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(sentence("Count the rows that were committed to "));
      groups =
          rows.groupBy(
                  col("status"),
                  (labelled ? col("label_index") : none.cast("int")).as("label_index"),
                  (labelled ? col("label") : none.cast("string")).as("label"))
              .agg(count(lit(1)), sum(labelled ? col("score").cast("double") : none.cast("double")))
              .collectAsList();
    }
    for (Row row : groups) {
      statuses.merge(Status.valueOf(row.getString(0)), row.getLong(3), Long::sum);
      if (!row.isNullAt(1)) {
        labels.merge(
            new WaveCounts.TopLabel(row.getInt(1), row.getString(2)), row.getLong(3), Long::sum);
      }
      scoreSum += row.isNullAt(4) ? 0 : row.getDouble(4);
    }
    return new WaveCounts(statuses, labels, scoreSum);
  }

  /** Makes the table that of this run, after its last wave. */
  public void finish() {
    folder.assertHeld();
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(sentence("Put the new rows in the place of "));
      if (isStaged()) {
        Seam.BEFORE_SWAP.reached();
        if (isFiles()) {
          folder.swap();
        } else if (isAzure(options)) {
          Dataset<Row> rows =
              ScoreTableReader.read(
                  spark, "parquet", schema, target().toString(), List.of(target().toString()));
          AzurePredictions.write(rows, table.getFileSystem(configuration), table);
        } else {
          replace(
              ScoreTableReader.read(
                  spark, "parquet", schema, target().toString(), List.of(target().toString())));
        }
      }
      if (isFiles()) {
        Path marker = new Path(table, OutputFolder.SUCCESS);
        table.getFileSystem(configuration).create(marker, true).close();
      }
    } catch (IOException e) {
      throw options.unwritable(e);
    }
  }

  /** Deletes what the run kept beside the table, and lets others have the output. */
  @Override
  public void close() {
    folder.close();
  }
}
