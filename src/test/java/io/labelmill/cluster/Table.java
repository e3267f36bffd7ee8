package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A score table in JSON, and the record of its only run. */
final class Table {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Table() {}

  /** The rows by path, without what differs from run to run; fails where a path has two. */
  static Map<String, JsonNode> rows(Path table) {
    Map<String, JsonNode> rows = new TreeMap<>();
    try (Stream<Path> files = Files.walk(table)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        if (file.toString().contains("_labelmill")) {
          continue;
        }
        for (String line : Files.readAllLines(file)) {
          ObjectNode row = (ObjectNode) JSON.readTree(line);
          row.remove(List.of("run_id", "scored_at"));
          assertThat(rows.put(row.get("path").asText(), row)).as(line).isNull();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  /** The record of the only run. */
  static JsonNode runRecord(Path table) {
    try (Stream<Path> files = Files.list(table.resolve("_labelmill"))) {
      List<Path> records =
          files.filter(f -> f.getFileName().toString().matches("run-.*\\.json")).toList();
      assertThat(records).hasSize(1);
      return JSON.readTree(records.get(0).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
