package io.labelmill.evaluate.pass;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.evaluate.pass.MaskComparison.Outcome;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.MapFiles;
import io.labelmill.evaluate.read.MaskTable;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.evaluate.read.truth.FirstNames;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * One table or folder of masks, or one run of it, held against the truth.
 *
 * @param name for people
 * @param run the only one whose masks count; empty for the newest of each path
 * @param reduces whether the truth counts its labels from 1
 * @param failed what images without a mask counted as
 * @param counts of all pixels
 * @param outcomes images by what became of them
 * @param examples rows of {@link MaskComparison#SCHEMA}, kept in memory until they are unpersisted
 */
public record SegmentContender(
    String name,
    MaskTable masks,
    Optional<String> run,
    LabelUniverse labels,
    boolean reduces,
    FailedImages failed,
    PixelCounts counts,
    Map<Outcome, FirstNames> outcomes,
    Dataset<Row> examples) {

  private static final StructType TRUTH =
      new StructType().add("key", DataTypes.StringType).add("truth", DataTypes.StringType);

  /** What a pass over all images sums. */
  private static final class State implements Serializable {
    final PixelCounts counts;
    final EnumMap<Outcome, FirstNames> outcomes = new EnumMap<>(Outcome.class);
    final TreeSet<String> models = new TreeSet<>();

    State(int labels) {
      counts = new PixelCounts(labels);
    }

    void add(Row row) {
      Outcome outcome = Outcome.valueOf(row.getAs("outcome"));
      String remark = row.getAs("remark");
      String path = row.getAs("path");
      String name = path == null ? row.getAs("truth") : path;
      outcomes
          .computeIfAbsent(outcome, each -> new FirstNames())
          .add(
              switch (outcome) {
                case BAD_TRUTH, BAD_MASK -> remark;
                case FAILED -> name + " (" + remark + ")";
                case AMBIGUOUS -> name + " and " + remark;
                default -> name;
              });
      String model = row.getAs("model");
      if (model != null) {
        models.add(model);
      }
      for (Row cell : row.<Row>getList(row.fieldIndex("cells"))) {
        counts.add(new PixelCounts.Cell(cell.getInt(0), cell.getInt(1), cell.getLong(2)));
      }
    }

    State sum(State other) {
      counts.sum(other.counts);
      other.outcomes.forEach((outcome, listed) -> outcomes.merge(outcome, listed, FirstNames::sum));
      models.addAll(other.models);
      return this;
    }
  }

  /**
   * Compares.
   *
   * @param truth label maps by {@link MapFiles#key}
   * @throws InputException if a map or a mask is not what it should be, or nothing is in both
   */
  public static SegmentContender compare(
      SparkSession spark,
      SegmentOptions options,
      MaskTable masks,
      Optional<String> run,
      Map<String, String> truth) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    LabelUniverse labels = masks.labels(run, options.labels(), configuration);
    boolean reduces = masks.reduces(options, run, configuration);
    List<Row> maps = new ArrayList<>();
    truth.forEach((key, file) -> maps.add(RowFactory.create(key, file)));
    Dataset<Row> rows = rows(masks, run);
    MaskComparison comparison =
        new MaskComparison(
            new JavaSparkContext(spark.sparkContext())
                .broadcast(new HadoopConfiguration(configuration)),
            labels.size(),
            reduces,
            options.failed());
    JobDescriptions.say(spark, "Hold the masks of " + masks.location() + " against the truth");
    Dataset<Row> examples =
        spark
            .createDataFrame(maps, TRUTH)
            .groupByKey(new KeyOf("key"), Encoders.STRING())
            .cogroup(
                rows.groupByKey(new KeyOf("path"), Encoders.STRING()),
                comparison,
                Encoders.row(MaskComparison.SCHEMA))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      State state = new Gather(labels.size()).over(examples.toJavaRDD());
      check(state, masks, options);
      String name =
          state.models.isEmpty() ? Location.of(masks.location()).name() : state.models.first();
      return new SegmentContender(
          run.map(id -> name + " · " + id).orElse(name),
          masks,
          run,
          labels,
          reduces,
          options.failed(),
          state.counts,
          state.outcomes,
          examples);
    } catch (RuntimeException e) {
      examples.unpersist();
      throw e;
    }
  }

  private static void check(State state, MaskTable masks, SegmentOptions options) {
    List<String> problems = new ArrayList<>();
    FirstNames badTruth = state.outcomes.getOrDefault(Outcome.BAD_TRUTH, new FirstNames());
    if (badTruth.count() > 0) {
      problems.add(
          "%s label maps of the truth can't be used: %s. Give the labels that the truth has with --labels, and --reduce-labels yes where 0 stands for none and 1 for the first."
              .formatted(badTruth.count(), badTruth.sentence()));
    }
    FirstNames badMasks = state.outcomes.getOrDefault(Outcome.BAD_MASK, new FirstNames());
    if (badMasks.count() > 0) {
      problems.add(
          "%s masks of %s can't be used: %s. A mask's pixels hold indices of the labels that run record or --labels name."
              .formatted(badMasks.count(), masks.location(), badMasks.sentence()));
    }
    FirstNames ambiguous = state.outcomes.getOrDefault(Outcome.AMBIGUOUS, new FirstNames());
    if (ambiguous.count() > 0) {
      problems.add(
          "%s label maps fit several images by name: %s. Evaluate folders of images one by one, and tables that have a row for each path."
              .formatted(ambiguous.count(), ambiguous.sentence()));
    }
    boolean isNoneInBoth =
        List.of(Outcome.COMPARED, Outcome.TURNED, Outcome.FAILED).stream()
            .noneMatch(state.outcomes::containsKey);
    if (problems.isEmpty() && isNoneInBoth) {
      problems.add(
          "No image of the predictions %s has a label map in %s by its name without extension: there are %s, and %s."
              .formatted(
                  masks.location(),
                  options.truth(),
                  names(state, Outcome.PREDICTIONS_ONLY, "no predictions"),
                  names(state, Outcome.TRUTH_ONLY, "no label maps")));
    }
    InputException.throwIfAny(problems);
  }

  private static String names(State state, Outcome outcome, String none) {
    return state.outcomes.containsKey(outcome) ? state.outcomes.get(outcome).sentence() : none;
  }

  /** Masks that count, rows of {@link MaskTable#SCHEMA}. */
  public Dataset<Row> rows() {
    return rows(masks, run);
  }

  private static Dataset<Row> rows(MaskTable masks, Optional<String> run) {
    return run.map(id -> masks.rows().where(functions.col("run_id").equalTo(id)))
        .orElse(masks.rows());
  }

  /** Images of which that became. */
  public FirstNames listed(Outcome outcome) {
    return outcomes.getOrDefault(outcome, new FirstNames());
  }

  private long images(Outcome outcome) {
    return listed(outcome).count();
  }

  /** Images whose pixels are in the metrics. */
  public long evaluated() {
    long failedImages = failed == FailedImages.WRONG ? images(Outcome.FAILED) : 0;
    return images(Outcome.COMPARED) + images(Outcome.TURNED) + failedImages;
  }

  public Metrics metrics() {
    return counts.metrics();
  }

  /** Sentences that a reader of the metrics must know. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    long failedImages = images(Outcome.FAILED);
    if (failedImages > 0) {
      notes.add(
          "%s failed images %s"
              .formatted(
                  failedImages,
                  failed == FailedImages.WRONG ? "count as missed pixels" : "are left out"));
    }
    addUnmatched(notes, Outcome.TRUTH_ONLY, "label maps have no mask");
    addUnmatched(notes, Outcome.PREDICTIONS_ONLY, "masks have no label map");
    long turned = images(Outcome.TURNED);
    if (turned > 0) {
      notes.add(
          "%s label maps are as wide as their masks are high and the reverse, such as of %s: were they drawn on pictures as stored, segment with --orientation as-stored"
              .formatted(turned, outcomes.get(Outcome.TURNED).sentence()));
    }
    return notes;
  }

  private void addUnmatched(List<String> notes, Outcome outcome, String what) {
    if (images(outcome) > 0) {
      notes.add(
          "%d %s, such as %s: no metric has them"
              .formatted(images(outcome), what, outcomes.get(outcome).names().get(0)));
    }
  }

  public SegmentContender named(String other) {
    return new SegmentContender(
        other, masks, run, labels, reduces, failed, counts, outcomes, examples);
  }

  /** The name by which a row meets those of the other table. */
  private record KeyOf(String column) implements MapFunction<Row, String>, Serializable {
    @Override
    public String call(Row row) {
      String text = row.getAs(column);
      return column.equals("key") ? text : MapFiles.key(String.valueOf(text));
    }
  }

  private record Gather(int labels) implements Pass<State> {
    @Override
    public State empty() {
      return new State(labels);
    }

    @Override
    public void add(State state, Row row) {
      state.add(row);
    }

    @Override
    public State sum(State state, State other) {
      return state.sum(other);
    }
  }
}
