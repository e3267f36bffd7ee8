package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.table.Columns;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/** What lies beside the images in tar and zip archives, as WebDataset keeps labels there. */
public final class SideFiles {
  /** Column of the path that a row of the image has. */
  public static final String PATH = "path";

  /** Column that says why a member, or the rest of an archive, cannot be read, else null. */
  public static final String PROBLEM = "problem";

  private SideFiles() {}

  /** Whether a file is an archive, by the end of its name. */
  public static boolean isArchive(String name) {
    return ArchiveEntries.isArchive(name);
  }

  /**
   * A file that a glob matches.
   *
   * @param given as a user names it
   * @throws FileNotFoundException where none does, or it is no glob
   */
  public static Path firstOf(String given, Configuration configuration)
      throws FileNotFoundException {
    if (Glob.isGlob(given)) {
      try (ListedFiles files = Listing.files(root(given, configuration), configuration)) {
        if (files.hasNext()) {
          return files.next().getPath();
        }
      } catch (InputException e) {
        throw (FileNotFoundException) new FileNotFoundException(e.getMessage()).initCause(e);
      }
    }
    throw new FileNotFoundException(given);
  }

  private static Listing.Root root(String given, Configuration configuration) {
    return Inputs.find(List.of(given), Inputs.ARCHIVES, configuration).stream()
        .map(Input.Archives.class::cast)
        .findFirst()
        .orElseThrow()
        .root();
  }

  /**
   * Goes through each archive once, passing over the contents of images; what is found is kept by
   * the executors while the rows are in use.
   *
   * @param given an archive, a folder or a glob of archives
   * @param endings of side files, such as {@code cls}
   * @return a row for each image: {@link #PATH}, {@link #PROBLEM}, and under each ending the text
   *     of the side file, null where there is none
   */
  public static Dataset<Row> read(SparkSession spark, String given, List<String> endings) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    Broadcast<HadoopConfiguration> broadcast =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new HadoopConfiguration(configuration));
    Dataset<Row> archives = Listing.rows(spark, broadcast, List.of(root(given, configuration)));
    StructType kept = new StructType();
    for (String ending : endings) {
      kept = kept.add(ending, DataTypes.StringType);
    }
    List<Column> columns = new ArrayList<>();
    columns.add(functions.col(PlanColumns.NAMES.get(PlanColumns.PATH)).as(PATH));
    columns.add(functions.col(PlanColumns.NAMES.get(PlanColumns.PROBLEM)).as(PROBLEM));
    endings.forEach(ending -> columns.add(Columns.column(ending)));
    Dataset<Row> rows =
        ArchivedImages.members(
                spark,
                archives.filter(functions.lower(functions.col(PATH)).rlike("\\.(tar|zip)$")),
                broadcast,
                kept)
            .select(columns.toArray(Column[]::new));
    JavaRDD<Row> found = rows.javaRDD().persist(StorageLevel.MEMORY_AND_DISK());
    return spark.createDataFrame(found, rows.schema());
  }
}
