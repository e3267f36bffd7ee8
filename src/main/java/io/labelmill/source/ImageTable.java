package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of a table, of which each names an image or holds it. */
public abstract sealed class ImageTable implements ImageSource permits PathTable, ContentTable {
  private static final Logger log = LoggerFactory.getLogger(ImageTable.class);

  private final SourceSetup setup;
  private final Contents contents;

  /**
   * What is read.
   *
   * @param bytes of the table's files, where it has files
   * @param roots of those
   */
  record Contents(
      Dataset<Row> rows, ImageColumns columns, OptionalLong bytes, List<Listing.Root> roots) {}

  ImageTable(SourceSetup setup, Contents contents) {
    this.setup = setup;
    this.contents = contents;
  }

  /** Several tables as one. */
  static ImageTable of(SourceSetup setup, List<Input.Table> inputs, Set<String> reserved) {
    SourceOptions options = setup.options();
    if (options.modifiedAfter().isPresent()) {
      throw new UsageException(
          "--modified-after needs a listing, but " + options.inputs().get(0) + " is a table.");
    }
    List<String> problems = new ArrayList<>();
    List<Dataset<Row>> tables = new ArrayList<>();
    List<TableNotes> notes = new ArrayList<>();
    for (Input.Table input : inputs) {
      try {
        Dataset<Row> table = input.rows(setup.spark());
        notes.add(input.notes(setup, table));
        tables.add(
            options.format().equals(AzureBodies.FORMAT)
                ? AzureBodies.ofRequest(table, tables.size())
                : table);
      } catch (InputException e) {
        problems.addAll(e.problems());
      }
    }
    InputException.throwIfAny(problems);
    Dataset<Row> rows = tables.get(0);
    for (int i = 1; i < tables.size(); i++) {
      Set<String> first = new TreeSet<>(List.of(rows.columns()));
      Set<String> other = new TreeSet<>(List.of(tables.get(i).columns()));
      if (!first.equals(other)) {
        throw new InputException(
            "The inputs %s and %s have different columns: %s and %s."
                .formatted(
                    inputs.get(0).given(),
                    inputs.get(i).given(),
                    String.join(", ", first),
                    String.join(", ", other)));
      }
      rows = rows.unionByName(tables.get(i));
    }
    TableNotes all = TableNotes.of(notes);
    ImageColumns columns = ImageColumns.of(rows.schema(), all, options, reserved);
    if (options.keep().equals(List.of("*")) && !all.unreadable().isEmpty()) {
      log.warn("Left out of what is kept, since Spark has no type for them: {}", all.unreadable());
    }
    if (columns.content() != null && options.contentColumn().isEmpty()) {
      log.info("The images are those of the column {}", columns.content().column());
    }
    for (int i = 0; i < inputs.size(); i++) {
      notes.get(i).checkCodecs(inputs.get(i).given(), columns.read());
    }
    Contents contents =
        new Contents(
            rows,
            hasContents(rows, columns) ? columns : columns.withoutContent(),
            inputs.stream().allMatch(input -> input.bytes().isPresent())
                ? OptionalLong.of(inputs.stream().mapToLong(i -> i.bytes().getAsLong()).sum())
                : OptionalLong.empty(),
            inputs.stream().flatMap(input -> input.root().stream()).toList());
    return of(setup, contents);
  }

  /** Whether rows hold images, where their column can hold paths alone. */
  private static boolean hasContents(Dataset<Row> rows, ImageColumns columns) {
    return columns.content() == null
        || columns.file() == null
        || !rows.select(columns.content().content().as("content"))
            .filter(col("content").isNotNull())
            .isEmpty();
  }

  /** The rows of a Dataset, of which none is computed here. */
  static ImageTable of(SourceSetup setup, Dataset<Row> rows, Set<String> reserved) {
    ImageColumns columns = ImageColumns.of(rows.schema(), setup.options(), reserved);
    return of(setup, new Contents(rows, columns, OptionalLong.empty(), List.of()));
  }

  private static ImageTable of(SourceSetup setup, Contents contents) {
    return contents.columns().content() == null
        ? new PathTable(setup, contents)
        : new ContentTable(setup, contents);
  }

  /** Whether rows are long, since each holds an image. */
  public boolean holdsContents() {
    return contents.columns().content() != null;
  }

  SourceSetup setup() {
    return setup;
  }

  Contents contents() {
    return contents;
  }

  @Override
  public StructType kept() {
    return contents.columns().kept();
  }

  @Override
  public Broadcast<HadoopConfiguration> configuration() {
    return setup.broadcast();
  }

  @Override
  public Optional<UserException> readsOutput(List<String> folders) {
    return new OutputOverlap(contents.roots(), (root, file) -> true, null)
        .problem(folders, setup.configuration());
  }

  /** The rows as tasks take them, unplanned and in their order: those that the options choose. */
  public Dataset<Row> rows() {
    ImageColumns columns = contents.columns();
    Column none = lit(null).cast(DataTypes.StringType);
    Column path = columns.path() == null ? none : columns.path().column();
    Column version = columns.version() == null ? none : columns.version().column();
    Column content =
        columns.content() == null
            ? lit(null).cast(DataTypes.BinaryType)
            : columns.content().content();
    Column location = none;
    Column problem = columns.content() == null ? none : columns.content().problem();
    if (columns.file() != null) {
      Column file = columns.file().column();
      Column isRead = content.isNull();
      location = when(isRead, udf(resolved(), DataTypes.StringType).apply(file));
      problem =
          when(
              isRead,
              udf(new ImageUri.Problem(setup.options().allowed()), DataTypes.StringType)
                  .apply(file));
    }
    Column unknown = lit(null).cast(DataTypes.LongType);
    List<String> names = PlanColumns.NAMES;
    List<Column> selected = new ArrayList<>();
    selected.add(path.as(names.get(PlanColumns.PATH)));
    selected.add(location.as(names.get(PlanColumns.LOCATION)));
    selected.add(problem.as(names.get(PlanColumns.PROBLEM)));
    selected.add(unknown.as(names.get(PlanColumns.LENGTH)));
    selected.add(unknown.as(names.get(PlanColumns.MODIFICATION_TIME)));
    selected.add(version.cast(DataTypes.StringType).as(names.get(PlanColumns.VERSION)));
    selected.add(content.as(names.get(PlanColumns.CONTENT)));
    for (KeptColumn kept : columns.copied()) {
      selected.add(kept.written().as(kept.name()));
    }
    return Selection.of(setup.options())
        .of(contents.rows(), path, columns.path() == null ? content : path)
        .select(selected.toArray(Column[]::new));
  }

  private ImageUri.Resolved resolved() {
    try {
      FileSystem fileSystem = FileSystem.get(setup.configuration());
      return new ImageUri.Resolved(
          fileSystem.getUri().toString(),
          fileSystem.getWorkingDirectory(),
          setup.options().allowed());
    } catch (IOException e) {
      throw Cause.failure("The default file system cannot be reached: " + e, e);
    }
  }

  @Override
  public void close() {
    setup.close();
  }
}
