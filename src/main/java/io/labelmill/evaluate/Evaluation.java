package io.labelmill.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.pass.Contender;
import io.labelmill.evaluate.pass.Contenders;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.Leakage;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.PredictionTable;
import io.labelmill.evaluate.read.truth.KnownLabels;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.evaluate.read.truth.Truth;
import io.labelmill.evaluate.write.AzureMetrics;
import io.labelmill.evaluate.write.Comparison;
import io.labelmill.evaluate.write.MetricsJson;
import io.labelmill.evaluate.write.PerImageTable;
import io.labelmill.evaluate.write.PerLabelTable;
import io.labelmill.evaluate.write.Report;
import io.labelmill.evaluate.write.ResultFolder;
import io.labelmill.score.Threshold;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Compares score tables with truth and writes what came out: {@code metrics.json}, {@code
 * per_label.parquet}, {@code confusion.parquet}, {@code per_image.parquet}, {@code thresholds.json}
 * for several labels, {@code disagreements.parquet} for several contenders, and {@code
 * report.html}. A second run replaces them.
 */
public final class Evaluation {
  /** Rows of {@code per_image.parquet} that a file holds, about. */
  private static final long IMAGES_A_FILE = 250_000;

  private final SparkSession spark;
  private final EvaluateOptions options;
  private final Consumer<String> told;
  private final Configuration configuration;
  private final Set<String> tellings = new HashSet<>();
  private Truth truth;

  public Evaluation(SparkSession spark, EvaluateOptions options) {
    this(spark, options, line -> {});
  }

  /**
   * @param told is given the lines that say what the truth was taken for, before anything is
   *     compared with it
   */
  public Evaluation(SparkSession spark, EvaluateOptions options, Consumer<String> told) {
    this.spark = spark;
    this.options = options;
    this.told = told;
    this.configuration = spark.sparkContext().hadoopConfiguration();
  }

  /**
   * Looks at the truth alone, which is what an evaluation begins with: for callers that make the
   * predictions after it.
   *
   * @param labels of the model that is going to make them, where they are known
   * @throws InputException when it is missing or bad
   */
  public void lookAtTruth(Optional<LabelUniverse> labels) {
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Look at the truth " + options.truth().location());
      truth = Truth.open(spark, options.truth());
    }
    if (labels.isPresent()) {
      tell(understood(KnownLabels.of(labels.get(), options.truth(), configuration)));
    }
  }

  private List<String> understood(KnownLabels known) {
    return truth.understood(truth.coding(Optional.of(known)), options.key());
  }

  /** Several contenders of the same labels are told the same. */
  private void tell(List<String> lines) {
    lines.stream().filter(tellings::add).forEach(told);
  }

  /**
   * Evaluates and writes.
   *
   * @throws InputException when input is missing or bad, or the output cannot be written; nothing
   *     is written then but by the latter
   */
  public EvaluationResult run() {
    Optional<AzureMetrics.Configuration> azure =
        options.evaluationConfig().map(this::evaluationConfig);
    Optional<Threshold> threshold =
        options.threshold().or(() -> azure.flatMap(Evaluation::threshold));
    List<Evaluated> contenders = new ArrayList<>();
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      if (truth == null) {
        lookAtTruth(Optional.empty());
      }
      for (String location : options.predictions()) {
        jobs.say("Look at the predictions " + location);
        PredictionTable table = PredictionTable.open(spark, location);
        for (Optional<String> run : Contenders.runs(options.runs())) {
          Contender contender = new Contender(spark, options, threshold, table, run);
          tell(understood(contender.known()));
          contenders.add(contender.evaluate(truth));
        }
      }
      return write(
          Contenders.distinct(
              contenders, Evaluated::name, Evaluated::predictions, Evaluated::named),
          azure);
    } finally {
      contenders.forEach(contender -> contender.examples().unpersist());
    }
  }

  private EvaluationResult write(
      List<Evaluated> contenders, Optional<AzureMetrics.Configuration> azure) {
    Evaluated first = contenders.get(0);
    ResultFolder output = new ResultFolder(options.output(), configuration);
    JobDescriptions.say(spark, "Write the tables per_image, per_label and confusion");
    // The rows are in memory: fewer tasks write them as fast, and one image has no file for itself.
    int files = (int) (first.state().images() / IMAGES_A_FILE) + 1;
    output.save(PerImageTable.of(first).coalesce(files), "per_image.parquet");
    List<Row> labels = PerLabelTable.rows(first);
    output.save(
        spark.createDataFrame(labels, PerLabelTable.SCHEMA).coalesce(1), "per_label.parquet");
    output.save(PerLabelTable.confusion(spark, first).coalesce(1), "confusion.parquet");
    Optional<Comparison> comparison = Optional.empty();
    if (contenders.size() > 1) {
      JobDescriptions.say(spark, "Compare the contenders image by image");
      comparison = Optional.of(Comparison.of(contenders));
      output.save(comparison.get().rows(), "disagreements.parquet");
    }
    Optional<Leakage> leakage = Optional.empty();
    if (options.trainingList().isPresent()) {
      JobDescriptions.say(spark, "Look for training images among those evaluated");
      leakage = Optional.of(Leakage.check(spark, first.examples(), options.trainingList().get()));
    }
    Instant now = Instant.now();
    ObjectNode metrics = MetricsJson.of(contenders, azure, comparison, leakage, now);
    output.write("metrics.json", metrics);
    first
        .fitted()
        .ifPresent(
            fitted -> output.write("thresholds.json", MetricsJson.thresholds(first, fitted)));
    JobDescriptions.say(spark, "Draw the report");
    Report report =
        new Report(contenders, comparison, leakage, options.thumbnails(), configuration);
    output.write("report.html", report.html(options.truth().location(), now));
    comparison.ifPresent(all -> all.rows().unpersist());
    return new EvaluationResult(
        output.path(),
        contenders.stream()
            .map(one -> new EvaluationResult.Contender(one.name(), one.metrics(), one.notes()))
            .toList(),
        leakage.flatMap(Leakage::warning));
  }

  private AzureMetrics.Configuration evaluationConfig(String location) {
    Path path = Location.of(location).hadoop();
    try (var in = path.getFileSystem(configuration).open(path)) {
      return AzureMetrics.Configuration.parse(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), location);
    } catch (IOException e) {
      throw Cause.ofArgument("evaluation config " + location + " cannot be read: " + e, e);
    }
  }

  /** Of the file; one of the command line wins over it. */
  private static Optional<Threshold> threshold(AzureMetrics.Configuration azure) {
    OptionalDouble value = azure.threshold();
    return value.isPresent() ? Optional.of(Threshold.of(value.getAsDouble())) : Optional.empty();
  }
}
