package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.read.truth.FirstNames;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** What {@link ReportPage} shows of any evaluation, whatever its labels are of. */
final class ReportParts {
  private static final int SHOWN_CELLS = 300_000;

  private ReportParts() {}

  /**
   * The numbers at the top.
   *
   * @param names of those that there may be
   */
  static void putFigures(ObjectNode data, Collection<String> names, Metrics metrics, int labels) {
    ArrayNode figures = data.putArray("figures");
    for (String name : names) {
      Metric metric = metrics.asMap().get(name);
      if (metric == null) {
        continue;
      }
      ObjectNode figure =
          figures.addObject().put("name", MetricName.title(name)).put("value", metric.orNull());
      if (metric instanceof Metric.Undefined undefined) {
        figure.put("reason", undefined.reason()).put("note", "not defined");
      } else if (metric instanceof Metric.Value value
          && value.classes() >= 0
          && value.classes() < labels) {
        figure.put("note", "over " + value.classes() + " labels");
      }
    }
  }

  /** Who contends; each has its {@link #putComparison} in that order. */
  static void putContender(ObjectNode data, String name, String predictions) {
    data.withArray("contenders").addObject().put("name", name).put("predictions", predictions);
  }

  /**
   * Metrics side by side, of several contenders.
   *
   * @param title of a metric's name
   */
  static void putComparison(
      ObjectNode data, List<Metrics> contenders, UnaryOperator<String> title) {
    ArrayNode rows = data.putArray("comparison");
    if (contenders.size() > 1) {
      for (String name : contenders.get(0).asMap().keySet()) {
        ObjectNode row = rows.addObject().put("name", title.apply(name));
        row.put("better", MetricName.of(name).isLessBetter() ? -1 : 1);
        ArrayNode values = row.putArray("values");
        contenders.forEach(metrics -> values.add(metrics.get(name).orNull()));
      }
    }
  }

  /**
   * Rows of all metrics.
   *
   * @param suffix behind each name
   */
  static void addMetrics(ArrayNode rows, String suffix, Metrics metrics, int labels) {
    metrics
        .asMap()
        .forEach(
            (name, metric) -> {
              ArrayNode row = rows.addArray().add(name + suffix).add(metric.orNull());
              if (metric instanceof Metric.Undefined undefined) {
                row.add(undefined.reason());
              } else if (metric instanceof Metric.Value value && value.classes() >= 0) {
                row.add("over " + value.classes() + " of " + labels + " labels");
              } else {
                row.add("");
              }
            });
  }

  /**
   * How often labels were taken for which.
   *
   * @param explanation sentences above it
   * @param cells true index, predicted one, count
   */
  static void putConfusion(
      ObjectNode data,
      String explanation,
      List<long[]> cells,
      int labels,
      IntToLongFunction support) {
    boolean cut = cells.size() > SHOWN_CELLS;
    ObjectNode node = data.putObject("confusion");
    node.put(
        "explanation",
        explanation
            + (cut ? " The rarest cells are left out here; confusion.parquet has all." : ""));
    node.put("classes", labels);
    ArrayNode all = node.putArray("cells");
    cells.stream()
        .sorted(Comparator.comparingLong((long[] cell) -> cell[2]).reversed())
        .limit(SHOWN_CELLS)
        .forEach(cell -> all.addArray().add(cell[0]).add(cell[1]).add(cell[2]));
    ArrayNode supports = node.putArray("support");
    IntStream.range(0, labels).forEach(i -> supports.add(support.applyAsLong(i)));
  }

  /** A row of how many images became what, where there are any. */
  static void addImages(ArrayNode rows, String what, FirstNames images) {
    if (images.count() > 0) {
      rows.addArray().add(what).add(images.count()).add(images.sentence());
    }
  }

  /** An image of a gallery, of which nothing but the path is told yet. */
  static ObjectNode card(ArrayNode cards, String path) {
    ObjectNode card = cards.addObject();
    card.put("path", path);
    card.put("name", path.substring(path.lastIndexOf('/') + 1));
    card.putArray("truth");
    card.putArray("predictions");
    card.putArray("facts");
    return card;
  }
}
