package io.labelmill.evaluate.read.truth;

import com.fasterxml.jackson.core.JsonToken;
import io.labelmill.error.InputException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** JSON with an object an image: one a line, or an array of them over several lines. */
final class JsonTable {
  private static final String CORRUPT = "_corrupt_record";

  private JsonTable() {}

  /**
   * @param paths for Spark's readers
   * @param head how the first file begins
   * @param lines what is said of it where it has an object a line
   */
  static FoundTruth read(TruthPlace place, List<String> paths, JsonHead head, String lines) {
    check(place, head);
    Dataset<Row> rows =
        place
            .spark()
            .read()
            .option("multiLine", Boolean.toString(!head.isLines()))
            .json(paths.toArray(String[]::new));
    check(place, rows);
    return FoundTruth.table(rows.drop(CORRUPT), head.isLines() ? lines : "a JSON array");
  }

  /** Forms that are told by their fields, and not read. */
  private static void check(TruthPlace place, JsonHead head) {
    String what = "The truth " + place.location() + " is ";
    if (head.has("shapes", JsonToken.START_ARRAY) && head.fields().containsKey("imagePath")) {
      throw new InputException(
          what + "a file of LabelMe, which is not read: write COCO or Pascal VOC from it.");
    }
    for (String column : TruthColumns.PATHS) {
      if (head.has(column, JsonToken.START_OBJECT)
          && TruthColumns.LABELS.stream()
              .anyMatch(label -> head.has(label, JsonToken.START_OBJECT))) {
        throw new InputException(
            "%sJSON with an object for each column, where one for each image is wanted: pandas writes these by to_json(orient='records')."
                .formatted(what));
      }
    }
  }

  private static void check(TruthPlace place, Dataset<Row> rows) {
    if (!List.of(rows.columns()).contains(CORRUPT)) {
      return;
    }
    List<Row> wrong =
        rows.columns().length == 1
            ? rows.limit(0).collectAsList()
            : rows.filter(functions.col(CORRUPT).isNotNull()).limit(1).collectAsList();
    throw new InputException(
        "The truth %s holds what is no JSON%s: correct or take out these lines."
            .formatted(
                place.location(),
                wrong.isEmpty() ? "" : ", such as " + shortened(wrong.get(0).getAs(CORRUPT))));
  }

  private static String shortened(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}
