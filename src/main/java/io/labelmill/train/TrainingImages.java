package io.labelmill.train;

import io.labelmill.option.Settings;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageSource;
import io.labelmill.source.Plan;
import io.labelmill.source.SourceOptions;
import io.labelmill.source.TaskSizes;
import io.labelmill.source.Wave;
import java.io.Closeable;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * The images of a training as they are read again behind their embedding: from the inputs that were
 * named, or by the paths of a table of embeddings. Used on the driver by one thread; whoever opened
 * it closes it.
 */
final class TrainingImages implements Closeable {
  private static final String SHA256 = "[0-9a-f]{64}";
  private static final int TASKS_PER_SLOT = 4;

  private final JavaSparkContext context;
  private final ImageSource source;
  private final JavaRDD<Row> rows;

  private TrainingImages(JavaSparkContext context, ImageSource source, JavaRDD<Row> rows) {
    this.context = context;
    this.source = source;
    this.rows = rows;
  }

  /**
   * Finds them. Nothing is read yet.
   *
   * @param folder in which the list of images is kept until whoever named it deletes it
   */
  static TrainingImages open(
      SparkSession spark, TrainOptions options, List<String> paths, Path folder) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    if (options.embeddings().isPresent()) {
      return byPath(context, spark, options.source(), paths);
    }
    ImageSource source = ImageSource.open(spark, options.source(), Set.of());
    if (source.isOfFiles()) {
      // They were found when they were embedded.
      source.close();
      return byPath(context, spark, ofFiles(options.source(), paths), paths);
    }
    try {
      Plan plan = source.plan(folder);
      long tasks = (long) TASKS_PER_SLOT * context.defaultParallelism();
      TaskSizes sizes = TaskSizes.equal(Math.toIntExact((plan.rows() + tasks - 1) / tasks));
      Wave wave = plan.wave(0, plan.rows(), sizes);
      return new TrainingImages(
          context, source, wave.few() == null ? wave.images().javaRDD() : wave.few());
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static TrainingImages byPath(
      JavaSparkContext context, SparkSession spark, SourceOptions options, List<String> paths) {
    var source =
        ImageSource.of(
            spark, spark.createDataset(paths, Encoders.STRING()).toDF("path"), options, Set.of());
    return new TrainingImages(context, source, source.rows().javaRDD());
  }

  /** A table of files that were found: from whatever store, and nothing is left out of it. */
  private static SourceOptions ofFiles(SourceOptions options, List<String> paths) {
    Set<String> schemes =
        paths.stream()
            .map(path -> path.substring(0, path.indexOf(':')))
            .collect(Collectors.toSet());
    return new Settings()
        .with(SourceOptions.INPUT, options.inputs())
        .with(SourceOptions.ALLOW_SCHEMES, new AllowedSchemes(schemes))
        .with(SourceOptions.READS_PER_HOST, options.readsPerHost())
        .as(SourceOptions::read);
  }

  /** The configuration with which tasks open images. */
  Broadcast<HadoopConfiguration> configuration() {
    return source.configuration();
  }

  /** Plan rows of all images, of some that are not trained on, too. */
  JavaRDD<Row> rows() {
    return rows;
  }

  /**
   * SHA-256 of the content of each image by its path; those that can't be read are absent.
   *
   * @param examples whose content versions are such hashes where their content was at hand before
   */
  Map<String, String> hashes(List<LabelledPath> examples) {
    Map<String, String> hashes = new HashMap<>();
    Set<String> unknown = new HashSet<>();
    for (LabelledPath example : examples) {
      if (example.sha256().matches(SHA256)) {
        hashes.put(example.path(), example.sha256());
      } else {
        unknown.add(example.path());
      }
    }
    if (!unknown.isEmpty()) {
      Broadcast<Set<String>> wanted = context.broadcast(unknown);
      try {
        rows.mapPartitionsToPair(new Hash(wanted, configuration()))
            .collect()
            .forEach(one -> hashes.put(one._1(), one._2()));
      } finally {
        wanted.destroy();
      }
    }
    return hashes;
  }

  private record Hash(Broadcast<Set<String>> wanted, Broadcast<HadoopConfiguration> configuration)
      implements PairFlatMapFunction<Iterator<Row>, String, String>, Serializable {
    @Override
    public Iterator<Tuple2<String, String>> call(Iterator<Row> images) {
      return new WantedImages(wanted.value(), configuration.value().value()).hashes(images);
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
