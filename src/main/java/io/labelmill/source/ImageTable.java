package io.labelmill.source;

import static org.apache.spark.sql.functions.lit;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows of a table, of which each names an image or holds it. */
public abstract sealed class ImageTable implements ImageSource permits PathTable, ContentTable {
  private final SourceSetup setup;
  private final Contents contents;

  /**
   * What is read.
   *
   * @param rows as they are stored
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
    for (Input.Table input : inputs) {
      try {
        Dataset<Row> table = input.rows(setup.spark());
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
    return of(setup, rows, inputs, reserved);
  }

  /**
   * @param inputs of which the rows are; none for a Dataset
   */
  static ImageTable of(
      SourceSetup setup, Dataset<Row> rows, List<Input.Table> inputs, Set<String> reserved) {
    ImageColumns columns = ImageColumns.of(rows.schema(), setup.options(), reserved);
    Contents contents =
        new Contents(
            rows,
            columns,
            inputs.stream().allMatch(input -> input.bytes().isPresent())
                ? OptionalLong.of(inputs.stream().mapToLong(i -> i.bytes().getAsLong()).sum())
                : OptionalLong.empty(),
            inputs.stream().flatMap(input -> input.root().stream()).toList());
    return columns.content() == null
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

  /** Where an image lies, and why it cannot be opened, both of its path column. */
  abstract Column location(Column path);

  abstract Column problem(Column path);

  /** The rows as tasks take them, unplanned and in their order: those that the options choose. */
  public Dataset<Row> rows() {
    ImageColumns columns = contents.columns();
    Column path =
        columns.path() == null
            ? lit(null).cast(DataTypes.StringType)
            : Columns.column(columns.path());
    Column content =
        columns.content() == null
            ? lit(null).cast(DataTypes.BinaryType)
            : Columns.column(columns.content());
    Column version = columns.version() == null ? lit(null) : Columns.column(columns.version());
    Column unknown = lit(null).cast(DataTypes.LongType);
    List<String> names = PlanColumns.NAMES;
    List<Column> selected = new ArrayList<>();
    selected.add(path.as(names.get(PlanColumns.PATH)));
    selected.add(location(path).as(names.get(PlanColumns.LOCATION)));
    selected.add(problem(path).as(names.get(PlanColumns.PROBLEM)));
    selected.add(unknown.as(names.get(PlanColumns.LENGTH)));
    selected.add(unknown.as(names.get(PlanColumns.MODIFICATION_TIME)));
    selected.add(version.cast(DataTypes.StringType).as(names.get(PlanColumns.VERSION)));
    selected.add(content.as(names.get(PlanColumns.CONTENT)));
    for (String name : columns.kept().fieldNames()) {
      selected.add(Columns.column(name));
    }
    return Selection.of(setup.options())
        .of(contents.rows(), path, columns.path() == null ? content : path)
        .select(selected.toArray(Column[]::new));
  }

  @Override
  public void close() {
    setup.close();
  }
}
