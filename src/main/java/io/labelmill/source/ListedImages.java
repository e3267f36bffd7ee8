package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Files found below folders: lengths and modification times are known without asking. */
final class ListedImages implements ImageSource {
  private static final String PATH = PlanColumns.NAMES.get(PlanColumns.PATH);
  private static final String LOCATION = PlanColumns.NAMES.get(PlanColumns.LOCATION);

  private final SourceSetup setup;
  private final List<Listing.Root> roots;
  private final Selection selection;

  private ListedImages(SourceSetup setup, List<Listing.Root> roots) {
    this.setup = setup;
    this.roots = roots;
    this.selection = Selection.of(setup.options());
  }

  /**
   * @throws UsageException naming options that need a table
   */
  static ListedImages of(SourceSetup setup, List<Input.Images> inputs) {
    SourceOptions options = setup.options();
    List<String> problems = new ArrayList<>(options.needingTable("images"));
    if (!options.keep().isEmpty()) {
      problems.add(options.needsTable("--keep", "images"));
    }
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
    return new ListedImages(setup, inputs.stream().map(Input.Images::root).toList());
  }

  @Override
  public StructType kept() {
    return new StructType();
  }

  @Override
  public Broadcast<HadoopConfiguration> configuration() {
    return setup.broadcast();
  }

  @Override
  public Optional<UserException> readsOutput(List<String> folders) {
    return new OutputOverlap(roots, this::mayList, " --exclude '%s/**'")
        .problem(folders, setup.configuration());
  }

  private boolean mayList(Listing.Root root, Path file) {
    return Listing.relative(root, file).filter(selection::passes).isPresent();
  }

  @Override
  public String comparison() {
    return Changed.sentence(changed(), "length and modification time in the listing");
  }

  private Changed changed() {
    return setup.options().changed().orElse(Changed.CHECK);
  }

  @Override
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    return setup.planned(
        () -> committed.isPresent() ? missing(folder, committed.get()) : all(folder, "plan"),
        committed,
        () -> found().isEmpty());
  }

  private PathPlan all(Path folder, String name) {
    return PathPlan.write(
        setup.spark(),
        setup
            .stored(images(), new Path(folder, "listing"), "Find the images below " + setup.named())
            .orderBy(PATH),
        new Path(folder, name),
        setup.options().limit());
  }

  private PathPlan missing(Path folder, Dataset<Row> committed) {
    Dataset<Row> images =
        setup.options().limit().isPresent()
            ? all(folder, "input").images().drop(PathPlan.ID)
            : images();
    // A listed image lies where its path says: that need not be shuffled twice.
    Dataset<Row> missing =
        DoneImages.of(committed, setup.options().retryFailed(), DoneImages.Identity.PATH)
            .subtractFrom(
                images.drop(LOCATION),
                DoneImages.knownVersion(),
                changed(),
                DoneImages.Repeats.IMPOSSIBLE,
                PATH)
            .withColumn(LOCATION, col(PATH))
            .select(Arrays.stream(images.columns()).map(Columns::column).toArray(Column[]::new));
    return setup.planMissing(missing, PATH, folder);
  }

  /** The files that the options choose; one below two inputs comes twice. */
  private Dataset<Row> found() {
    Dataset<Row> listed =
        selection.of(
            Listing.rows(setup.spark(), setup.broadcast(), roots), col("relative"), col("path"));
    return setup
        .options()
        .modifiedAfter()
        .map(moment -> listed.filter(col("modification_time").gt(lit(moment.toEpochMilli()))))
        .orElse(listed);
  }

  private Dataset<Row> images() {
    Dataset<Row> listed = roots.size() > 1 ? found().dropDuplicates("path") : found();
    List<String> names = PlanColumns.NAMES;
    return listed.select(
        col("path").as(PATH),
        col("path").as(LOCATION),
        col("problem").as(names.get(PlanColumns.PROBLEM)),
        col("length").as(names.get(PlanColumns.LENGTH)),
        col("modification_time").as(names.get(PlanColumns.MODIFICATION_TIME)),
        lit(null).cast(DataTypes.StringType).as(names.get(PlanColumns.VERSION)),
        lit(null).cast(DataTypes.BinaryType).as(names.get(PlanColumns.CONTENT)));
  }

  @Override
  public void close() {
    setup.close();
  }
}
