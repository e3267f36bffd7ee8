package io.labelmill.sink;

import io.labelmill.source.SessionSettings;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** A folder of files, of which each one is a part of the table: new files are new rows. */
final class FileTable implements TableWriter {
  /**
   * Times in Parquet as microseconds of UTC: INT96, which Spark writes unless it is told otherwise,
   * has no zone, and other readers take it for local time.
   */
  private static final Map<String, String> TIMES_IN_UTC =
      Map.of("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");

  private final Output output;
  private final Path folder;
  private final TableFormat format;
  private final List<String> partitionBy;
  private final StoredFiles stored;

  /** The files before the next wave; null until the first. */
  private Map<String, Long> files;

  private FileTable(Output output, Path folder, TableFormat format, List<String> partitionBy) {
    this.output = output;
    this.folder = folder;
    this.format = format;
    this.partitionBy = partitionBy;
    this.stored = new StoredFiles(output.options(), output.folder(), columns(output.spark()));
  }

  /** The table that a run was told to write. */
  static FileTable of(Output output) {
    return new FileTable(
        output,
        output.folder().table(),
        output.options().files().orElseThrow(),
        output.options().partitionBy());
  }

  /**
   * A table that a run keeps out of sight, until it takes the place of another if that one is of
   * files too, or is read to fill it.
   */
  static FileTable staged(Output output) {
    Optional<TableFormat> moves =
        output.options().files().filter(format -> output.options().table().isEmpty());
    return new FileTable(
        output,
        output.folder().staging(),
        moves.orElse(TableFormat.PARQUET),
        moves.isPresent() ? output.options().partitionBy() : List.of());
  }

  private static StoredFiles.Columns columns(SparkSession spark) {
    return new StoredFiles.Columns() {
      @Override
      public StructType of(TableFormat format, Path table) {
        return spark.read().format(format.source()).load(table.toString()).schema();
      }

      @Override
      public List<String> header(Path file) {
        return StoredTable.header(spark, file);
      }
    };
  }

  @Override
  public boolean exists() throws IOException {
    return output.folder().hasTable();
  }

  @Override
  public void checkRows() {
    output.fit().checkTypes(format);
  }

  @Override
  public void checkExisting() throws IOException {
    stored.checkAddable(output.fit());
  }

  @Override
  public void checkReplaceable() throws IOException {
    stored.checkReplaceable();
  }

  @Override
  public Dataset<Row> rows() {
    return read(List.of(folder.toString()));
  }

  private Dataset<Row> read(List<String> paths) {
    return ScoreTableReader.read(
        output.spark(), format.formatName(), output.rows(), folder.toString(), paths);
  }

  @Override
  public OptionalLong files() throws IOException {
    return OptionalLong.of(Files.data(fileSystem(), folder).size());
  }

  @Override
  public Added add(Dataset<Row> wave, long expected) throws IOException {
    FileSystem fileSystem = fileSystem();
    if (files == null) {
      files = new HashMap<>(Files.data(fileSystem, folder));
    }
    fileSystem.delete(new Path(folder, OutputFolder.SUCCESS), false);
    write(wave);
    Map<String, Long> now = Files.data(fileSystem, folder);
    List<String> added = now.keySet().stream().filter(file -> !files.containsKey(file)).toList();
    files.putAll(now);
    WaveCounts counts =
        added.isEmpty() ? WaveCounts.NONE : RowCounts.of(read(added), output.options());
    if (counts.rows() != expected) {
      throw new IllegalStateException(
          "A wave of " + expected + " images was committed as " + counts.rows() + " rows");
    }
    return new Added(counts, added.stream().mapToLong(now::get).sum());
  }

  private void write(Dataset<Row> wave) {
    DataFrameWriter<Row> writer =
        (format.isDelimited() ? ScoreTableReader.asText(wave) : wave)
            .write()
            .format(format.source())
            .options(format.options())
            .mode(SaveMode.Append)
            // Task output becomes visible when the job is committed, not before; the marker of a
            // complete table is written once, by finish().
            .option("mapreduce.fileoutputcommitter.algorithm.version", "1")
            .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
    if (!partitionBy.isEmpty()) {
      writer.partitionBy(partitionBy.toArray(String[]::new));
    }
    SessionSettings.during(
        output.spark(),
        TIMES_IN_UTC,
        () -> {
          writer.save(folder.toString());
          return folder;
        });
  }

  @Override
  public void replace(FileTable staged) throws IOException {
    output.folder().swap();
  }

  @Override
  public void finish() throws IOException {
    fileSystem().create(new Path(folder, OutputFolder.SUCCESS), true).close();
  }

  private FileSystem fileSystem() throws IOException {
    return folder.getFileSystem(output.configuration());
  }
}
