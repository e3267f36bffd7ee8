package io.labelmill.evaluate.read;

import io.labelmill.evaluate.read.truth.KnownLabels;
import io.labelmill.evaluate.read.truth.LabelCoding;
import io.labelmill.evaluate.read.truth.PathKey;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Row;

/** Rows of the truth (path, labels) to {@link TruthRow}s. */
public record ReadTruth(KnownLabels known, LabelCoding coding, PathKey key)
    implements MapFunction<Row, Row>, Serializable {
  @Override
  public Row call(Row row) {
    String path = row.isNullAt(0) ? null : key.rewritten(row.getString(0));
    TreeSet<Integer> truth = new TreeSet<>();
    List<String> unknown = new ArrayList<>();
    List<String> ambiguous = new ArrayList<>();
    List<String> misspelt = new ArrayList<>();
    for (String label : coding.labels(row.get(1))) {
      Integer index = known.names().index(label);
      if (index != null) {
        truth.add(index);
      } else if (coding.hasIndices()) {
        int number = label.matches("\\d{1,8}") ? Integer.parseInt(label) : -1;
        if (number >= 0 && number < known.size()) {
          truth.add(number);
        } else {
          unknown.add("index " + label);
        }
      } else {
        resolve(label, truth, unknown, ambiguous, misspelt);
      }
    }
    return new TruthRow(
            key.key(path),
            path == null ? "(null)" : path,
            Example.bytes(truth.stream().mapToInt(Integer::intValue).toArray()),
            unknown,
            ambiguous,
            misspelt)
        .row();
  }

  private void resolve(
      String name,
      Set<Integer> truth,
      List<String> unknown,
      List<String> ambiguous,
      List<String> misspelt) {
    List<Integer> found = known.labels().indices(name);
    if (found.size() == 1) {
      truth.add(found.get(0));
    } else if (found.isEmpty()) {
      unknown.add(name);
      known.labels().alike(name).ifPresent(label -> misspelt.add(name + " for " + label));
    } else {
      ambiguous.add(name + " (indices " + found.toString().replaceAll("[\\[\\]]", "") + ")");
    }
  }
}
