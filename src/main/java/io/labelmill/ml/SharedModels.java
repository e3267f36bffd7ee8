package io.labelmill.ml;

import io.labelmill.checkpoint.Originals;
import io.labelmill.graph.GraphOutput;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.BroadcastModel;
import io.labelmill.model.Folders;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Shares;
import io.labelmill.model.Shares.Share;
import io.labelmill.score.PreparedModel;
import io.labelmill.score.ScoreOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that a stage and its copies have: a checkpoint is opened once, and a graph built and
 * broadcast once, for all that ask for it while anybody has a share. Stages that are no copies of
 * each other share nothing, since a model's files may have changed between them. Thread-safe.
 */
final class SharedModels {
  private static final Logger log = LoggerFactory.getLogger(ImageTransformer.class);

  private final Shares<SourceKey, ModelSource> sources = new Shares<>();
  private final Shares<GraphKey, Graph> graphs = new Shares<>();

  /**
   * What tells checkpoints apart.
   *
   * @param application in which it is open: the next of the same JVM has other folders
   */
  private record SourceKey(
      String application,
      String folder,
      Optional<String> processor,
      Optional<String> labels,
      Optional<String> head,
      Originals originals) {}

  /** What tells graphs apart. */
  record GraphKey(String application, ScoreOptions.Model model, Set<GraphOutput> outputs) {
    GraphKey {
      outputs = Set.copyOf(outputs);
    }
  }

  /**
   * A graph on its way to the executors.
   *
   * @param source the checkpoint that it is made of
   */
  record Graph(Share<ModelSource> source, Path folder, BroadcastModel broadcast)
      implements Closeable {
    @Override
    public void close() throws IOException {
      try (source) {
        broadcast.close();
        Folders.delete(folder);
      }
    }
  }

  /** The checkpoint that options name. */
  Share<ModelSource> source(SparkContext spark, ScoreOptions.Model model) throws IOException {
    SourceKey key =
        new SourceKey(
            spark.applicationId(),
            model.folder(),
            model.processor(),
            model.labels(),
            model.head(),
            model.originals());
    return sources.share(
        key,
        () ->
            PreparedModel.source(
                spark.conf(), spark.hadoopConfiguration(), model, DownloadProgress.NONE));
  }

  /** The graph of a model that was prepared from {@link #source}. */
  Share<Graph> graph(SparkContext spark, GraphKey key, PreparedModel prepared) throws IOException {
    return graphs.share(
        key,
        () -> {
          Share<ModelSource> source = source(spark, key.model());
          try {
            Path folder = Files.createTempDirectory(source.value().graphFolder(), "graph-");
            ModelBundle bundle = prepared.build(folder);
            bundle.warnings().forEach(log::warn);
            return new Graph(
                source,
                folder,
                BroadcastModel.of(JavaSparkContext.fromSparkContext(spark), bundle));
          } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
          }
        });
  }

  /** Graphs that somebody has. */
  int graphs() {
    return graphs.size();
  }
}
