package io.labelmill.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A score table with the metrics that scikit-learn computed of it.
 *
 * @param truth by row, sorted indices of the true labels; exactly one where classes exclude each
 *     other
 * @param scores by row, in index order
 */
public record GoldenTable(
    String name,
    boolean multilabel,
    int labels,
    List<int[]> truth,
    List<double[]> scores,
    JsonNode metrics) {
  public static List<GoldenTable> all() {
    try {
      Path folder = Reference.golden().resolve("metrics");
      ObjectMapper json = new ObjectMapper();
      List<GoldenTable> tables = new ArrayList<>();
      for (JsonNode entry : json.readTree(folder.resolve("index.json").toFile()).get("tables")) {
        JsonNode table = json.readTree(folder.resolve(entry.get("file").asText()).toFile());
        boolean multilabel = table.get("kind").asText().equals("multilabel");
        List<int[]> truth = new ArrayList<>();
        for (JsonNode row : table.get("y_true")) {
          truth.add(
              multilabel
                  ? IntStream.range(0, row.size()).filter(i -> row.get(i).asInt() == 1).toArray()
                  : new int[] {row.asInt()});
        }
        List<double[]> scores = new ArrayList<>();
        for (JsonNode row : table.get("y_score")) {
          scores.add(
              IntStream.range(0, row.size()).mapToDouble(i -> row.get(i).asDouble()).toArray());
        }
        tables.add(
            new GoldenTable(
                table.get("name").asText(),
                multilabel,
                scores.get(0).length,
                truth,
                scores,
                table.get("metrics")));
      }
      return tables;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Index of the first of equal maxima. */
  public static int best(double[] scores) {
    int best = 0;
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  /** How far a metric may be off: logarithms of the tie tables' zeros lose digits. */
  public double tolerance(String metric) {
    return name.contains("ties") && metric.startsWith("log_loss") ? 1e-9 : 1e-12;
  }

  @Override
  public String toString() {
    return name;
  }
}
