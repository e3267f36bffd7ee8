package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.xxhash64;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The images that a run labels: files listed below folders, or the rows of a table that names
 * images or holds them. Open, plan, close; used on the driver by one thread.
 *
 * <pre>{@code
 * try (ImageSource source = ImageSource.open(spark, options, ScoreTable.columns())) {
 *   Plan plan = source.plan(runFolder);
 *   for (long first = 0; first < plan.rows(); ) {
 *     Wave wave = plan.wave(first, 1_000, TaskSizes.equal(64));
 *     ...
 *     first = wave.end();
 *   }
 * }
 * }</pre>
 */
public final class ImageSource implements Closeable {
  /** Where the images of a source come from. */
  public enum Kind {
    /** Files found below folders: lengths and modification times are known without asking. */
    LISTING,
    /** A table of paths. */
    PATHS,
    /** A table of contents. */
    CONTENTS
  }

  /** Images that a split of a table of contents should have, where its row groups allow. */
  private static final int IMAGES_PER_SPLIT = 256;

  private final SparkSession spark;
  private final SourceOptions options;
  private final Kind kind;
  private final List<Listing.Root> roots;
  private final Table table;
  private final StructType kept;
  private final Broadcast<HadoopConfiguration> configuration;

  /**
   * A table and what is read of it.
   *
   * @param pathColumn null where contents have no path
   * @param contentColumn null for a table of paths
   * @param bytes of its files, where it has files
   */
  private record Table(
      Dataset<Row> rows,
      String pathColumn,
      String contentColumn,
      DataType contentType,
      String versionColumn,
      OptionalLong bytes) {}

  private ImageSource(
      SparkSession spark,
      SourceOptions options,
      Kind kind,
      List<Listing.Root> roots,
      Table table,
      StructType kept) {
    this.spark = spark;
    this.options = options;
    this.kind = kind;
    this.roots = roots;
    this.table = table;
    this.kept = kept;
    Configuration forTasks = new Configuration(spark.sparkContext().hadoopConfiguration());
    options.allowHosts().put(forTasks);
    this.configuration =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new HadoopConfiguration(forTasks));
  }

  /**
   * Looks at the inputs and checks all that can be checked without reading them whole.
   *
   * @param reserved names of the columns of the output, which kept columns may not have
   * @throws InputException naming everything that is wrong with the inputs
   */
  public static ImageSource open(SparkSession spark, SourceOptions options, Set<String> reserved) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Look at the input " + named(options.inputs()));
      return opened(spark, options, reserved);
    }
  }

  private static ImageSource opened(
      SparkSession spark, SourceOptions options, Set<String> reserved) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    List<String> problems = new ArrayList<>();
    List<Input> inputs = new ArrayList<>();
    for (String given : options.inputs()) {
      try {
        inputs.add(Input.find(given, options.format(), configuration));
      } catch (InputException e) {
        problems.addAll(e.problems());
      }
    }
    Map<String, List<String>> formats =
        inputs.stream()
            .collect(
                Collectors.groupingBy(
                    input -> input.isImages() ? "images" : "tables",
                    TreeMap::new,
                    Collectors.mapping(Input::given, Collectors.toList())));
    if (formats.size() > 1) {
      problems.add(
          "The inputs are of two kinds, images ("
              + String.join(", ", formats.get("images"))
              + ") and tables ("
              + String.join(", ", formats.get("tables"))
              + "): run one after the other, or say which with --input-format.");
    }
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
    return inputs.get(0).isImages()
        ? ofListing(spark, options, inputs)
        : ofTable(spark, options, inputs, reserved);
  }

  /**
   * The rows of a Dataset instead of named inputs.
   *
   * @param options of a table; its one input stands for the Dataset in messages
   * @param reserved as for {@link #open}
   * @throws InputException naming every column that is missing or of a wrong type
   */
  public static ImageSource of(
      SparkSession spark, Dataset<Row> rows, SourceOptions options, Set<String> reserved) {
    return ofTable(spark, options, reserved, rows, List.of());
  }

  private static ImageSource ofListing(
      SparkSession spark, SourceOptions options, List<Input> inputs) {
    List<String> problems = new ArrayList<>();
    Map<String, Boolean> given =
        Map.of(
            "--path-column", options.pathColumn().isPresent(),
            "--content-column", options.contentColumn().isPresent(),
            "--version-column", options.versionColumn().isPresent(),
            "--allow-hosts", !options.allowHosts().names().isEmpty(),
            "--keep", !options.keep().isEmpty());
    new TreeMap<>(given)
        .forEach(
            (option, isGiven) -> {
              if (isGiven) {
                problems.add(
                    option
                        + " needs a table, but "
                        + options.inputs().get(0)
                        + " is read as images: name a table, or its kind with --input-format.");
              }
            });
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
    return new ImageSource(
        spark,
        options,
        Kind.LISTING,
        inputs.stream().map(Input::root).toList(),
        null,
        new StructType());
  }

  private static ImageSource ofTable(
      SparkSession spark, SourceOptions options, List<Input> inputs, Set<String> reserved) {
    if (options.modifiedAfter().isPresent()) {
      throw new UsageException(
          "--modified-after needs a listing, but " + options.inputs().get(0) + " is a table.");
    }
    List<String> problems = new ArrayList<>();
    List<Dataset<Row>> tables = new ArrayList<>();
    for (Input input : inputs) {
      try {
        Dataset<Row> table = input.table(spark);
        tables.add(
            options.format().equals(AzureBodies.FORMAT)
                ? AzureBodies.ofRequest(table, tables.size())
                : table);
      } catch (InputException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
    Dataset<Row> rows = tables.get(0);
    for (int i = 1; i < tables.size(); i++) {
      Set<String> first = new TreeSet<>(List.of(rows.columns()));
      Set<String> other = new TreeSet<>(List.of(tables.get(i).columns()));
      if (!first.equals(other)) {
        throw new InputException(
            "The inputs "
                + inputs.get(0).given()
                + " and "
                + inputs.get(i).given()
                + " have different columns: "
                + String.join(", ", first)
                + " and "
                + String.join(", ", other)
                + ".");
      }
      rows = rows.unionByName(tables.get(i));
    }
    return ofTable(spark, options, reserved, rows, inputs);
  }

  private static ImageSource ofTable(
      SparkSession spark,
      SourceOptions options,
      Set<String> reserved,
      Dataset<Row> rows,
      List<Input> inputs) {
    TableColumns columns = new TableColumns(rows.schema(), options.inputs().get(0));
    String content =
        options
            .contentColumn()
            .map(name -> columns.find("--content-column", name, TableColumns.Type.BINARY_OR_STRING))
            .orElse(null);
    String path =
        options.contentColumn().isPresent()
            ? columns.pathIfAny(options.pathColumn())
            : columns.path(options.pathColumn());
    String version =
        options
            .versionColumn()
            .map(name -> columns.find("--version-column", name, TableColumns.Type.ANY))
            .orElse(null);
    StructType kept = columns.kept(options.keep(), reserved, path, content);
    if (!columns.problems().isEmpty()) {
      throw new InputException(columns.problems());
    }
    DataType contentType =
        content == null ? DataTypes.BinaryType : rows.schema().apply(content).dataType();
    OptionalLong bytes =
        inputs.stream().allMatch(input -> input.bytes().isPresent())
            ? OptionalLong.of(inputs.stream().mapToLong(input -> input.bytes().getAsLong()).sum())
            : OptionalLong.empty();
    return new ImageSource(
        spark,
        options,
        content == null ? Kind.PATHS : Kind.CONTENTS,
        inputs.stream().map(Input::root).filter(Objects::nonNull).toList(),
        new Table(rows, path, content, contentType, version, bytes),
        kept);
  }

  public Kind kind() {
    return kind;
  }

  /** The kept columns with their types, in the order in which plan rows have them. */
  public StructType kept() {
    return kept;
  }

  /**
   * What is wrong when folders that the job writes to are among those that it reads: its own files
   * would be images, or rows of its input, by the next run at the latest. Files of a listing that
   * its globs, {@code --include} or {@code --exclude} leave out are not read.
   *
   * @param folders as the user named them
   */
  public Optional<UserException> readsOutput(List<String> folders) {
    List<String> problems = new ArrayList<>();
    for (String folder : folders) {
      roots.stream()
          .filter(root -> overlaps(root, qualified(folder)))
          .findFirst()
          .ifPresent(
              root ->
                  problems.add(
                      "The output "
                          + Location.redacted(folder)
                          + " and the input "
                          + Location.redacted(root.path())
                          + " lie one within the other, so that the job would read what it writes:"
                          + " choose another output"
                          + (kind == Kind.LISTING
                              ? ", or add --exclude '" + new Path(folder).getName() + "/**'."
                              : ".")));
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of(new UsageException(problems));
  }

  private Path qualified(String folder) {
    try {
      return Location.of(folder).qualified(configuration.value().value());
    } catch (IOException e) {
      throw Cause.failure("The output " + folder + " cannot be reached: " + e, e);
    }
  }

  private boolean overlaps(Listing.Root root, Path folder) {
    String input = root.path();
    String output = folder.toString();
    if (isWithin(input, output)) {
      return true;
    }
    if (!isWithin(output, input)) {
      return false;
    }
    return kind != Kind.LISTING
        || mayList(root, new Path(folder, "part-0.parquet"))
        || mayList(root, new Path(folder, "column=value/part-0.parquet"));
  }

  /** Whether a path lies below a folder, or is it. */
  private static boolean isWithin(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
  }

  private boolean mayList(Listing.Root root, Path file) {
    Optional<String> relative = Listing.relative(root, file);
    return relative.isPresent()
        && (options.include().isEmpty() || anyMatch(options.include()).call(relative.get()))
        && !anyMatch(options.exclude()).call(relative.get());
  }

  /**
   * The rows of a table or Dataset as tasks take them, unplanned and in their order.
   *
   * @throws IllegalStateException for a listing
   */
  public Dataset<Row> rows() {
    if (kind == Kind.LISTING) {
      throw new IllegalStateException("a listing is planned before it is read");
    }
    return selected();
  }

  /** The configuration with which tasks open images. */
  public Broadcast<HadoopConfiguration> configuration() {
    return configuration;
  }

  /**
   * Finds all images and puts them in order: by path in a listing, as they come in a table.
   *
   * @param folder a folder of this run, where the plan is kept as files until whoever named it
   *     deletes it
   * @throws InputException when there is no image at all, or the input cannot be read
   */
  public Plan plan(Path folder) {
    return plan(folder, Optional.empty());
  }

  /**
   * As {@link #plan(Path)}, without the images that a table has already.
   *
   * @param committed current rows of the table, with the columns {@code path}, {@code
   *     content_version}, {@code status} and {@code scored_at}; absent: all images are planned
   * @return a plan without any image when the table has them all
   */
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Put the images of " + named(options.inputs()) + " in order");
      Plan plan =
          kind == Kind.CONTENTS
              ? planContents(folder, committed)
              : committed.isPresent()
                  ? planMissing(folder, committed.get())
                  : PathPlan.write(
                      spark, ordered(images(), folder), new Path(folder, "plan"), options.limit());
      if (plan.rows() == 0 && (committed.isEmpty() || isEmpty())) {
        throw new InputException(emptiness());
      }
      Seam.PLANNED.reached();
      return plan;
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      Optional<RuntimeException> unread = Failures.ofInput(options.inputs(), e);
      if (unread.isPresent()) {
        throw unread.get();
      }
      throw e;
    }
  }

  /** Whether a plan that resumes compares content versions. */
  public Changed changed() {
    return options
        .changed()
        .orElse(
            kind == Kind.PATHS && options.versionColumn().isEmpty()
                ? Changed.IGNORE
                : Changed.CHECK);
  }

  /** Says to the user whether a plan that resumes compares contents, and by what. */
  public String comparison() {
    if (changed() == Changed.IGNORE) {
      return "Images that the table has are done, whatever became of their content since: --changed"
          + " check compares it";
    }
    return "Images that the table has are scored again where their content changed, told by "
        + (options.versionColumn().isPresent()
            ? "the column " + options.versionColumn().get()
            : kind == Kind.LISTING
                ? "length and modification time in the listing"
                : kind == Kind.PATHS
                    ? "length and modification time, which takes a request for each"
                    : "its hash");
  }

  /** Inputs as descriptions name them: the first few, since they are read in a column. */
  private static String named(List<String> inputs) {
    String first = Location.redacted(inputs.get(0));
    return inputs.size() == 1 ? first : first + " and " + (inputs.size() - 1) + " more";
  }

  private boolean isEmpty() {
    return (kind == Kind.LISTING ? found() : selected()).isEmpty();
  }

  private String emptiness() {
    String inputs = String.join(", ", options.inputs());
    boolean narrowed =
        !options.include().isEmpty()
            || !options.exclude().isEmpty()
            || options.sample().isPresent()
            || options.modifiedAfter().isPresent();
    return "The input "
        + inputs
        + " has no images"
        + (narrowed
            ? " that --include, --exclude, --sample and --modified-after let through."
            : ".");
  }

  /** Plan rows that the options choose, but for the limit; without paths' order. */
  private Dataset<Row> images() {
    return kind == Kind.LISTING ? listed() : selected();
  }

  /** The files that the options choose; one below two inputs comes twice. */
  private Dataset<Row> found() {
    Dataset<Row> listed = Listing.rows(spark, configuration, roots);
    if (!options.include().isEmpty()) {
      listed = listed.filter(anyMatches(options.include()).apply(col("relative")));
    }
    if (!options.exclude().isEmpty()) {
      listed = listed.filter(not(anyMatches(options.exclude()).apply(col("relative"))));
    }
    if (options.modifiedAfter().isPresent()) {
      listed =
          listed.filter(
              col("modification_time").gt(lit(options.modifiedAfter().get().toEpochMilli())));
    }
    if (options.sample().isPresent()) {
      listed = listed.filter(isSampled(col("path")));
    }
    return listed;
  }

  private Dataset<Row> listed() {
    Dataset<Row> listed = found();
    if (roots.size() > 1) {
      listed = listed.dropDuplicates("path");
    }
    List<String> names = PlanColumns.NAMES;
    return listed.select(
        col("path").as(names.get(PlanColumns.PATH)),
        col("path").as(names.get(PlanColumns.LOCATION)),
        lit(null).cast(DataTypes.StringType).as(names.get(PlanColumns.PROBLEM)),
        col("length").as(names.get(PlanColumns.LENGTH)),
        col("modification_time").as(names.get(PlanColumns.MODIFICATION_TIME)),
        lit(null).cast(DataTypes.StringType).as(names.get(PlanColumns.VERSION)),
        lit(null).cast(DataTypes.BinaryType).as(names.get(PlanColumns.CONTENT)));
  }

  /** Listed rows by path; rows of a table as they come. */
  private Dataset<Row> ordered(Dataset<Row> images, Path folder) {
    return kind == Kind.LISTING
        ? stored(
                images,
                new Path(folder, "listing"),
                "Find the images below " + named(options.inputs()))
            .orderBy(PlanColumns.NAMES.get(PlanColumns.PATH))
        : images;
  }

  /** Rows that are computed once: Spark evaluates what it sorts twice, and would list twice. */
  private Dataset<Row> stored(Dataset<Row> rows, Path folder, String description) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(description);
      rows.write().parquet(folder.toString());
    }
    Seam.LISTED.reached();
    return spark.read().schema(rows.schema()).parquet(folder.toString());
  }

  private PathPlan planMissing(Path folder, Dataset<Row> committed) {
    Dataset<Row> images = images();
    String order = kind == Kind.LISTING ? PlanColumns.NAMES.get(PlanColumns.PATH) : PathPlan.ID;
    if (options.limit().isPresent()) {
      PathPlan input =
          PathPlan.write(
              spark, ordered(images, folder), new Path(folder, "input"), options.limit());
      images = kind == Kind.LISTING ? input.images().drop(PathPlan.ID) : input.images();
    } else if (kind == Kind.PATHS) {
      images = images.withColumn(PathPlan.ID, monotonically_increasing_id());
    }
    DoneImages done = DoneImages.of(committed, options.retryFailed(), DoneImages.Identity.PATH);
    Dataset<Row> missing;
    if (kind == Kind.LISTING) {
      // A listed image lies where its path says: that need not be shuffled twice.
      String location = PlanColumns.NAMES.get(PlanColumns.LOCATION);
      missing =
          done.subtractFrom(
                  images.drop(location),
                  DoneImages.knownVersion(),
                  changed(),
                  DoneImages.Repeats.IMPOSSIBLE,
                  order)
              .withColumn(location, col(PlanColumns.NAMES.get(PlanColumns.PATH)))
              .select(Arrays.stream(images.columns()).map(Columns::column).toArray(Column[]::new));
    } else if (changed() == Changed.CHECK && options.versionColumn().isEmpty()) {
      missing = done.subtractUnchangedFrom(images, order, configuration);
    } else {
      missing =
          done.subtractFrom(
              images, DoneImages.knownVersion(), changed(), DoneImages.Repeats.POSSIBLE, order);
    }
    return PathPlan.write(
        spark,
        stored(
                missing,
                new Path(folder, "missing"),
                "Find the images of " + named(options.inputs()) + " that the table lacks")
            .orderBy(order)
            .drop(PathPlan.ID),
        new Path(folder, "plan"),
        OptionalLong.empty());
  }

  private ContentPlan planContents(Path folder, Optional<Dataset<Row>> committed) {
    Dataset<Row> images = selected();
    // Spark's readers hold a batch of rows at once: thousands of names, but not of pictures.
    Map<String, String> settings =
        Map.of(
            "spark.sql.parquet.columnarReaderBatchSize", "32",
            "spark.sql.orc.columnarReaderBatchSize", "32",
            "spark.sql.files.maxPartitionBytes", Long.toString(bytesPerSplit()));
    Map<String, String> before = new TreeMap<>();
    for (String key : settings.keySet()) {
      before.put(key, spark.conf().get(key));
    }
    try {
      settings.forEach((key, value) -> spark.conf().set(key, value));
      ContentPlan plan = ContentPlan.of(spark, images, table.bytes(), options.limit());
      if (committed.isEmpty()) {
        return plan;
      }
      DoneImages done =
          DoneImages.of(
              committed.get(),
              options.retryFailed(),
              table.pathColumn() != null ? DoneImages.Identity.PATH : DoneImages.Identity.CONTENT);
      return plan.without(done, DoneImages.contentVersion(table.contentType()), changed(), folder);
    } finally {
      before.forEach((key, value) -> spark.conf().set(key, value));
    }
  }

  private long bytesPerSplit() {
    long most = 128L << 20;
    if (table.bytes().isEmpty()) {
      return most;
    }
    long rows = Math.max(1, table.rows().count());
    return Math.max(1L << 20, Math.min(most, table.bytes().getAsLong() / rows * IMAGES_PER_SPLIT));
  }

  /** Plan rows of the table, those that the options choose. */
  private Dataset<Row> selected() {
    Dataset<Row> rows = table.rows();
    Column path =
        table.pathColumn() == null
            ? lit(null).cast(DataTypes.StringType)
            : Columns.column(table.pathColumn());
    if (table.pathColumn() != null && !options.include().isEmpty()) {
      rows = rows.filter(path.isNull().or(anyMatches(options.include()).apply(path)));
    }
    if (table.pathColumn() != null && !options.exclude().isEmpty()) {
      rows = rows.filter(path.isNull().or(not(anyMatches(options.exclude()).apply(path))));
    }
    if (options.sample().isPresent()) {
      rows =
          rows.filter(
              isSampled(table.pathColumn() == null ? Columns.column(table.contentColumn()) : path));
    }
    List<String> names = PlanColumns.NAMES;
    List<Column> columns = new ArrayList<>();
    columns.add(path.as(names.get(PlanColumns.PATH)));
    if (table.contentColumn() == null) {
      columns.add(
          udf(location(), DataTypes.StringType).apply(path).as(names.get(PlanColumns.LOCATION)));
      columns.add(
          udf(new ImageUri.Problem(options.allowHosts()), DataTypes.StringType)
              .apply(path)
              .as(names.get(PlanColumns.PROBLEM)));
    } else {
      columns.add(lit(null).cast(DataTypes.StringType).as(names.get(PlanColumns.LOCATION)));
      columns.add(lit(null).cast(DataTypes.StringType).as(names.get(PlanColumns.PROBLEM)));
    }
    columns.add(lit(null).cast(DataTypes.LongType).as(names.get(PlanColumns.LENGTH)));
    columns.add(lit(null).cast(DataTypes.LongType).as(names.get(PlanColumns.MODIFICATION_TIME)));
    columns.add(
        (table.versionColumn() == null ? lit(null) : Columns.column(table.versionColumn()))
            .cast(DataTypes.StringType)
            .as(names.get(PlanColumns.VERSION)));
    columns.add(
        (table.contentColumn() == null
                ? lit(null).cast(DataTypes.BinaryType)
                : Columns.column(table.contentColumn()))
            .as(names.get(PlanColumns.CONTENT)));
    for (String name : kept.fieldNames()) {
      columns.add(Columns.column(name));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  private ImageUri.Resolved location() {
    try {
      FileSystem fileSystem = FileSystem.get(configuration.value().value());
      return new ImageUri.Resolved(
          fileSystem.getUri().toString(), fileSystem.getWorkingDirectory(), options.allowHosts());
    } catch (IOException e) {
      throw Cause.failure("The default file system cannot be reached: " + e, e);
    }
  }

  /** Whether a hash of this value, as a fraction of all hashes, is below the fraction wanted. */
  private Column isSampled(Column value) {
    long most = (long) (options.sample().getAsDouble() * Long.MAX_VALUE);
    return xxhash64(value, lit(options.seed())).bitwiseAND(lit(Long.MAX_VALUE)).leq(lit(most));
  }

  private static org.apache.spark.sql.expressions.UserDefinedFunction anyMatches(
      List<String> globs) {
    return udf(anyMatch(globs), DataTypes.BooleanType);
  }

  private static AnyMatches anyMatch(List<String> globs) {
    return new AnyMatches(globs.stream().map(Glob::ending).toList());
  }

  /** SQL function: whether the end of a path matches one of some globs. */
  private static final class AnyMatches implements UDF1<String, Boolean> {
    private final Glob[] globs;

    AnyMatches(List<Glob> globs) {
      this.globs = globs.toArray(Glob[]::new);
    }

    @Override
    public Boolean call(String path) {
      return Arrays.stream(globs).anyMatch(glob -> glob.matches(path));
    }
  }

  /** Frees what tasks were given to open images with. */
  @Override
  public void close() {
    configuration.destroy();
  }
}
