package io.labelmill.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * What Hugging Face's {@code datasets} says of a table's columns in the metadata of a Parquet file,
 * under the key {@code huggingface}: which hold pictures, and what the numbers of a class label
 * stand for.
 */
public record HuggingFaceFeatures(JsonNode features) {
  private static final String KEY = "huggingface";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads the end of a Parquet file.
   *
   * @return empty where it holds nothing of the kind
   * @throws IOException where it cannot be read
   */
  public static Optional<HuggingFaceFeatures> of(Path file, Configuration configuration)
      throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration))) {
      return Optional.ofNullable(
              reader.getFooter().getFileMetaData().getKeyValueMetaData().get(KEY))
          .flatMap(HuggingFaceFeatures::parse);
    }
  }

  /**
   * @param metadata {@code {"info": {"features": {"label": {"names": [..], "_type":
   *     "ClassLabel"}}}}}
   * @return empty where it names no feature
   */
  static Optional<HuggingFaceFeatures> parse(String metadata) {
    try {
      JsonNode features = JSON.readTree(metadata).path("info").path("features");
      return features.isObject()
          ? Optional.of(new HuggingFaceFeatures(features))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The columns that hold pictures, by their names. */
  public List<String> images() {
    return features.properties().stream()
        .filter(column -> column.getValue().path("_type").asText().equals("Image"))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * The names of a class label's numbers, or of those of a list of class labels.
   *
   * @param column a name, or names with dots between them for a field within
   * @return empty where the column is no class label
   */
  public Optional<List<String>> classes(String column) {
    JsonNode at = element(features.path(column));
    if (at.isMissingNode()) {
      at = features;
      for (String part : column.split("\\.", -1)) {
        at = element(at.path(part));
      }
    }
    if (!at.path("_type").asText().equals("ClassLabel") || !at.path("names").isArray()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    at.path("names").forEach(name -> names.add(name.asText()));
    return Optional.of(List.copyOf(names));
  }

  /** What a list holds: it is written as {@code {"feature": ..}}, earlier as {@code [..]}. */
  private static JsonNode element(JsonNode feature) {
    JsonNode at = feature;
    while (at.isArray() || at.path("feature").isContainerNode()) {
      at = at.isArray() ? at.path(0) : at.path("feature");
    }
    return at;
  }
}
