package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.table.Location;
import io.labelmill.table.Separator;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One input, found and recognised. */
sealed interface Input {
  String given();

  /** What several of its kind are called. */
  String plural();

  /** Files that are images each. */
  record Images(String given, Listing.Root root) implements Input {
    @Override
    public String plural() {
      return "images";
    }
  }

  /** Archives that hold images. */
  record Archives(String given, Listing.Root root) implements Input {
    @Override
    public String plural() {
      return "archives";
    }
  }

  /** Rows that name images or hold them. */
  sealed interface Table extends Input {
    @Override
    default String plural() {
      return "tables";
    }

    /** What it is read as, for messages. */
    String format();

    /** Where its files are, where it has files of its own. */
    default Optional<Listing.Root> root() {
      return Optional.empty();
    }

    /** Of its files, where they were looked at. */
    default OptionalLong bytes() {
      return OptionalLong.empty();
    }

    /**
     * What its files tell of their columns beside their schema.
     *
     * @throws RuntimeException as {@link Cause#failure}, when they cannot be read
     */
    default TableNotes notes(SourceSetup setup, Dataset<Row> rows) {
      return TableNotes.NONE;
    }

    /** As {@link #rows}, but whatever Spark throws is thrown. */
    Dataset<Row> read(SparkSession spark);

    /**
     * The rows; no file is read beyond what tells the schema.
     *
     * @throws RuntimeException as {@link Cause#failure}, when Spark cannot read it
     */
    default Dataset<Row> rows(SparkSession spark) {
      try {
        return read(spark);
      } catch (InputException e) {
        throw e;
      } catch (Exception e) {
        // Spark throws what Java signatures do not declare; all it did was to look at the input.
        throw Cause.failure(
            "The input " + given() + " cannot be read as " + format() + ": " + Failures.reason(e),
            e);
      }
    }
  }

  /** A table of Spark's catalog. */
  record Catalog(String given) implements Table {
    @Override
    public String format() {
      return "table";
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
      return spark.table(Location.of(given).table());
    }
  }

  /** Files of a format that every command knows. */
  record Files(String given, TableFiles files, Optional<Listing.Root> root, OptionalLong bytes)
      implements Table {
    @Override
    public String format() {
      return files.format().formatName();
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
      Dataset<Row> rows = files.read(spark);
      String[] columns = rows.columns();
      if (files.format().isDelimited() && files.separator().isEmpty() && columns.length == 1) {
        Separator.in(columns[0], files.format().separator())
            .ifPresent(
                other -> {
                  throw new InputException(
                      "The input %s has one column, %s, and %s"
                          .formatted(given, columns[0], other.inName()));
                });
      }
      return rows;
    }

    @Override
    public TableNotes notes(SourceSetup setup, Dataset<Row> rows) {
      try {
        return TableNotes.of(files, setup, rows);
      } catch (IOException e) {
        throw Cause.failure(
            "The input " + given + " cannot be read as " + format() + ": " + Failures.reason(e), e);
      }
    }
  }

  /**
   * What any data source of Spark reads.
   *
   * @param path for Spark's reader
   */
  record Other(String given, String format, String path, Optional<Listing.Root> root)
      implements Table {
    @Override
    public Dataset<Row> read(SparkSession spark) {
      return spark.read().format(format).load(path);
    }
  }

  /** Requests to an endpoint of Azure ML, in files that hold a table or are a body each. */
  record Azure(Files files) implements Table {
    @Override
    public String given() {
      return files.given();
    }

    @Override
    public String format() {
      return AzureBodies.FORMAT + " " + files.format();
    }

    @Override
    public Optional<Listing.Root> root() {
      return files.root();
    }

    @Override
    public OptionalLong bytes() {
      return files.bytes();
    }

    @Override
    public Dataset<Row> read(SparkSession spark) {
      return files.files().format() == TableFormat.CSV
          ? AzureBodies.ofCsv(files.read(spark), given())
          : AzureBodies.ofJson(spark, files.files().paths().get(0));
    }
  }
}
