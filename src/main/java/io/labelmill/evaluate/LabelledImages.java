package io.labelmill.evaluate;

import io.labelmill.error.InputException;
import io.labelmill.table.Columns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;

/**
 * The truth as a training takes it: images with the names of their labels, in the truth's own
 * order.
 *
 * @param images in that order; a folder of folders has that of its paths
 * @param severalLabels whether the form of the truth gives an image any number of labels
 * @param form in which it was found, for a report
 * @param order in which images are numbered
 */
public record LabelledImages(List<Image> images, boolean severalLabels, String form, Order order) {

  /**
   * One image of the truth.
   *
   * @param key under which it meets its embedding
   * @param path as the truth gives it, its prefix rewritten
   * @param names of its labels, as given
   * @param column value of the column that was asked for; empty where it is null
   */
  public record Image(String key, String path, List<String> names, Optional<String> column) {
    public Image {
      names = List.copyOf(names);
    }
  }

  /** Where the numbers of images come from. */
  public enum Order {
    /** Sorted paths of a folder of folders. */
    PATHS,
    /** Rows of a table. */
    ROWS
  }

  public LabelledImages {
    images = List.copyOf(images);
  }

  /**
   * Reads the truth; all of it is held in memory.
   *
   * @param key under which its images are compared with others
   * @param column to read beside path and labels
   * @throws InputException when it is not there, is not what the options say, names labels by
   *     index, or lacks the column
   */
  public static LabelledImages read(
      SparkSession spark, TruthOptions options, PathKey key, Optional<String> column) {
    TruthTable truth = TruthTable.open(spark, options);
    if (truth.hasIndices()) {
      throw new InputException(
          "The truth "
              + options.location()
              + " has label indices in its column "
              + truth.labelColumn()
              + ", but a training needs names: name their column with --truth-label-column.");
    }
    column
        .filter(name -> !List.of(truth.rows().columns()).contains(name))
        .ifPresent(
            name -> {
              throw new InputException(
                  "The truth "
                      + options.location()
                      + " has no column "
                      + name
                      + " that tells the parts; it has "
                      + String.join(", ", truth.rows().columns())
                      + ".");
            });
    LabelTexts texts = new LabelTexts(truth.separator());
    List<Column> columns = new ArrayList<>();
    columns.add(Columns.column(truth.pathColumn()));
    columns.add(Columns.column(truth.labelColumn()));
    column.ifPresent(name -> columns.add(Columns.column(name).cast("string")));
    Dataset<Row> rows = truth.rows().select(columns.toArray(Column[]::new));
    List<Image> images = new ArrayList<>();
    for (Row row : rows.collectAsList()) {
      String path = row.isNullAt(0) ? null : key.rewritten(row.get(0).toString());
      images.add(
          new Image(
              key.key(path),
              path == null ? "(null)" : path,
              texts.names(row.get(1)),
              column.isEmpty() || row.isNullAt(2)
                  ? Optional.empty()
                  : Optional.of(row.getString(2))));
    }
    boolean several =
        truth.separator() != null
            || truth.rows().schema().apply(truth.labelColumn()).dataType() instanceof ArrayType;
    return new LabelledImages(
        images, several, truth.format(), truth.isFolders() ? Order.PATHS : Order.ROWS);
  }
}
