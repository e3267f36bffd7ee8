package io.labelmill.evaluate.pass;

import io.labelmill.error.Status;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.evaluate.read.BadMap;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.MapFiles;
import io.labelmill.evaluate.read.MaskTable;
import io.labelmill.segment.LabelMap;
import io.labelmill.source.AllowedPlaces;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageUri;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.CoGroupFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The label map and the mask of one key to a row of {@link #SCHEMA}: what became of the image, and
 * its pixels counted. Of masks of a path in several runs that of the newest run counts; run ids
 * sort by time.
 */
public record MaskComparison(
    Broadcast<HadoopConfiguration> configuration, int labels, boolean reduces, FailedImages failed)
    implements CoGroupFunction<String, Row, Row, Row>, Serializable {
  static final StructType CELL = StructType.fromDDL("truth INT, predicted INT, pixels BIGINT");

  /** {@code outcome} is an {@link Outcome}; {@code remark} says more of it, or is null. */
  static final StructType SCHEMA =
      StructType.fromDDL(
              """
          path STRING, truth STRING, model STRING, outcome STRING, remark STRING, pixels BIGINT
          """)
          .add(MetricName.AACC.toString(), DataTypes.DoubleType)
          .add(MetricName.MIOU.toString(), DataTypes.DoubleType)
          .add("cells", DataTypes.createArrayType(CELL));

  public enum Outcome {
    COMPARED,
    /** Compared, but the map is as wide as the mask is high and the reverse. */
    TURNED,
    FAILED,
    PREDICTIONS_ONLY,
    TRUTH_ONLY,
    AMBIGUOUS,
    BAD_TRUTH,
    BAD_MASK
  }

  @Override
  public Iterator<Row> call(String key, Iterator<Row> truths, Iterator<Row> predictions) {
    String truth = truths.hasNext() ? truths.next().getAs("truth") : null;
    List<Row> current = current(predictions);
    if (current.isEmpty()) {
      return one(null, truth, null, Outcome.TRUTH_ONLY, null, null);
    }
    Row mask = current.get(0);
    String path = mask.getAs("path");
    String model = mask.getAs("model");
    if (truth == null) {
      return one(path, null, model, Outcome.PREDICTIONS_ONLY, null, null);
    }
    if (current.size() > 1) {
      String other = current.get(1).getAs("path");
      String remark = Objects.equals(path, other) ? "another row of this path" : other;
      return one(path, truth, model, Outcome.AMBIGUOUS, remark, null);
    }
    LabelMap map;
    try {
      map = map(truth);
    } catch (BadMap e) {
      return one(path, truth, model, Outcome.BAD_TRUTH, truth + " " + e.getMessage(), null);
    }
    PixelCounts counts = new PixelCounts(labels);
    String status = mask.getAs("status");
    if (!Status.OK.name().equals(status)) {
      if (failed == FailedImages.WRONG) {
        counts.add(map, null);
      }
      return one(path, truth, model, Outcome.FAILED, status, counts);
    }
    try {
      LabelMap found = mask(mask);
      boolean isTurned =
          found.width() != found.height()
              && found.width() == map.height()
              && found.height() == map.width();
      counts.add(map, found.resized(map.width(), map.height()));
      return one(path, truth, model, isTurned ? Outcome.TURNED : Outcome.COMPARED, null, counts);
    } catch (BadMap e) {
      return one(path, truth, model, Outcome.BAD_MASK, path + " " + e.getMessage(), null);
    }
  }

  /** Of two rows of {@link MaskTable#SCHEMA} that of the newer run; the first of one run. */
  public static Row newer(Row a, Row b) {
    return byTime(a, b) >= 0 ? a : b;
  }

  private static int byTime(Row a, Row b) {
    Comparator<String> byTime = Comparator.nullsFirst(Comparator.naturalOrder());
    return byTime.compare(a.getAs("run_id"), b.getAs("run_id"));
  }

  /** The row of each path in its newest run, in the order of paths; two where that has several. */
  private static List<Row> current(Iterator<Row> predictions) {
    SortedMap<String, List<Row>> rows =
        new TreeMap<>(Comparator.nullsFirst(Comparator.naturalOrder()));
    predictions.forEachRemaining(
        row -> {
          List<Row> newest = rows.computeIfAbsent(row.getAs("path"), path -> new ArrayList<>(2));
          int order = newest.isEmpty() ? 0 : byTime(row, newest.get(0));
          if (order > 0) {
            newest.clear();
          }
          // Two tell as much as all, and rows without a path are one heap.
          if (order >= 0 && newest.size() < 2) {
            newest.add(row);
          }
        });
    return rows.values().stream().flatMap(List::stream).toList();
  }

  private LabelMap map(String truth) throws BadMap {
    LabelMap map = truth(truth, reduces, configuration.value());
    check(map, reduces);
    return map;
  }

  /** Asserts that the model has all labels of a map. */
  private void check(LabelMap map, boolean isReduced) throws BadMap {
    long[] counts = map.counts();
    for (int index = labels; index < LabelMap.NONE; index++) {
      if (counts[index] > 0) {
        throw new BadMap(
            "holds label %d%s, and the model has %d labels, 0 to %d"
                .formatted(
                    isReduced ? index + 1 : index,
                    isReduced ? " (" + index + " when labels are reduced)" : "",
                    labels,
                    labels - 1));
      }
    }
  }

  public static LabelMap truth(String file, boolean reduces, HadoopConfiguration configuration)
      throws BadMap {
    LabelMap map = MapFiles.read(file, configuration.value());
    return reduces ? map.reduced() : map;
  }

  private LabelMap mask(Row row) throws BadMap {
    LabelMap mask = mask(row, configuration.value());
    check(mask, false);
    return mask;
  }

  /**
   * The mask of a row of {@link MaskTable#SCHEMA}.
   *
   * @throws BadMap if there is none, too
   */
  public static LabelMap mask(Row row, HadoopConfiguration configuration) throws BadMap {
    byte[] png = row.getAs("mask");
    if (png != null) {
      return MapFiles.map(png);
    }
    String file = row.getAs("mask_file");
    if (file == null) {
      throw new BadMap("has neither mask nor mask_file");
    }
    if (ImageUri.problem(file, AllowedPlaces.STORES).isPresent()) {
      throw new BadMap("has a mask_file that is no place of a store");
    }
    return MapFiles.read(file, configuration.value());
  }

  private static Iterator<Row> one(
      String path, String truth, String model, Outcome outcome, String remark, PixelCounts counts) {
    List<Row> cells = new ArrayList<>();
    long pixels = 0;
    if (counts != null) {
      for (PixelCounts.Cell cell : counts.cells()) {
        cells.add(RowFactory.create(cell.truth(), cell.predicted(), cell.pixels()));
        pixels += cell.pixels();
      }
    }
    return List.of(
            RowFactory.create(
                path,
                truth,
                model,
                outcome.name(),
                remark,
                pixels,
                value(counts, MetricName.AACC),
                value(counts, MetricName.MIOU),
                cells.toArray(Row[]::new)))
        .iterator();
  }

  private static Double value(PixelCounts counts, MetricName metric) {
    return counts == null ? null : counts.metrics().get(metric).orNull();
  }
}
