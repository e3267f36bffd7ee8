package io.labelmill.evaluate;

import io.labelmill.evaluate.pass.Contenders;
import io.labelmill.evaluate.pass.SegmentContender;
import io.labelmill.evaluate.read.MapFiles;
import io.labelmill.evaluate.read.MaskTable;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.write.ResultFolder;
import io.labelmill.evaluate.write.SegmentReport;
import io.labelmill.evaluate.write.SegmentTables;
import io.labelmill.source.JobDescriptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Holds masks against label maps and writes what came out: {@code metrics.json}, {@code
 * per_label.parquet}, {@code confusion.parquet} in pixels, {@code per_image.parquet} and {@code
 * report.html}. A second run replaces them. Used on the driver by one thread.
 */
public final class SegmentEvaluation {
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
    SegmentTables tables = new SegmentTables(first);
    ResultFolder output = new ResultFolder(options.output(), configuration);
    output.save(tables.images(), "per_image.parquet");
    output.save(tables.labels(spark).coalesce(1), "per_label.parquet");
    output.save(tables.confusion(spark).coalesce(1), "confusion.parquet");
    Instant now = Instant.now();
    output.write("metrics.json", SegmentTables.json(contenders, now));
    JobDescriptions.say(spark, "Draw the report");
    SegmentReport report = new SegmentReport(contenders, options, configuration);
    output.write("report.html", report.html(now));
    return new EvaluationResult(
        output.path(),
        contenders.stream()
            .map(one -> new EvaluationResult.Contender(one.name(), one.metrics(), one.notes()))
            .toList(),
        Optional.empty());
  }
}
