package io.labelmill.sink;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.labelmill.error.UsageException;
import io.labelmill.source.AzureBodies;
import io.labelmill.source.Seam;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Answers as Azure ML's endpoints give them: one JSON list in the order of the images, inputs as
 * they were given and files of a folder by name, each element the list of its predictions, best
 * first. An image that failed has an element with its status and error in place of label and score.
 */
record AzureAnswers(Output output) implements TableWriter {
  private static final String FILE = "predictions.json";
  private static final List<String> COLUMNS =
      List.of(
          "status",
          "error",
          "predictions",
          AzureBodies.REQUEST,
          AzureBodies.BODY,
          AzureBodies.POSITION);

  @Override
  public boolean exists() throws IOException {
    return output.folder().place().hasTable();
  }

  /**
   * @throws UsageException when rows have no predictions or no order
   */
  @Override
  public void checkRows() {
    if (!List.of(output.rows().fieldNames()).containsAll(COLUMNS)) {
      throw new UsageException(
          "--output-format azure is for jobs/score with --input-format azure, whose order it"
              + " keeps");
    }
  }

  /** Its one file is replaced, whatever lies beside it. */
  @Override
  public void checkExisting() {}

  @Override
  public Dataset<Row> rows() {
    throw new IllegalStateException("A list of answers is no table that could be read");
  }

  @Override
  public Added add(Dataset<Row> wave, long expected) {
    throw new IllegalStateException("A list of answers is written at once");
  }

  /**
   * Writes all rows into one file, replacing it at once. The text is made in memory: requests of
   * that form are no larger.
   */
  @Override
  public void replace(FileTable staged) throws IOException {
    Path folder = output.folder().table();
    Path temporary = new Path(output.folder().runFolder(), FILE);
    Iterator<Row> ordered =
        staged
            .rows()
            .selectExpr(COLUMNS.toArray(String[]::new))
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
    FileSystem fileSystem = folder.getFileSystem(output.configuration());
    Path prepared = OutputFiles.prepared(fileSystem, temporary, answer.toByteArray());
    output.folder().assertHeld();
    Seam.COMMITTING.reached();
    OutputFiles.replace(fileSystem, prepared, new Path(folder, FILE), answer.toByteArray());
  }

  @Override
  public void finish() {}

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
