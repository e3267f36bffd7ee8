package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The truth as a training takes it: images with the names of their labels, in the truth's own
 * order.
 *
 * @param images in that order; a folder of folders has that of its paths
 * @param severalLabels whether the form of the truth gives an image any number of labels
 * @param isSeparatorAssumed whether it does so by a separator that nobody named
 * @param form in which it was found, for a report
 * @param order in which images are numbered
 * @param key under which images are compared with others
 * @param understood lines that say what the truth was taken for
 */
public record LabelledImages(
    List<Image> images,
    boolean severalLabels,
    boolean isSeparatorAssumed,
    String form,
    Order order,
    PathKey key,
    List<String> understood) {

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
    ROWS
  }

  public LabelledImages {
    images = List.copyOf(images);
    understood = List.copyOf(understood);
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
    Truth truth = Truth.open(spark, options, column);
    LabelCoding coding = truth.coding(Optional.empty());
    if (coding.hasIndices()) {
      throw new InputException(
          truth
                  .column()
                  .of(
                      coding.hasPlaces()
                          ? "a 0 or 1 for each label, but not the names of these"
                          : "label indices")
              + ", but a training needs names: "
              + (coding.hasPlaces()
                  ? "give names, or a column of its name for each label."
                  : "name their column with --truth-label-column."));
    }
    PathKey truthKey = truth.key(key);
    List<Image> images = new ArrayList<>();
    for (Row row : truth.rows().collectAsList()) {
      String path = row.isNullAt(0) ? null : truthKey.rewritten(row.getString(0));
      images.add(
          new Image(
              truthKey.key(path),
              path == null ? "(null)" : path,
              coding.labels(row.get(1)),
              column.isEmpty() || row.isNullAt(2)
                  ? Optional.empty()
                  : Optional.of(row.getString(2))));
    }
    return new LabelledImages(
        images,
        truth.isMultiLabel(coding),
        !coding.split().isNone() && options.labelSeparator().isEmpty(),
        truth.form(),
        truth.order(),
        truthKey,
        truth.understood(coding, key));
  }
}
