package io.labelmill.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Row;

/** Rows of the truth (path, labels) to {@link TruthRow}s. */
final class ReadTruth implements MapFunction<Row, Row>, Serializable {
  private final LabelUniverse labels;
  private final LabelMap map;
  private final PathKey key;
  private final LabelTexts texts;
  private final boolean indices;

  /** How the labels of the truth are to be taken. */
  enum Labels {
    NAMES,
    INDICES
  }

  ReadTruth(LabelUniverse labels, LabelMap map, PathKey key, String separator, Labels kind) {
    this.labels = labels;
    this.map = map;
    this.key = key;
    this.texts = new LabelTexts(separator);
    this.indices = kind == Labels.INDICES;
  }

  @Override
  public Row call(Row row) {
    String path = row.isNullAt(0) ? null : key.rewritten(row.get(0).toString());
    TreeSet<Integer> truth = new TreeSet<>();
    List<String> unknown = new ArrayList<>();
    List<String> ambiguous = new ArrayList<>();
    for (String name : texts.names(row.get(1))) {
      resolve(name, truth, unknown, ambiguous);
    }
    return new TruthRow(
            key.key(path),
            path == null ? "(null)" : path,
            Example.bytes(truth.stream().mapToInt(Integer::intValue).toArray()),
            unknown,
            ambiguous)
        .row();
  }

  private void resolve(
      String name, Set<Integer> truth, List<String> unknown, List<String> ambiguous) {
    Integer mapped = map.index(name);
    if (mapped != null) {
      truth.add(mapped);
      return;
    }
    if (indices) {
      int index = name.matches("\\d{1,8}") ? Integer.parseInt(name) : -1;
      if (index >= 0 && index < labels.size()) {
        truth.add(index);
      } else {
        unknown.add("index " + name);
      }
      return;
    }
    List<Integer> found = labels.indices(name);
    if (found.size() == 1) {
      truth.add(found.get(0));
    } else if (found.isEmpty()) {
      unknown.add(name);
    } else {
      ambiguous.add(name + " (indices " + found.toString().replaceAll("[\\[\\]]", "") + ")");
    }
  }
}
