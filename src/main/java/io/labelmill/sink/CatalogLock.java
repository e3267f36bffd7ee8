package io.labelmill.sink;

import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the lock of a catalog table is: in a folder of the name of database and table, however it
 * was written, beside the tables of its database. All who see the table see it, whatever they have
 * as {@code --run-dir}.
 */
final class CatalogLock {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogLock.class);
  private static final String SESSION_CATALOG = "spark_catalog";

  /** A part of a name, in back quotes where it has a dot or others of its own. */
  private static final Pattern PART = Pattern.compile("`((?:[^`]|``)+)`|([^.`]+)");

  private CatalogLock() {}

  /**
   * @param table as the user named it
   * @param runFolder in which the lock is where the catalog has no folder for it
   */
  static Path folder(SparkSession spark, String table, String runFolder) {
    List<String> name = fullName(spark, table);
    Optional<Path> beside = warehouse(spark, name.get(0)).or(() -> database(spark, name));
    if (beside.isEmpty()) {
      LOG.warn(
          "The catalog has no folder for {} yet: its lock is in {}, and keeps only those runs away"
              + " that have the same --run-dir",
          table,
          Location.redacted(runFolder));
    }
    // Each session may call a catalog otherwise; its folder is the same to all.
    List<String> told = beside.isPresent() ? name.subList(1, name.size()) : name;
    return new Path(
        new Path(beside.orElseGet(() -> Location.of(runFolder).hadoop()), OutputPlace.NAME),
        URLEncoder.encode(String.join(".", told), StandardCharsets.UTF_8));
  }

  /** Catalog, database and table; in lower case, since some catalogs make no difference. */
  private static List<String> fullName(SparkSession spark, String table) {
    return parts(spark, table).stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
  }

  /** Catalog, database and table, without quotes. */
  static List<String> parts(SparkSession spark, String table) {
    List<String> parts = new ArrayList<>();
    Matcher part = PART.matcher(table);
    while (part.find()) {
      parts.add(part.group(1) == null ? part.group(2) : part.group(1).replace("``", "`"));
    }
    if (parts.size() == 1) {
      parts.add(0, spark.catalog().currentDatabase());
    }
    if (parts.size() == 2 && !isCatalog(spark, parts.get(0))) {
      parts.add(0, spark.catalog().currentCatalog());
    }
    return parts;
  }

  private static boolean isCatalog(SparkSession spark, String name) {
    return name.equalsIgnoreCase(SESSION_CATALOG)
        || spark.conf().contains("spark.sql.catalog." + name);
  }

  /** The folder that a catalog was given for all its tables, if it is one. */
  private static Optional<Path> warehouse(SparkSession spark, String catalog) {
    String key = "spark.sql.catalog." + catalog + ".warehouse";
    return Optional.ofNullable(spark.conf().contains(key) ? spark.conf().get(key) : null)
        .filter(folder -> folder.contains("/"))
        .map(folder -> Location.of(folder).hadoop());
  }

  /** The folder of a database, if it is there and has one. */
  private static Optional<Path> database(SparkSession spark, List<String> name) {
    String database =
        name.subList(0, name.size() - 1).stream()
            .map(Columns::quoted)
            .collect(Collectors.joining("."));
    try {
      return Optional.ofNullable(spark.catalog().getDatabase(database).locationUri())
          .filter(folder -> !folder.isBlank())
          .map(folder -> Location.of(folder).hadoop());
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare, for a database that is not there, too.
      return Optional.empty();
    }
  }
}
