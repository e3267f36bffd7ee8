package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import io.labelmill.source.HadoopConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Truth of which each file is about one image: many small files, read by all tasks. */
final class FilePerImage {
  /** Files that are worth a task. */
  private static final int FILES_A_TASK = 500;

  private FilePerImage() {}

  interface Reader extends Serializable {
    /**
     * @param name of the file
     * @throws InputException where it is of another form, saying what is wrong with it
     * @throws IOException where it cannot be read
     */
    Labelled read(String name, InputStream in) throws IOException;
  }

  private record Outcome(Labelled image, String problem) implements Serializable {}

  /**
   * @throws InputException naming the files that can't be read
   */
  static List<Labelled> read(TruthPlace place, List<Path> files, Reader reader) {
    if (files.isEmpty()) {
      throw new InputException("The truth " + place.location() + " is empty.");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(place.spark().sparkContext());
    Broadcast<HadoopConfiguration> hadoop =
        context.broadcast(new HadoopConfiguration(place.configuration()));
    List<Labelled> images = new ArrayList<>();
    FirstNames problems = new FirstNames();
    try {
      int tasks = Math.min(context.defaultParallelism(), files.size() / FILES_A_TASK + 1);
      context
          .parallelize(files.stream().map(Path::toString).toList(), tasks)
          .map(new ReadOne(hadoop, reader))
          .collect()
          .forEach(
              outcome -> {
                if (outcome.problem() == null) {
                  images.add(outcome.image());
                } else {
                  problems.add(outcome.problem());
                }
              });
    } finally {
      hadoop.unpersist();
    }
    if (problems.count() > 0) {
      throw new InputException(
          "%s files of the truth %s cannot be read: %s"
              .formatted(problems.count(), place.location(), problems.sentence()));
    }
    return images;
  }

  private record ReadOne(Broadcast<HadoopConfiguration> hadoop, Reader reader)
      implements Function<String, Outcome> {
    @Override
    public Outcome call(String file) throws IOException {
      Path path = new Path(file);
      try (InputStream in = path.getFileSystem(hadoop.value().value()).open(path)) {
        return new Outcome(reader.read(path.getName(), in), null);
      } catch (InputException e) {
        return new Outcome(null, path.getName() + " (" + e.getMessage() + ")");
      }
    }
  }
}
