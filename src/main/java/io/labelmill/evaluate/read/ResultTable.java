package io.labelmill.evaluate.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.score.ScoreTable;
import io.labelmill.sink.RunRecord;
import io.labelmill.sink.ScoreTableReader;
import io.labelmill.table.ColumnPrefix;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Tables that Labelmill wrote, read in whatever format they are, and the run records beside them.
 */
public final class ResultTable {
  private ResultTable() {}

  /**
   * All rows, not only current ones, Labelmill's own columns under their names without prefix.
   *
   * @param location folder, file or {@code table:NAME}
   * @param what it is, for messages: {@code predictions}
   * @throws io.labelmill.error.InputException when it is not there or of no known format
   */
  public static Dataset<Row> read(SparkSession spark, String location, String what) {
    Location place = Location.of(location);
    Dataset<Row> rows =
        place.isCatalog()
            ? TableFiles.catalog(spark, place)
                .orElseThrow(
                    () ->
                        new InputException(
                            "The " + what + " " + location + " are no table of Spark's catalog."))
            : files(spark, place, what);
    return prefix(List.of(rows.columns())).bare(rows, ScoreTable.ownNames());
  }

  private static Dataset<Row> files(SparkSession spark, Location location, String what) {
    try {
      Configuration configuration = spark.sparkContext().hadoopConfiguration();
      Path path = location.hadoop();
      FileSystem files = location.fileSystem(configuration);
      Optional<Path> first = TableFiles.first(files, path);
      if (first.isEmpty()) {
        throw new InputException("The " + what + " " + location + " hold no data file.");
      }
      Optional<TableFormat> format = TableFormat.ofFile(first.get().getName());
      if (format.isEmpty()) {
        throw new InputException(
            "The %s %s are in no format of tables that is read (%s): found %s."
                .formatted(what, location, TableFormat.FILES, first.get().getName()));
      }
      if (format.get().isTyped()) {
        return typed(TableFiles.of(location, format.get(), first.get(), configuration).read(spark));
      }
      StructType schema =
          format.get().isDelimited()
              ? schema(
                  TableFiles.of(
                          new Location(first.get().toString()),
                          format.get(),
                          first.get(),
                          configuration)
                      .columns(spark))
              : schema(prefixOfJson(spark, first.get()));
      return ScoreTableReader.read(
          spark,
          format.get().formatName(),
          schema,
          (files.getFileStatus(path).isFile() ? path.getParent() : path).toString(),
          List.of(TableFiles.literal(path.toString())));
    } catch (FileNotFoundException e) {
      throw new InputException("The " + what + " " + location + " do not exist.", e);
    } catch (IOException e) {
      throw Cause.failure("The " + what + " " + location + " cannot be read: " + e, e);
    }
  }

  /** Labelmill's columns with their types, where names of folders, which are text, give them. */
  private static Dataset<Row> typed(Dataset<Row> rows) {
    Dataset<Row> typed = rows;
    ColumnPrefix prefix = prefix(List.of(rows.columns()));
    for (ScoreTable.Column column : ScoreTable.Column.values()) {
      String name = prefix.of(column.columnName());
      if (List.of(rows.columns()).contains(name)
          && rows.schema().apply(name).dataType().equals(DataTypes.StringType)
          && !column.dataType().equals(DataTypes.StringType)) {
        typed = typed.withColumn(name, typed.col(name).cast(column.dataType()));
      }
    }
    return typed;
  }

  /** As a file's first line tells it, whose names are in the order of the table. */
  private static ColumnPrefix prefixOfJson(SparkSession spark, Path file) {
    List<String> line =
        spark.read().textFile(TableFiles.literal(file.toString())).limit(1).collectAsList();
    List<String> names = new ArrayList<>();
    try {
      new ObjectMapper()
          .readTree(line.isEmpty() ? "" : line.get(0))
          .fieldNames()
          .forEachRemaining(names::add);
    } catch (JsonProcessingException e) {
      // Somebody else's, of several lines.
    }
    return prefix(names);
  }

  private static ColumnPrefix prefix(List<String> columns) {
    return ColumnPrefix.found(columns).orElse(ColumnPrefix.NONE);
  }

  /** Labelmill's columns with their types. */
  private static StructType schema(ColumnPrefix prefix) {
    StructType schema = new StructType();
    for (ScoreTable.Column column : ScoreTable.Column.values()) {
      schema = schema.add(prefix.of(column.columnName()), column.dataType());
    }
    return schema;
  }

  /** The columns of text files in their order, those of others as text. */
  private static StructType schema(List<String> header) {
    StructType schema = new StructType();
    ColumnPrefix prefix = prefix(header);
    for (String name : header) {
      DataType type =
          Arrays.stream(ScoreTable.Column.values())
              .filter(column -> prefix.of(column.columnName()).equals(name))
              .map(ScoreTable.Column::dataType)
              .findFirst()
              .orElse(DataTypes.StringType);
      schema = schema.add(name, type);
    }
    return schema;
  }

  /** The records of the runs that wrote a table, newest first; none for a catalog table. */
  public static List<RunRecord> records(String location, Configuration configuration) {
    if (Location.of(location).isCatalog()) {
      return List.of();
    }
    List<RunRecord> records = new ArrayList<>();
    try {
      Path folder = Location.of(location).below("_labelmill");
      FileSystem files = folder.getFileSystem(configuration);
      if (!files.exists(folder)) {
        return List.of();
      }
      for (FileStatus status : files.listStatus(folder)) {
        String name = status.getPath().getName();
        if (name.startsWith("run-") && name.endsWith(".json")) {
          records.add(RunRecord.read(status.getPath(), configuration));
        }
      }
    } catch (IOException e) {
      throw Cause.failure("The run records of " + location + " cannot be read: " + e, e);
    }
    records.sort(Comparator.comparing((RunRecord record) -> startedAt(record)).reversed());
    return records;
  }

  private static String startedAt(RunRecord record) {
    return record.timings() == null || record.timings().startedAt() == null
        ? ""
        : record.timings().startedAt();
  }

  /** The record of the run, or of the newest one that names labels. */
  static Optional<RunRecord> record(List<RunRecord> records, Optional<String> run) {
    return records.stream()
        .filter(record -> run.isEmpty() || run.get().equals(record.runId()))
        .filter(record -> record.model() != null && record.model().labels() != null)
        .findFirst();
  }

  /**
   * The labels that predictions have indices of.
   *
   * @param given place of those that are given
   * @throws InputException if they are not known
   */
  public static LabelUniverse labels(
      String location,
      Optional<RunRecord> record,
      Optional<String> given,
      Configuration configuration) {
    return given
        .map(place -> LabelUniverse.read(place, configuration))
        .or(() -> record.map(run -> LabelUniverse.of(run.model().labels())))
        .orElseThrow(
            () ->
                new InputException(
                    "The labels of the predictions %s are not known, since no run record lies beside them: name the model, or a file with one label a line in index order, with --labels."
                        .formatted(location)));
  }
}
