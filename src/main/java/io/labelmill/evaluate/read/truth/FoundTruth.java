package io.labelmill.evaluate.read.truth;

import io.labelmill.table.HuggingFaceFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What a form of truth gives: rows of an image each, with a column of its path and columns that say
 * its labels.
 *
 * @param rows with any columns
 * @param form as a sentence names it
 * @param usual what stands between the labels of a text
 * @param features types of the columns, where the file tells more than Spark does
 * @param base folder that relative paths start from; empty where nobody knows
 * @param label column of the labels that this form takes where the user names none; empty: one of
 *     {@link TruthColumns#LABELS}
 * @param notes sentences on what was passed over
 */
record FoundTruth(
    Dataset<Row> rows,
    String form,
    TextSplit usual,
    Optional<HuggingFaceFeatures> features,
    LabelledImages.Order order,
    Optional<String> base,
    Optional<String> label,
    List<String> notes) {
  /** Of forms that have no columns of their own. */
  private static final StructType SCHEMA =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("labels", DataTypes.createArrayType(DataTypes.StringType));

  FoundTruth {
    notes = List.copyOf(notes);
  }

  /** Images with the names of their labels, of a form that is no table. */
  static FoundTruth of(SparkSession spark, List<Labelled> images, String form) {
    List<Row> rows = new ArrayList<>();
    for (Labelled image : images) {
      rows.add(RowFactory.create(image.path(), image.labels().toArray(new String[0])));
    }
    return table(spark.createDataFrame(rows, SCHEMA), form);
  }

  /** Whether it has no columns of its own that a user could name. */
  boolean isNoTable() {
    return rows.schema().equals(SCHEMA);
  }

  /** An image with the names of its labels. */
  record Labelled(String path, List<String> labels) implements java.io.Serializable {}

  static FoundTruth table(Dataset<Row> rows, String form) {
    return new FoundTruth(
        rows,
        form,
        TextSplit.NONE,
        Optional.empty(),
        LabelledImages.Order.ROWS,
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  FoundTruth with(TextSplit separator) {
    return new FoundTruth(rows, form, separator, features, order, base, label, notes);
  }

  FoundTruth with(Optional<HuggingFaceFeatures> types) {
    return new FoundTruth(rows, form, usual, types, order, base, label, notes);
  }

  FoundTruth with(LabelledImages.Order numbering) {
    return new FoundTruth(rows, form, usual, features, numbering, base, label, notes);
  }

  FoundTruth below(String folder) {
    return new FoundTruth(rows, form, usual, features, order, Optional.of(folder), label, notes);
  }

  FoundTruth withLabels(Optional<String> column) {
    return new FoundTruth(rows, form, usual, features, order, base, column, notes);
  }

  FoundTruth noting(String sentence) {
    List<String> all = new ArrayList<>(notes);
    all.add(sentence);
    return new FoundTruth(rows, form, usual, features, order, base, label, all);
  }
}
