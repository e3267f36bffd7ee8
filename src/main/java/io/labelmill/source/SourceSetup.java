package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.table.Location;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What sources of all kinds have in common. For the driver's thread alone. */
final class SourceSetup {
  private final SparkSession spark;
  private final SourceOptions options;
  private final Configuration configuration;
  private Broadcast<HadoopConfiguration> broadcast;

  SourceSetup(SparkSession spark, SourceOptions options) {
    this.spark = spark;
    this.options = options;
    this.configuration = new Configuration(spark.sparkContext().hadoopConfiguration());
    ReadSettings.of(options).put(configuration);
  }

  SparkSession spark() {
    return spark;
  }

  SourceOptions options() {
    return options;
  }

  /** That of the tasks, on the driver. */
  Configuration configuration() {
    return configuration;
  }

  /** The configuration with which tasks open images, sent when it is first asked for. */
  Broadcast<HadoopConfiguration> broadcast() {
    if (broadcast == null) {
      broadcast =
          JavaSparkContext.fromSparkContext(spark.sparkContext())
              .broadcast(new HadoopConfiguration(configuration));
    }
    return broadcast;
  }

  void close() {
    if (broadcast != null) {
      broadcast.destroy();
      broadcast = null;
    }
  }

  /** Inputs as descriptions name them: the first, since they are read in a column. */
  String named() {
    List<String> inputs = options.inputs();
    String first = Location.redacted(inputs.get(0));
    return inputs.size() == 1 ? first : first + " and " + (inputs.size() - 1) + " more";
  }

  /**
   * What a kind of source plans, told to the user where it fails by their mistake.
   *
   * @param hasNone whether the input itself is empty, asked where the plan is
   */
  Plan planned(Supplier<Plan> planning, Optional<Dataset<Row>> committed, BooleanSupplier hasNone) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Put the images of " + named() + " in order");
      Plan plan = planning.get();
      if (plan.rows() == 0 && (committed.isEmpty() || hasNone.getAsBoolean())) {
        throw new InputException(emptiness());
      }
      Seam.PLANNED.reached();
      return plan;
    } catch (Exception e) {
      // Spark throws what Java signatures do not declare.
      Optional<RuntimeException> unread = Failures.ofInput(options.inputs(), e);
      if (unread.isPresent()) {
        throw unread.get();
      }
      throw e;
    }
  }

  private String emptiness() {
    return "The input "
        + String.join(", ", options.inputs())
        + " has no images"
        + (options.isNarrowed()
            ? " that --include, --exclude, --sample and --modified-after let through."
            : ".");
  }

  /** Rows that are computed once: Spark evaluates what it sorts twice, and would list twice. */
  Dataset<Row> stored(Dataset<Row> rows, Path folder, String description) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(description);
      rows.write().parquet(folder.toString());
    }
    Seam.LISTED.reached();
    return spark.read().schema(rows.schema()).parquet(folder.toString());
  }

  /** The images that a table lacks, where they are few. */
  List<Row> collected(Dataset<Row> missing) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say(lacking());
      List<Row> rows = missing.collectAsList();
      Seam.LISTED.reached();
      return rows;
    }
  }

  private String lacking() {
    return "Find the images of " + named() + " that the table lacks";
  }

  /** The plan of what a table lacks, in an order that a column of it has. */
  PathPlan planMissing(Dataset<Row> missing, String order, Path folder) {
    return PathPlan.write(
        spark,
        stored(missing, new Path(folder, "missing"), lacking()).orderBy(order).drop(PathPlan.ID),
        new Path(folder, "plan"),
        java.util.OptionalLong.empty());
  }
}
