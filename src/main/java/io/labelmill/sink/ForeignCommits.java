package io.labelmill.sink;

import io.labelmill.source.Seam;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RuntimeConfig;

/**
 * Commits to a table that somebody else's code makes.
 *
 * <p>The rows of a wave are computed into files of the run first: so they are counted without a
 * look at the table, and no more than reading them lies between the look at the lock and the
 * commit.
 *
 * <p>What a paused run can still do then: where Spark itself commits files, with Delta Lake, and
 * with Iceberg in a catalog, nothing, as {@link FencedFileCommitter}, {@link DeltaTransactions} and
 * {@link IcebergPublication} tell. Others know no way to make a commit depend on anything: there a
 * run that is paused within their commit, after its look at the lock, commits when it goes on, and
 * its rows are there twice.
 */
final class ForeignCommits {
  private final TableWriter.Output output;
  private long commits;

  /** Null where rows are not staged. */
  private IcebergPublication iceberg;

  private boolean isIcebergKnown;

  /** Saves rows somewhere. */
  @FunctionalInterface
  interface Commit {
    void by(DataFrameWriter<Row> writer) throws IOException;
  }

  ForeignCommits(TableWriter.Output output) {
    this.output = output;
  }

  /**
   * Computes rows, counts them, and commits them.
   *
   * @param provider the data source that commits
   * @param table its folder
   */
  TableWriter.Added add(
      Dataset<Row> rows, long expected, String provider, Optional<Path> table, Commit commit)
      throws IOException {
    output.folder().deleteStaging();
    FileTable files = FileTable.staged(output);
    TableWriter.Added added = files.add(rows, expected);
    if (provider.equals(IcebergPublication.FORMAT) && canPublish()) {
      publish(files.rows(), commit);
    } else {
      commit(files.rows(), provider, table, commit);
    }
    return added;
  }

  private boolean canPublish() {
    if (!isIcebergKnown) {
      isIcebergKnown = true;
      iceberg =
          output
              .options()
              .table()
              .map(name -> new IcebergPublication(output.spark(), name))
              .filter(IcebergPublication::isPossible)
              .orElse(null);
      if (iceberg != null) {
        iceberg.allow();
      }
    }
    return iceberg != null;
  }

  private void publish(Dataset<Row> rows, Commit commit) throws IOException {
    commits++;
    String id = IcebergPublication.id(output.folder().runId(), commits);
    with(IcebergPublication.staging(id), () -> commit.by(rows.write()));
    output.folder().assertHeld();
    Seam.COMMITTING.reached();
    iceberg.publish(id);
    output.folder().assertHeld();
  }

  void commit(Dataset<Row> rows, String provider, Optional<Path> table, Commit commit)
      throws IOException {
    DataFrameWriter<Row> writer = rows.write();
    String run = output.folder().runId();
    commits++;
    Map<String, String> settings = Map.of();
    if (provider.equals(DeltaTransactions.FORMAT)) {
      writer.options(DeltaTransactions.of(run, commits));
    } else if (mayRename(table)) {
      settings = FencedFileCommitter.settings(run);
    }
    output.folder().assertHeld();
    Seam.COMMITTING.reached();
    with(settings, () -> commit.by(writer));
    output.folder().assertHeld();
  }

  private boolean mayRename(Optional<Path> table) {
    String protocol = output.commitProtocol();
    return table
        .map(folder -> MagicCommitter.mayRename(protocol, folder, output.configuration()))
        .orElseGet(() -> MagicCommitter.renames(protocol));
  }

  private interface Action {
    void run() throws IOException;
  }

  /** Does something under settings of the session, of which there is one in a process. */
  private void with(Map<String, String> settings, Action action) throws IOException {
    RuntimeConfig session = output.spark().conf();
    Map<String, String> before = new HashMap<>();
    settings.keySet().stream()
        .filter(session::contains)
        .forEach(key -> before.put(key, session.get(key)));
    try {
      settings.forEach(session::set);
      action.run();
    } finally {
      settings.keySet().forEach(session::unset);
      before.forEach(session::set);
    }
  }
}
