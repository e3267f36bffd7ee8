package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.error.UserException;
import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The images that a run labels: files listed below folders, members of archives, or the rows of a
 * table that names images or holds them. Open, plan, close; used on the driver by one thread.
 *
 * <pre>{@code
 * try (ImageSource source = ImageSource.open(spark, options, reservedColumns)) {
 *   Plan plan = source.plan(runFolder);
 *   for (long first = 0; first < plan.rows(); ) {
 *     Wave wave = plan.wave(first, 1_000, TaskSizes.equal(64));
 *     ...
 *     first = wave.end();
 *   }
 * }
 * }</pre>
 */
public sealed interface ImageSource extends Closeable permits FoundImages, ImageTable {
  /**
   * Looks at the inputs and checks all that can be checked without reading them whole.
   *
   * @param reserved names of the columns of the output, which kept columns may not have
   * @throws InputException naming everything that is wrong with the inputs
   */
  static ImageSource open(SparkSession spark, SourceOptions options, Set<String> reserved) {
    SourceSetup setup = new SourceSetup(spark, options);
    try (JobDescriptions jobs = JobDescriptions.of(spark)) {
      jobs.say("Look at the input " + setup.named());
      List<Input> inputs =
          Inputs.find(
              options.inputs(),
              options.format(),
              options.csvSeparator(),
              spark.sparkContext().hadoopConfiguration());
      if (inputs.get(0) instanceof Input.Images) {
        return ListedImages.of(setup, inputs.stream().map(Input.Images.class::cast).toList());
      }
      return inputs.get(0) instanceof Input.Archives
          ? ArchivedImages.of(
              setup, inputs.stream().map(Input.Archives.class::cast).toList(), reserved)
          : ImageTable.of(setup, inputs.stream().map(Input.Table.class::cast).toList(), reserved);
    }
  }

  /**
   * The rows of a Dataset instead of named inputs. Nothing is sent to the executors before {@link
   * #configuration} is asked for.
   *
   * @param options of a table; its one input stands for the Dataset in messages
   * @param reserved as for {@link #open}
   * @throws InputException naming every column that is missing or of a wrong type
   */
  static ImageTable of(
      SparkSession spark, Dataset<Row> rows, SourceOptions options, Set<String> reserved) {
    return ImageTable.of(new SourceSetup(spark, options), rows, reserved);
  }

  /** Whether each image is a file of its own, found below a folder or named. */
  default boolean isOfFiles() {
    return this instanceof ListedImages;
  }

  /** The kept columns with their types, in the order in which plan rows have them. */
  StructType kept();

  /**
   * What is wrong when folders that the job writes to are among those that it reads: its own files
   * would be images, or rows of its input, by the next run at the latest. Files of a listing that
   * its globs, {@code --include} or {@code --exclude} leave out are not read.
   *
   * @param folders as the user named them
   */
  Optional<UserException> readsOutput(List<String> folders);

  /** The configuration with which tasks open images. */
  Broadcast<HadoopConfiguration> configuration();

  /**
   * Finds all images and puts them in order: by path in a listing, as they come in a table.
   *
   * @param folder a folder of this run, where the plan is kept as files until whoever named it
   *     deletes it
   * @throws InputException when there is no image at all, or the input cannot be read
   */
  default Plan plan(Path folder) {
    return plan(folder, Optional.empty());
  }

  /**
   * As {@link #plan(Path)}, without the images that a table has already.
   *
   * @param committed current rows of the table, with the columns {@code path}, {@code
   *     content_version}, {@code status} and {@code scored_at}; absent: all images are planned
   * @return a plan without any image when the table has them all
   */
  Plan plan(Path folder, Optional<Dataset<Row>> committed);

  /** Says to the user whether a plan that resumes compares contents, and by what. */
  String comparison();

  /** Frees what tasks were given to open images with. */
  @Override
  void close();
}
