package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What Azure ML's endpoints are sent, as a table: images as base64 text with their place, so that
 * answers can be given in the same order. Two forms of file:
 *
 * <ul>
 *   <li>CSV with the column {@value #IMAGE};
 *   <li>JSON bodies, {@code {"input_data": ["…"]}} or {@code {"input_data": {"columns": ["image"],
 *       "data": [["…"]]}}}.
 * </ul>
 */
public final class AzureBodies {
  /** The name of the format among {@code --input-format} and {@code --output-format}. */
  public static final String FORMAT = "azure";

  /** Base64 text or a data: URI. */
  static final String IMAGE = "image";

  /** The place of the input among those given, 0 first. */
  public static final String REQUEST = "request";

  /** The file that the image was in. */
  public static final String BODY = "body";

  /** Numbers that ascend as images do within their file. */
  public static final String POSITION = "position";

  private AzureBodies() {}

  /** Images of one input, with its place among those given. */
  static Dataset<Row> ofRequest(Dataset<Row> images, int place) {
    return images.withColumn(REQUEST, lit(place));
  }

  /** Rows of CSV files, already read. */
  static Dataset<Row> ofCsv(Dataset<Row> rows, String given) {
    if (!List.of(rows.columns()).contains(IMAGE)) {
      throw new InputException(
          "The input %s has no column %s of base64 text; it has %s."
              .formatted(given, IMAGE, String.join(", ", rows.columns())));
    }
    return rows.select(
        col(IMAGE), input_file_name().as(BODY), monotonically_increasing_id().as(POSITION));
  }

  /**
   * The images of JSON files.
   *
   * @param path for Spark's reader
   */
  static Dataset<Row> ofJson(SparkSession spark, String path) {
    StructType schema =
        new StructType()
            .add(IMAGE, DataTypes.StringType)
            .add(BODY, DataTypes.StringType)
            .add(POSITION, DataTypes.LongType);
    return spark
        .read()
        .option("wholetext", "true")
        .option("recursiveFileLookup", "true")
        .text(path)
        .select(col("value"), input_file_name().as(BODY))
        .flatMap(new Images(), Encoders.row(schema));
  }

  private static final class Images implements FlatMapFunction<Row, Row>, Serializable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public Iterator<Row> call(Row body) {
      String file = body.getString(1);
      List<Row> images = new ArrayList<>();
      for (String image : images(body.getString(0), file)) {
        images.add(RowFactory.create(image, file, (long) images.size()));
      }
      return images.iterator();
    }

    private static List<String> images(String text, String file) {
      JsonNode data;
      try {
        // Text that was written on Windows may begin with a byte order mark.
        data =
            JSON.readTree(text.startsWith("\uFEFF") ? text.substring(1) : text).path("input_data");
      } catch (JsonProcessingException e) {
        throw new InputException(
            "The body " + file + " is not valid JSON: " + e.getOriginalMessage());
      }
      List<String> images = new ArrayList<>();
      if (data.isArray()) {
        data.forEach(image -> images.add(text(image)));
        return images;
      }
      int column = -1;
      JsonNode columns = data.path("columns");
      for (int i = 0; i < columns.size(); i++) {
        column = columns.get(i).asText().equals(IMAGE) ? i : column;
      }
      if (column < 0 || !data.path("data").isArray()) {
        throw new InputException(
            ("The body %s has neither a list input_data nor one with columns, image among them, and"
                    + " data.")
                .formatted(file));
      }
      for (JsonNode row : data.path("data")) {
        // Of a single column the endpoints take a flat list too.
        images.add(text(columns.size() == 1 && row.isTextual() ? row : row.path(column)));
      }
      return images;
    }

    /** Null for what is no text, which is a row that failed. */
    private static String text(JsonNode image) {
      return image.isTextual() ? image.textValue() : null;
    }
  }
}
