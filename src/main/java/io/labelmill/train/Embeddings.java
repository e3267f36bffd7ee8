package io.labelmill.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.ResultTable;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.graph.Network;
import io.labelmill.graph.Pooling;
import io.labelmill.sink.RunRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.StructType;

/**
 * The current rows of a table that {@code jobs/embed} wrote: those of each path's newest run.
 *
 * @param rows with path, status, content_version and embedding, a path once
 * @param runs that wrote them
 */
record Embeddings(Dataset<Row> rows, List<String> runs) {
  private static final List<String> COLUMNS =
      List.of("path", "status", "embedding", "content_version", "model", "model_sha256", "run_id");

  private static final StructType SUMMARY =
      StructType.fromDDL(
          """
          path STRING, status STRING, version STRING, finite BOOLEAN, length INT
          """);

  /**
   * Opens a table and checks that its vectors are those that the classifier of a model takes.
   *
   * @param pooling that the classifier takes
   * @throws InputException when it is no table of embeddings, or of other ones
   */
  static Embeddings open(
      SparkSession spark, String location, Checkpoint backbone, Pooling pooling) {
    Dataset<Row> table = ResultTable.read(spark, location, "embeddings");
    List<String> missing = new ArrayList<>(COLUMNS);
    missing.removeAll(List.of(table.columns()));
    if (!missing.isEmpty()) {
      throw new InputException(
          "The embeddings %s have no column %s: name a table that jobs/embed wrote."
              .formatted(location, String.join(", ", missing)));
    }
    Dataset<Row> rows =
        table
            .select(
                COLUMNS.stream().map(name -> col(name)).toArray(org.apache.spark.sql.Column[]::new))
            .filter(col("path").isNotNull())
            .withColumn("newest", max("run_id").over(Window.partitionBy("path")))
            .filter(col("run_id").equalTo(col("newest")))
            .dropDuplicates("path");
    Map<String, String> models = new TreeMap<>();
    List<String> runs = new ArrayList<>();
    for (Row row : rows.select("model", "model_sha256", "run_id").distinct().collectAsList()) {
      models.put(row.getString(1), row.getString(0));
      runs.add(row.getString(2));
    }
    List<String> problems = new ArrayList<>();
    models.forEach(
        (sha256, name) -> {
          if (!sha256.equals(backbone.sha256())) {
            problems.add(
                ("The embeddings %s are of the model %s (sha256 %s), not of %s (sha256 %s): a"
                        + " head for the one says nothing about the other. Name the model that made"
                        + " them, or embed the images with this one.")
                    .formatted(location, name, sha256, backbone.name(), backbone.sha256()));
          }
        });
    if (problems.isEmpty()) {
      List<RunRecord> records =
          ResultTable.records(location, spark.sparkContext().hadoopConfiguration());
      runs.stream()
          .sorted()
          .forEach(run -> check(location, run, records, backbone, pooling, problems));
    }
    InputException.throwIfAny(problems);
    return new Embeddings(
        rows.select("path", "status", "content_version", "embedding"),
        runs.stream().sorted().toList());
  }

  private static void check(
      String location,
      String run,
      List<RunRecord> records,
      Checkpoint backbone,
      Pooling pooling,
      List<String> problems) {
    Optional<RunRecord> record =
        records.stream().filter(one -> one.runId().equals(run)).findFirst();
    if (record.isEmpty()) {
      problems.add(
          ("The embeddings %s were written by the run %s, whose record is not beside them: it"
                  + " says whether they are the vectors that a classifier takes. Keep the folder"
                  + " _labelmill with the table, or embed again.")
              .formatted(location, run));
      return;
    }
    String normalize = record.get().configuration().getOrDefault("normalize", "none");
    if (!normalize.equals("none")) {
      problems.add(
          ("The embeddings %s were written with --normalize %s, but a classifier takes vectors as"
                  + " they are: embed with --normalize none.")
              .formatted(location, normalize));
    }
    checkSetting(record.get(), location, "precision", List.of("auto", "fp32"), problems);
    checkSetting(record.get(), location, "orientation", List.of("upright"), problems);
    checkOriginal(
        location,
        "--resize-backend",
        record.get().resizeBackend(),
        "the pictures of " + backbone.name() + " are resized by ",
        backbone.processor().backend().word(),
        problems);
    Network.of(backbone.config(), backbone.weights())
        .positionBias()
        .ifPresent(
            bias ->
                checkOriginal(
                    location,
                    "--position-bias",
                    record.get().positionBias(),
                    "the relative positions of " + backbone.name() + " are read as by ",
                    bias.word(),
                    problems));
    String pool = record.get().configuration().getOrDefault("pool", "auto");
    Optional<Pooling> own = Network.of(backbone.config(), backbone.weights()).pooling();
    Pooling vector =
        pool.equals("auto") ? own.orElse(null) : Pooling.valueOf(pool.toUpperCase(Locale.ROOT));
    if (!Objects.equals(vector, pooling)) {
      problems.add(
          ("The embeddings %s were written with --pool %s, but the classifier of %s takes another"
                  + " vector: embed with --pool %s.")
              .formatted(location, pool, backbone.name(), pooling.name().toLowerCase(Locale.ROOT)));
    }
  }

  /**
   * @param written what the run did, null where its record does not say
   */
  private static void checkOriginal(
      String location,
      String option,
      String written,
      String otherwise,
      String now,
      List<String> problems) {
    if (written != null && !written.equals(now)) {
      problems.add(
          "The embeddings %s were written with %s %s, but %s%s: say %s %s, or embed again."
              .formatted(location, option, written, otherwise, now, option, written));
    }
  }

  /** A head is scored with the defaults, so it must not be fitted with anything else. */
  private static void checkSetting(
      RunRecord record, String location, String option, List<String> same, List<String> problems) {
    String given = record.configuration().getOrDefault(option, same.get(0));
    if (!same.contains(given)) {
      problems.add(
          "The embeddings %s were written with --%s %s: embed without it."
              .formatted(location, option, given));
    }
  }

  /** All of it but the numbers, on the driver. */
  List<TrainingSet.Embedded> summaries(PathKey key) {
    return rows.map(new Summary(), Encoders.row(SUMMARY)).collectAsList().stream()
        .map(
            row ->
                new TrainingSet.Embedded(
                    key.key(row.getString(0)),
                    row.getString(0),
                    row.getString(1),
                    row.isNullAt(2) ? "" : row.getString(2),
                    row.getBoolean(3),
                    row.getInt(4)))
        .toList();
  }

  private static final class Summary implements MapFunction<Row, Row>, Serializable {
    @Override
    public Row call(Row row) {
      boolean finite = true;
      int length = 0;
      if (!row.isNullAt(3)) {
        for (Object value : row.getList(3)) {
          finite &= value instanceof Number number && Double.isFinite(number.doubleValue());
          length++;
        }
      }
      return RowFactory.create(row.getString(0), row.getString(1), row.get(2), finite, length);
    }
  }
}
