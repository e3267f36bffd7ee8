package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.evaluate.pass.MaskComparison.Outcome;
import io.labelmill.evaluate.pass.SegmentContender;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/** The tables and numbers of an evaluation of masks. */
public record SegmentTables(SegmentContender contender) {
  private static final StructType PER_LABEL =
      StructType.fromDDL(
          """
          index INT, label STRING, iou DOUBLE, accuracy DOUBLE, truth_pixels BIGINT,
          predicted_pixels BIGINT, right_pixels BIGINT
          """);

  private static final StructType CONFUSION =
      StructType.fromDDL(
          """
          truth_index INT, truth STRING, predicted_index INT, predicted STRING, pixels BIGINT
          """);

  public Dataset<Row> images() {
    return contender
        .examples()
        .select(
            functions.col("path"),
            functions.col("truth"),
            functions.lower(functions.col("outcome")).as("outcome"),
            functions.col("remark"),
            functions.col("pixels"),
            functions.col(MetricName.AACC.toString()),
            functions.col(MetricName.MIOU.toString()));
  }

  public Dataset<Row> labels(SparkSession spark) {
    List<Row> rows = new ArrayList<>();
    PixelCounts counts = contender.counts();
    for (int label = 0; label < counts.labels(); label++) {
      rows.add(
          RowFactory.create(
              label,
              contender.labels().name(label),
              counts.iou(label).orNull(),
              counts.accuracy(label).orNull(),
              counts.truth(label),
              counts.predicted(label),
              counts.right(label)));
    }
    return spark.createDataFrame(rows, PER_LABEL);
  }

  public Dataset<Row> confusion(SparkSession spark) {
    List<Row> rows = new ArrayList<>();
    for (PixelCounts.Cell cell : contender.counts().cells()) {
      boolean isNone = cell.predicted() == contender.labels().size();
      rows.add(
          RowFactory.create(
              cell.truth(),
              contender.labels().name(cell.truth()),
              isNone ? null : cell.predicted(),
              isNone ? null : contender.labels().name(cell.predicted()),
              cell.pixels()));
    }
    return spark.createDataFrame(rows, CONFUSION);
  }

  /** {@code metrics.json}, as {@link MetricsJson} has it; images by their {@link Outcome}. */
  public static ObjectNode json(List<SegmentContender> contenders, Instant now) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("schema", MetricsJson.SCHEMA);
    root.put("created_at", now.toString());
    for (SegmentContender contender : contenders) {
      ObjectNode node = root.withArray("contenders").addObject();
      node.put("name", contender.name());
      node.put("predictions", contender.masks().location());
      node.put("problem", "segmentation");
      node.put("labels", contender.labels().size());
      node.put("reduce_labels", contender.reduces());
      node.put("failed_images", MetricsJson.word(contender.failed()));
      ObjectNode images = node.putObject("images");
      ObjectNode listed = node.putObject("listed");
      images.put("evaluated", contender.evaluated());
      contender
          .outcomes()
          .forEach(
              (outcome, all) -> {
                images.put(MetricsJson.word(outcome), all.count());
                if (outcome != Outcome.COMPARED) {
                  all.names().forEach(listed.putArray(MetricsJson.word(outcome))::add);
                }
              });
      contender.notes().forEach(node.putArray("notes")::add);
      MetricsJson.putMetrics(node, contender.metrics());
    }
    return root;
  }
}
