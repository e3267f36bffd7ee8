package io.labelmill.sink;

import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** A table of Spark's catalog. */
final class CatalogTable implements TableWriter {
  private final Output output;
  private final String name;
  private final Replacing replacing;
  private final ForeignCommits commits;

  /** What becomes of the table when all of its rows are replaced. */
  enum Replacing {
    /** It is made again, as the options say. */
    ANEW,
    /** It keeps its folder, format and partitions. */
    IN_PLACE
  }

  CatalogTable(Output output, Replacing replacing) {
    this.output = output;
    this.name = output.options().table().orElseThrow();
    this.replacing = replacing;
    this.commits = new ForeignCommits(output);
  }

  @Override
  public void fence(List<String> runs) throws IOException {
    if (runs.isEmpty() || !exists()) {
      return;
    }
    Map<String, String> described = described();
    String provider = provider(described);
    if (provider.equals(DeltaTransactions.FORMAT)) {
      for (String run : runs) {
        DeltaTransactions.last(rows(), run).saveAsTable(name);
      }
      return;
    }
    if (provider.equals(IcebergPublication.FORMAT)) {
      IcebergPublication iceberg = new IcebergPublication(output.spark(), name);
      runs.forEach(iceberg::publishAll);
      return;
    }
    Optional<Path> folder = folder(described);
    if (folder.isPresent()) {
      for (String run : runs) {
        FencedFileCommitter.delete(
            run, folder.get(), folder.get().getFileSystem(output.configuration()));
      }
    }
    if (described.containsKey("# Partition Information")
        && "Catalog".equals(described.get("Partition Provider"))) {
      // Folders that were committed are none of the table until the catalog has them.
      output.spark().catalog().recoverPartitions(name);
    }
    output.spark().catalog().refreshTable(name);
  }

  /** Where the table's files are, if the catalog tells. */
  private static Optional<Path> folder(Map<String, String> described) {
    return Optional.ofNullable(described.get("Location"))
        .map(location -> Location.of(location).hadoop());
  }

  /** What the catalog says of the table, by its own words; nothing where there is none. */
  private Map<String, String> described() {
    Map<String, String> described = new HashMap<>();
    if (!exists()) {
      return described;
    }
    // What it says of the table stands behind what it says of columns, which may have such names.
    output
        .spark()
        .sql("DESCRIBE TABLE EXTENDED " + name)
        .collectAsList()
        .forEach(row -> described.put(row.getString(0), String.valueOf(row.get(1))));
    return described;
  }

  /** The data source that commits. */
  private String provider(Map<String, String> described) {
    return described.isEmpty()
        ? output.options().format().orElse("")
        : described.getOrDefault("Provider", "");
  }

  @Override
  public boolean exists() {
    return output.spark().catalog().tableExists(name);
  }

  /** What its tables hold, a catalog knows alone. */
  @Override
  public void checkRows() {}

  @Override
  public void checkExisting() {
    output.fit().checkColumns(rows().schema());
  }

  @Override
  public Dataset<Row> rows() {
    return output.spark().table(name);
  }

  @Override
  public Added add(Dataset<Row> rows, long expected) throws IOException {
    if (!exists()) {
      create();
    }
    Map<String, String> described = described();
    return commits.add(
        rows,
        expected,
        provider(described),
        folder(described),
        writer -> save(writer, SaveMode.Append));
  }

  /**
   * Makes the table, with no row: a run that is killed when its first files are there, and the
   * table is not, would leave a folder in which the catalog makes none.
   */
  private void create() {
    String columns =
        new StructType(
                Arrays.stream(output.rows().fields())
                    .map(
                        field -> field.copy(field.name(), field.dataType(), true, field.metadata()))
                    .toArray(StructField[]::new))
            .toDDL();
    List<String> partitionBy = output.options().partitionBy();
    String partitions =
        partitionBy.isEmpty()
            ? ""
            : partitionBy.stream()
                .map(Columns::quoted)
                .collect(Collectors.joining(", ", " PARTITIONED BY (", ")"));
    String source =
        output
            .options()
            .format()
            .orElseGet(() -> output.spark().conf().get("spark.sql.sources.default"));
    output
        .spark()
        .sql("CREATE TABLE %s (%s) USING %s%s".formatted(name, columns, source, partitions));
  }

  @Override
  public void replace(FileTable staged) throws IOException {
    Map<String, String> described = described();
    commits.commit(
        staged.rows(),
        provider(described),
        folder(described),
        writer -> {
          if (replacing == Replacing.IN_PLACE) {
            writer.mode(SaveMode.Overwrite).insertInto(name);
          } else {
            save(writer, SaveMode.Overwrite);
          }
        });
  }

  @Override
  public void finish() {}

  private void save(DataFrameWriter<Row> writer, SaveMode mode) {
    writer.mode(mode);
    output.options().format().ifPresent(writer::format);
    List<String> partitionBy = output.options().partitionBy();
    if (!partitionBy.isEmpty()) {
      writer.partitionBy(partitionBy.toArray(String[]::new));
    }
    writer.saveAsTable(name);
  }
}
