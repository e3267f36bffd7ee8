package io.labelmill.sink;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.labelmill.error.UsageException;
import io.labelmill.source.AzureBodies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Answers as Azure ML's endpoints give them: one JSON list in the order of the images, inputs as
 * they were given and files of a folder by name, each element the list of its predictions, best
 * first. An image that failed has an element with its status and error in place of label and score.
 */
final class AzurePredictions {
  private static final String FILE = "predictions.json";
  private static final List<String> COLUMNS =
      List.of(
          "status",
          "error",
          "predictions",
          AzureBodies.REQUEST,
          AzureBodies.BODY,
          AzureBodies.POSITION);

  private AzurePredictions() {}

  /**
   * @throws UsageException when rows of that schema have no predictions or no order
   */
  static void check(StructType schema) {
    if (!List.of(schema.fieldNames()).containsAll(COLUMNS)) {
      throw new UsageException(
          "--output-format azure is for jobs/score with --input-format azure, whose order it"
              + " keeps");
    }
  }

  /**
   * Writes all rows of a table into one file of a folder, replacing it at once. The text is made in
   * memory: requests of that form are no larger.
   */
  static void write(Dataset<Row> rows, FileSystem fileSystem, Path folder) throws IOException {
    Path temporary = new Path(folder, "." + FILE + ".new");
    Iterator<Row> ordered =
        rows.selectExpr(COLUMNS.toArray(String[]::new))
            .orderBy(col(AzureBodies.REQUEST), col(AzureBodies.BODY), col(AzureBodies.POSITION))
            .toLocalIterator();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(answer)) {
      json.writeStartArray();
      while (ordered.hasNext()) {
        write(ordered.next(), json);
      }
      json.writeEndArray();
    }
    Files.write(fileSystem, temporary, new Path(folder, FILE), answer.toByteArray());
  }

  private static void write(Row row, JsonGenerator json) throws IOException {
    json.writeStartArray();
    if (row.isNullAt(2)) {
      json.writeStartObject();
      json.writeStringField("status", row.getString(0));
      json.writeStringField("error", row.getString(1));
      json.writeEndObject();
    } else {
      List<Row> predictions = row.getList(2);
      for (Row prediction : predictions) {
        json.writeStartObject();
        json.writeStringField("label", prediction.getString(0));
        json.writeNumberField("score", prediction.getFloat(1));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }
}
