package io.labelmill.sink;

import io.labelmill.source.SessionSettings;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
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
  private final Way way;
  private final StoredFiles stored;

  /** The files before the next wave; null until the first. */
  private Set<String> files;

  /** How a wave becomes visible. */
  private enum Way {
    /** As Spark commits it: nobody looks at a folder of the run. */
    UNSEEN,
    /** It is written in a folder of the run, and moved. */
    MOVED,
    /** As a store commits it that completes uploads, with a look at the lock. */
    UPLOADED
  }

  private FileTable(
      Output output, Path folder, TableFormat format, List<String> partitionBy, Way way) {
    this.output = output;
    this.folder = folder;
    this.format = format;
    this.partitionBy = partitionBy;
    this.way = way;
    this.stored = new StoredFiles(output.options(), output.folder(), columns(output.spark()));
  }

  /** The table that a run was told to write. */
  static FileTable of(Output output) {
    return new FileTable(
        output,
        output.folder().table(),
        output.options().files().orElseThrow(),
        output.options().partitionBy(),
        MagicCommitter.isUsed(output) ? Way.UPLOADED : Way.MOVED);
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
        moves.isPresent() ? output.options().partitionBy() : List.of(),
        Way.UNSEEN);
  }

  private static StoredFiles.Columns columns(SparkSession spark) {
    return new StoredFiles.Columns() {
      @Override
      public StructType of(TableFormat format, Path table) {
        return spark.read().format(format.source()).load(table.toString()).schema();
      }

      @Override
      public List<String> header(TableFormat format, Path file) {
        return StoredTable.header(spark, format, file);
      }
    };
  }

  @Override
  public boolean exists() throws IOException {
    return output.folder().place().hasTable();
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
    return read(folder, List.of(folder.toString()));
  }

  private Dataset<Row> read(Path base, Collection<String> paths) {
    return ScoreTableReader.read(
        output.spark(), format.formatName(), output.rows(), base.toString(), List.copyOf(paths));
  }

  @Override
  public OptionalLong files() throws IOException {
    return OptionalLong.of(OutputFiles.data(fileSystem(), folder).size());
  }

  @Override
  public Added add(Dataset<Row> wave, long expected) throws IOException {
    if (way != Way.MOVED) {
      return addInPlace(wave, expected);
    }
    FileSystem fileSystem = fileSystem();
    Path prepared = fileSystem.makeQualified(output.folder().wave());
    fileSystem.delete(prepared, true);
    write(wave, prepared);
    SortedMap<String, Long> added = OutputFiles.data(fileSystem, prepared);
    Added counted = counted(prepared, added, expected);
    output.folder().commit(added.keySet());
    return counted;
  }

  private Added addInPlace(Dataset<Row> wave, long expected) throws IOException {
    FileSystem fileSystem = fileSystem();
    if (files == null) {
      files = OutputFiles.data(fileSystem, folder).keySet();
    }
    if (way == Way.UPLOADED) {
      output.folder().unmark();
    }
    write(wave, folder);
    if (way == Way.UPLOADED) {
      output.folder().settle();
    }
    SortedMap<String, Long> added = OutputFiles.data(fileSystem, folder);
    Set<String> now = Set.copyOf(added.keySet());
    added.keySet().removeAll(files);
    files = now;
    return counted(folder, added, expected);
  }

  private Added counted(Path base, SortedMap<String, Long> added, long expected) {
    WaveCounts counts =
        added.isEmpty()
            ? WaveCounts.NONE
            : RowCounts.of(read(base, added.keySet()), expected, output.options());
    if (counts.rows() != expected) {
      throw new IllegalStateException(
          "A wave of " + expected + " images was committed as " + counts.rows() + " rows");
    }
    return new Added(counts, added.values().stream().mapToLong(Long::longValue).sum());
  }

  private void write(Dataset<Row> wave, Path to) {
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
    if (way == Way.UPLOADED) {
      writer.options(FencedCommitter.settings(output.folder().runId(), to, output.configuration()));
    }
    SessionSettings.during(
        output.spark(),
        TIMES_IN_UTC,
        () -> {
          writer.save(to.toString());
          return to;
        });
  }

  @Override
  public void replace(FileTable staged) throws IOException {
    output.folder().swap();
  }

  @Override
  public void finish() throws IOException {
    fileSystem().create(new Path(folder, OutputPlace.SUCCESS), true).close();
    if (way == Way.UPLOADED) {
      output.folder().abortUploads();
    }
  }

  private FileSystem fileSystem() throws IOException {
    return folder.getFileSystem(output.configuration());
  }
}
