package io.labelmill.ml;

import io.labelmill.ml.SharedModels.Graph;
import io.labelmill.ml.SharedModels.GraphKey;
import io.labelmill.model.Shares.Share;
import io.labelmill.option.Option;
import io.labelmill.score.JobCounters;
import io.labelmill.score.LabelImages;
import io.labelmill.score.PreparedModel;
import io.labelmill.score.RowOptions;
import io.labelmill.score.RunStamp;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreTable;
import io.labelmill.score.TaskSlots;
import io.labelmill.source.ImageColumns;
import io.labelmill.source.ImageSource;
import io.labelmill.source.ImageTable;
import io.labelmill.table.Columns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * What labelling and embedding have in common: images named or held by a column of a Dataset, and
 * the model they go through.
 *
 * <p>The other options of the commands are the Dataset's own affair ({@code --limit}, {@code
 * --include}), or that of whoever writes it.
 *
 * <p>{@link #transform} gives a row for each row: the path, the other columns of the Dataset but
 * the one of contents, then the columns of the score table. It opens the model and returns; images
 * are read when the result is. Rows that name images are spread over tasks first and lose their
 * order, unless {@code repartition} says otherwise.
 *
 * <p>The model is opened once for a stage and its copies, those of {@code transform(dataset,
 * params)} and of a pipeline included. It is freed when {@link #close()} was called on all that
 * used it, or when neither they nor what they gave can be reached any more. Used on the driver by
 * one thread; copies may be used by others.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class ImageTransformer<T extends ImageTransformer<T>> extends ImageParams<T>
    implements DefaultParamsWritable, AutoCloseable {
  /** Not part of the stage, and common to its copies; null until it is needed. */
  private transient SharedModels models;

  /** What {@link #close()} frees. */
  private transient Held held;

  private record Held(GraphKey key, Share<Graph> graph) {}

  ImageTransformer(String uid, List<Option<?>> own) {
    super(uid, own);
  }

  /** What is written about an image. */
  abstract RowOptions rows();

  /** The columns that are written, which the model has no say in. */
  abstract Set<ScoreTable.Column> columns();

  /**
   * A row for each row of the Dataset; a failed image is a row with its status.
   *
   * @throws io.labelmill.error.UserException when the model can't be opened, or the Dataset lacks a
   *     column
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    SparkSession spark = dataset.sparkSession();
    OutputNames names = outputNames();
    ImageTable source = ImageSource.of(spark, dataset.toDF(), sourceValue(), names.reserved());
    RowOptions wanted = rows();
    ScoreOptions.Model options = modelValue();
    SparkContext context = spark.sparkContext();
    try (PreparedModel prepared =
        PreparedModel.open(
            context.conf(),
            options,
            wanted,
            executionValue(),
            () -> models().source(context, options))) {
      ScoreTable table =
          ScoreTable.of(
              Arrays.asList(source.kept().fields()), prepared.settings().columns(), names.prefix());
      Share<Graph> graph = graph(context, options, prepared);
      RunStamp stamp =
          new RunStamp(prepared.checkpoint().name(), prepared.checkpoint().sha256(), uid());
      LabelImages label =
          new LabelImages(
              JavaSparkContext.fromSparkContext(context)
                  .broadcast(prepared.setup(graph.value().broadcast(), table, stamp)),
              source.configuration(),
              new JobCounters(context),
              graph);
      Dataset<Row> labelled =
          spread(source, dataset.toDF()).mapPartitions(label, Encoders.row(table.schema()));
      return names.given(described(labelled, table.schema()));
    } catch (IOException e) {
      throw new UncheckedIOException("The model can't be prepared: " + e.getMessage(), e);
    }
  }

  /** Rows that were mapped have lost the metadata of their columns, and the kind of intervals. */
  private static Dataset<Row> described(Dataset<Row> rows, StructType schema) {
    return rows.select(
        Arrays.stream(schema.fields())
            .map(
                field ->
                    Columns.column(field.name())
                        .cast(field.dataType())
                        .as(field.name(), field.metadata()))
            .toArray(Column[]::new));
  }

  private Dataset<Row> spread(ImageTable source, Dataset<Row> given) {
    OptionalInt tasks =
        value(REPARTITION)
            .tasks(
                given, source.holdsContents(), TaskSlots.of(given.sparkSession().sparkContext()));
    Dataset<Row> rows = source.rows();
    return tasks.isPresent() ? rows.repartition(tasks.getAsInt()) : rows;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    OutputNames names = outputNames();
    StructType kept = ImageColumns.of(schema, sourceValue(), names.reserved()).kept();
    return names.given(
        ScoreTable.of(Arrays.asList(kept.fields()), columns(), names.prefix()).schema());
  }

  /** The graph for what the params say now. What it was before stays with the rows made of it. */
  private Share<Graph> graph(SparkContext spark, ScoreOptions.Model options, PreparedModel prepared)
      throws IOException {
    GraphKey key = new GraphKey(spark.applicationId(), options, prepared.settings().outputs());
    if (held == null || !held.key().equals(key)) {
      held = new Held(key, models().graph(spark, key, prepared));
    }
    return held.graph();
  }

  /** Graphs that this stage, its copies, or rows of either have. */
  int openGraphs() {
    return models().graphs();
  }

  private synchronized SharedModels models() {
    if (models == null) {
      models = new SharedModels();
    }
    return models;
  }

  /**
   * Frees the model, unless a copy uses it still. Rows that transforms of this stage gave can't be
   * computed any more, and say so; the next transform opens the model again.
   */
  @Override
  public void close() {
    if (held != null) {
      held.graph().close();
      held = null;
    }
  }

  @Override
  public T copy(ParamMap extra) {
    T copied = defaultCopy(extra);
    ((ImageTransformer<?>) copied).models = models();
    return copied;
  }
}
