package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.labelmill.error.UsageException;
import io.labelmill.table.Columns;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Files found below folders: lengths and modification times are known without asking. */
final class ListedImages extends FoundImages {
  private static final String LOCATION = PlanColumns.NAMES.get(PlanColumns.LOCATION);

  private ListedImages(SourceSetup setup, List<Listing.Root> roots) {
    super(setup, roots);
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
    UsageException.throwIfAny(problems);
    return new ListedImages(setup, inputs.stream().map(Input.Images::root).toList());
  }

  @Override
  public StructType kept() {
    return new StructType();
  }

  @Override
  OutputOverlap overlap() {
    return new OutputOverlap(roots(), this::mayList, " --exclude '%s/**'");
  }

  private boolean mayList(Listing.Root root, Path file) {
    return Listing.relative(root, file).filter(selection()::passes).isPresent();
  }

  @Override
  public String comparison() {
    return Changed.sentence(changed(), "length and modification time in the listing");
  }

  /** A sample is chosen by a hash of Spark's. */
  @Override
  Optional<List<Row>> few() {
    if (setup().options().sample().isPresent()) {
      return Optional.empty();
    }
    // Another look may have been before.
    links().reset();
    Optional<List<Row>> listed =
        Listing.few(roots(), setup().configuration(), links(), FewRows.most());
    if (listed.isEmpty()) {
      links().reset();
      return listed;
    }
    long after =
        setup().options().modifiedAfter().map(Instant::toEpochMilli).orElse(Long.MIN_VALUE);
    Set<String> paths = new HashSet<>();
    List<Row> chosen = new ArrayList<>();
    for (Row row : listed.get()) {
      if (selection().passes(row.getString(1))
          && row.getLong(3) > after
          && (roots().size() == 1 || paths.add(row.getString(0)))) {
        chosen.add(planned(row));
      }
    }
    return Optional.of(chosen);
  }

  private static Row planned(Row listed) {
    return RowFactory.create(
        listed.get(0), listed.get(0), listed.get(4), listed.get(2), listed.get(3), null, null);
  }

  @Override
  Plan missing(Path folder, Dataset<Row> committed) {
    Optional<List<Row>> few = few();
    Dataset<Row> images =
        few.isPresent()
            ? planned(few.get(), limit()).images()
            : limit().isPresent() ? all(folder, "input").images().drop(PathPlan.ID) : images();
    // A listed image lies where its path says: that need not be shuffled twice.
    Dataset<Row> missing =
        DoneImages.of(committed, setup().options().retryFailed(), DoneImages.Identity.PATH)
            .subtractFrom(
                images.drop(LOCATION),
                DoneImages.knownVersion(),
                changed(),
                DoneImages.Repeats.IMPOSSIBLE,
                PATH)
            .withColumn(LOCATION, col(PATH))
            .select(Arrays.stream(images.columns()).map(Columns::column).toArray(Column[]::new));
    return few.isPresent()
        ? planned(setup().collected(missing), OptionalLong.empty())
        : setup().planMissing(missing, PATH, folder);
  }

  /** The files that the options choose; one below two inputs comes twice. */
  private Dataset<Row> found() {
    Dataset<Row> listed = selection().of(listed(), col("relative"), col("path"));
    return setup()
        .options()
        .modifiedAfter()
        .map(moment -> listed.filter(col("modification_time").gt(lit(moment.toEpochMilli()))))
        .orElse(listed);
  }

  @Override
  Dataset<Row> images() {
    Dataset<Row> listed = roots().size() > 1 ? found().dropDuplicates("path") : found();
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
}
