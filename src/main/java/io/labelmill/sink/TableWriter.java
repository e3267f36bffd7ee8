package io.labelmill.sink;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** How rows come into a table of one kind. Used on the driver by one thread. */
sealed interface TableWriter
    permits FileTable, DataSourceTable, CatalogTable, AzureAnswers, StagedTable {

  /**
   * What writers of all kinds know.
   *
   * @param rows columns of the rows to come
   * @param folder where the run keeps what is beside the table
   */
  record Output(SparkSession spark, OutputOptions options, StructType rows, OutputFolder folder) {
    Configuration configuration() {
      return spark.sparkContext().hadoopConfiguration();
    }

    /** The class by which Spark commits files. */
    String commitProtocol() {
      // Without a default of ours: Spark checks that one, too.
      return spark.conf().get("spark.sql.sources.commitProtocolClass");
    }

    SchemaFit fit() {
      return new SchemaFit(options.output(), rows, options.partitionBy());
    }
  }

  record Added(WaveCounts counts, long bytes) {}

  /** The writer of an output that a user named. */
  static TableWriter of(Output output) {
    return of(output, CatalogTable.Replacing.ANEW);
  }

  /** The writer of a table that gets other rows and stays what it is. */
  static TableWriter reopened(Output output) {
    return of(output, CatalogTable.Replacing.IN_PLACE);
  }

  private static TableWriter of(Output output, CatalogTable.Replacing replacing) {
    OutputOptions options = output.options();
    if (options.isAzure()) {
      return new StagedTable(output, new AzureAnswers(output));
    }
    TableWriter table =
        options.table().isPresent()
            ? new CatalogTable(output, replacing)
            : options.files().isPresent() ? FileTable.of(output) : new DataSourceTable(output);
    return options.ifExists() == IfExists.OVERWRITE ? new StagedTable(output, table) : table;
  }

  /**
   * Takes from runs that lost the output what they could still commit to the table, where that does
   * not lie in their folders.
   *
   * @param runs their ids; none when the run before has ended
   */
  default void fence(List<String> runs) throws IOException {}

  boolean exists() throws IOException;

  /**
   * Changes nothing.
   *
   * @throws InputException when no table of this kind holds such rows
   */
  void checkRows();

  /**
   * Looks at the table that there is, and changes nothing.
   *
   * @throws InputException when the run can't add its rows, or can't put them in the place of what
   *     there is
   */
  void checkExisting() throws IOException;

  /**
   * Looks at the table that there is, and changes nothing.
   *
   * @throws InputException when it holds what must not be deleted
   */
  default void checkReplaceable() throws IOException {}

  Dataset<Row> rows();

  /** The number of data files of the table; empty for tables that are more than their files. */
  default OptionalLong files() throws IOException {
    return OptionalLong.empty();
  }

  /**
   * Computes the rows of a wave and adds them.
   *
   * @param expected their number
   * @throws IllegalStateException when they are others in number
   */
  Added add(Dataset<Row> wave, long expected) throws IOException;

  /** Puts a table that the run collected out of sight in the place of the one that there is. */
  void replace(FileTable staged) throws IOException;

  /** The last wave is added. */
  void finish() throws IOException;
}
