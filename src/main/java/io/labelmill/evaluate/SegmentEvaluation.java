package io.labelmill.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.evaluate.pass.Contenders;
import io.labelmill.evaluate.pass.MaskComparison;
import io.labelmill.evaluate.pass.SegmentContender;
import io.labelmill.evaluate.read.MapFiles;
import io.labelmill.evaluate.read.MaskTable;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.write.MetricsJson;
import io.labelmill.evaluate.write.SegmentReport;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Holds masks against label maps and writes what came out: {@code metrics.json}, {@code
 * per_label.parquet}, {@code confusion.parquet} in pixels, {@code per_image.parquet} and {@code
 * report.html}. A second run replaces them. Used on the driver by one thread.
 */
public final class SegmentEvaluation {
  private static final StructType PER_LABEL =
      new StructType()
          .add("index", DataTypes.IntegerType)
          .add("label", DataTypes.StringType)
          .add("iou", DataTypes.DoubleType)
          .add("accuracy", DataTypes.DoubleType)
          .add("truth_pixels", DataTypes.LongType)
          .add("predicted_pixels", DataTypes.LongType)
          .add("right_pixels", DataTypes.LongType);

  private static final StructType CONFUSION =
      new StructType()
          .add("truth_index", DataTypes.IntegerType)
          .add("truth", DataTypes.StringType)
          .add("predicted_index", DataTypes.IntegerType)
          .add("predicted", DataTypes.StringType)
          .add("pixels", DataTypes.LongType);

  private final SparkSession spark;
  private final SegmentOptions options;
  private final Configuration configuration;

  public SegmentEvaluation(SparkSession spark, SegmentOptions options) {
    this.spark = spark;
    this.options = options;
    this.configuration = spark.sparkContext().hadoopConfiguration();
  }

  /**
   * Looks whether there is a truth, and whether it is known how it counts its labels, before masks
   * are made that would be held against it.
   *
   * @throws io.labelmill.error.InputException if not
   */
  public void lookAtTruth() {
    MapFiles.list(options.truth(), "truth", configuration);
    MaskTable.reduces(options.reduce(), options.models(), configuration);
  }

  /**
   * Evaluates and writes.
   *
   * @throws io.labelmill.error.InputException when input is missing or bad, or the output cannot be
   *     written; nothing is written then but by the latter
   */
  public EvaluationResult run() {
    List<SegmentContender> contenders = new ArrayList<>();
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Look at the truth " + options.truth());
      Map<String, String> truth = MapFiles.list(options.truth(), "truth", configuration);
      for (String location : options.predictions()) {
        jobs.say("Look at the predictions " + location);
        MaskTable masks = MaskTable.open(spark, location);
        for (Optional<String> run : Contenders.runs(options.runs())) {
          contenders.add(SegmentContender.compare(spark, options, masks, run, truth));
        }
      }
      return write(
          Contenders.distinct(
              contenders,
              SegmentContender::name,
              one -> one.masks().location(),
              SegmentContender::named));
    } finally {
      contenders.forEach(contender -> contender.examples().unpersist());
    }
  }

  private EvaluationResult write(List<SegmentContender> contenders) {
    SegmentContender first = contenders.get(0);
    JobDescriptions.say(spark, "Write the tables per_image, per_label and confusion");
    save(
        first
            .examples()
            .select(
                functions.col("path"),
                functions.col("truth"),
                functions.lower(functions.col("outcome")).as("outcome"),
                functions.col("remark"),
                functions.col("pixels"),
                functions.col(PixelCounts.AACC),
                functions.col(PixelCounts.MIOU)),
        "per_image.parquet");
    save(spark.createDataFrame(labelRows(first), PER_LABEL).coalesce(1), "per_label.parquet");
    save(spark.createDataFrame(confusion(first), CONFUSION).coalesce(1), "confusion.parquet");
    Instant now = Instant.now();
    write("metrics.json", json(contenders, now).toPrettyString() + "\n");
    JobDescriptions.say(spark, "Draw the report");
    SegmentReport report = new SegmentReport(contenders, options, configuration);
    write("report.html", report.html(now));
    return new EvaluationResult(
        Location.of(options.output()).hadoop().toString(),
        contenders.stream()
            .map(one -> new EvaluationResult.Contender(one.name(), one.metrics(), one.notes()))
            .toList(),
        Optional.empty());
  }

  private static List<Row> labelRows(SegmentContender contender) {
    List<Row> rows = new ArrayList<>();
    PixelCounts counts = contender.counts();
    for (int label = 0; label < counts.labels(); label++) {
      rows.add(
          RowFactory.create(
              label,
              contender.labels().name(label),
              counts.iou(label).orNull(),
              counts.accuracy(label).orNull(),
              counts.truth(label),
              counts.predicted(label),
              counts.right(label)));
    }
    return rows;
  }

  private static List<Row> confusion(SegmentContender contender) {
    List<Row> rows = new ArrayList<>();
    for (PixelCounts.Cell cell : contender.counts().cells()) {
      boolean isNone = cell.predicted() == contender.labels().size();
      rows.add(
          RowFactory.create(
              cell.truth(),
              contender.labels().name(cell.truth()),
              isNone ? null : cell.predicted(),
              isNone ? null : contender.labels().name(cell.predicted()),
              cell.pixels()));
    }
    return rows;
  }

  private static ObjectNode json(List<SegmentContender> contenders, Instant now) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("schema", MetricsJson.SCHEMA);
    root.put("created_at", now.toString());
    for (SegmentContender contender : contenders) {
      ObjectNode node = root.withArray("contenders").addObject();
      node.put("name", contender.name());
      node.put("predictions", contender.masks().location());
      node.put("problem", "segmentation");
      node.put("labels", contender.labels().size());
      node.put("reduce_labels", contender.reduces());
      node.put("failed_images", word(contender.failed()));
      ObjectNode images = node.putObject("images");
      ObjectNode listed = node.putObject("listed");
      images.put("evaluated", contender.evaluated());
      contender
          .outcomes()
          .forEach(
              (outcome, all) -> {
                images.put(word(outcome), all.count());
                if (outcome != MaskComparison.Outcome.COMPARED) {
                  all.names().forEach(listed.putArray(word(outcome))::add);
                }
              });
      contender.notes().forEach(node.putArray("notes")::add);
      ObjectNode metrics = node.putObject("metrics");
      ObjectNode undefined = node.putObject("undefined");
      ObjectNode over = node.putObject("averaged_over");
      contender
          .metrics()
          .asMap()
          .forEach(
              (name, metric) -> {
                metrics.put(name, metric.orNull());
                if (metric instanceof Metric.Undefined none) {
                  undefined.put(name, none.reason());
                } else if (metric instanceof Metric.Value value && value.classes() >= 0) {
                  over.put(name, value.classes());
                }
              });
    }
    return root;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void save(Dataset<Row> rows, String name) {
    rows.write()
        .mode(SaveMode.Overwrite)
        .parquet(Location.of(options.output()).below(name).toString());
  }

  private void write(String name, String content) {
    Path file = Location.of(options.output()).below(name);
    try (OutputStream out = file.getFileSystem(configuration).create(file, true)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw Cause.failure("The output " + file + " cannot be written: " + e, e);
    }
  }
}
