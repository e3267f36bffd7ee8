package io.labelmill.sink;

import io.labelmill.table.Columns;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How commits to Iceberg are fenced, by what it has to audit rows before readers see them: a wave
 * is staged under an id, and published by that id, which succeeds once.
 *
 * <p>A run looks at its lock between both. Who takes the output over publishes what the run before
 * has staged: a look that found the lock held came after the staging, so whatever may yet be
 * published is published now, and seen; the run before, when it goes on, finds its id used.
 */
final class IcebergPublication {
  static final String FORMAT = "iceberg";

  /** The key of the id under which a session stages. */
  static final String STAGE = "spark.wap.id";

  private static final Logger LOG = LoggerFactory.getLogger(IcebergPublication.class);
  private static final String STAGED = "summary['wap.id']";
  private static final String PUBLISHED = "summary['published-wap-id']";

  private final SparkSession spark;
  private final String table;
  private final List<String> name;

  IcebergPublication(SparkSession spark, String table) {
    this.spark = spark;
    this.table = table;
    this.name = CatalogLock.parts(spark, table);
  }

  /** The id of a commit of a run. */
  static String id(String run, long commit) {
    return prefix(run) + commit;
  }

  private static String prefix(String run) {
    return "labelmill-" + run + "-";
  }

  /** Whether its catalog can publish; Spark 3.5 has procedures by Iceberg's extensions alone. */
  boolean isPossible() {
    String unknown = id("none", 0);
    try {
      publish(unknown);
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare. Of an id that nobody has, it says so.
      if (String.valueOf(e.getMessage()).contains(unknown)
          && String.valueOf(e.getMessage()).contains("WAP")) {
        return true;
      }
      LOG.warn(
          "The catalog of {} can't publish staged rows: a run that is paused within a commit, and"
              + " whose output another takes over, commits its rows when it goes on ({})",
          table,
          e.toString().lines().findFirst().orElse(""));
    }
    return false;
  }

  /** Lets a session stage in the table, which others are not touched by. */
  void allow() {
    spark.sql("ALTER TABLE %s SET TBLPROPERTIES ('write.wap.enabled' = 'true')".formatted(table));
  }

  /** Settings of a session that stages under an id. */
  static Map<String, String> staging(String id) {
    return Map.of(STAGE, id);
  }

  /** Makes what is staged under an id visible; fails where that was done before. */
  void publish(String id) {
    spark.sql(
        "CALL %s.system.publish_changes(table => '%s', wap_id => '%s')"
            .formatted(
                Columns.quoted(name.get(0)),
                // With the catalog: else Iceberg looks for one of the database's name.
                name.stream()
                    .map(Columns::quoted)
                    .collect(Collectors.joining("."))
                    .replace("'", "\\'"),
                id));
  }

  /** Makes visible what a run has staged, and did not. */
  void publishAll(String run) {
    List<String> open = open(run);
    for (String id : open) {
      LOG.info("Publishing {}, which a run had staged that ended early", id);
      try {
        publish(id);
      } catch (Exception e) {
        // Spark throws what Java signatures do not declare. The run went on, and was faster.
        if (open(run).contains(id)) {
          throw e;
        }
      }
    }
  }

  private List<String> open(String run) {
    Dataset<Row> snapshots = spark.table(table + ".snapshots");
    List<String> published =
        snapshots
            .selectExpr(PUBLISHED)
            .union(
                snapshots
                    .join(spark.table(table + ".history").select("snapshot_id"), "snapshot_id")
                    .selectExpr(STAGED))
            .na()
            .drop()
            .collectAsList()
            .stream()
            .map(row -> row.getString(0))
            .toList();
    return snapshots
        .orderBy("committed_at")
        .filter(functions.expr(STAGED).startsWith(prefix(run)))
        .selectExpr(STAGED)
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .filter(id -> !published.contains(id))
        .toList();
  }
}
