package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.OutageException;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.PixelCounts;
import io.labelmill.evaluate.pass.MaskComparison;
import io.labelmill.evaluate.pass.MaskComparison.Outcome;
import io.labelmill.evaluate.pass.SegmentContender;
import io.labelmill.evaluate.read.BadMap;
import io.labelmill.evaluate.read.EvaluateOptions;
import io.labelmill.evaluate.read.SegmentOptions;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPalette;
import io.labelmill.source.HadoopConfiguration;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The page of an evaluation of masks: numbers, a bar for each label, pictures under their masks.
 */
public final class SegmentReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Pictures of a gallery. */
  private static final int SHOWN = 12;

  /** Labels named beside a picture, the largest first. */
  private static final int NAMED = 6;

  private static final String AACC = MetricName.AACC.toString();

  private final List<SegmentContender> contenders;
  private final SegmentContender first;
  private final SegmentOptions options;
  private final Thumbnails thumbnails;
  private final HadoopConfiguration configuration;

  public SegmentReport(
      List<SegmentContender> contenders, SegmentOptions options, Configuration configuration) {
    this.contenders = contenders;
    this.first = contenders.get(0);
    this.options = options;
    this.thumbnails = new Thumbnails(configuration);
    this.configuration = new HadoopConfiguration(configuration);
  }

  public String html(Instant createdAt) {
    ObjectNode data = JSON.createObjectNode();
    data.put("title", first.name());
    data.put(
        "subtitle",
        String.format(
            Locale.ROOT,
            "%,d images, %,d labels, a label for each pixel · predictions %s · truth %s · %s",
            first.evaluated(),
            first.labels().size(),
            first.masks().location(),
            options.truth(),
            createdAt.truncatedTo(ChronoUnit.SECONDS)));
    data.put("multiLabel", false);
    data.put("unit", "Pixels");
    data.put(
        "definitions",
        "Definitions are mmsegmentation's: sums over all pixels that have a true label; a mean is over"
            + " the labels that have a value.");
    ReportParts.putFigures(data, PixelCounts.NAMES, first.metrics(), first.labels().size());
    data.set("notes", JSON.valueToTree(first.notes()));
    data.putArray("alarms");
    contenders.forEach(one -> ReportParts.putContender(data, one.name(), one.masks().location()));
    ReportParts.putComparison(
        data, contenders.stream().map(SegmentContender::metrics).toList(), MetricName::title);
    data.putNull("disagreements");
    putLabels(data);
    ReportParts.putConfusion(
        data,
        "Pixels: rows are the truth, columns what it was taken for; colour is the share of the row.",
        first.counts().cells().stream()
            .map(cell -> new long[] {cell.truth(), cell.predicted(), cell.pixels()})
            .toList(),
        first.labels().size(),
        first.counts()::truth);
    data.putArray("curves");
    data.put("curvesNote", "");
    data.putNull("calibration");
    data.putNull("sweep");
    data.putArray("histograms");
    data.putArray("histogramNames");
    putGalleries(data);
    putTables(data);
    return ReportPage.html(data);
  }

  private void putLabels(ObjectNode data) {
    data.set("labels", JSON.valueToTree(first.labels().names()));
    ArrayNode columns = data.putArray("labelColumns");
    columns.addObject().put("title", "Label").put("text", true);
    for (String title : List.of("Index", "IoU", "Accuracy", "Support", "Predicted", "Right")) {
      columns.addObject().put("title", title);
    }
    ArrayNode rows = data.putArray("labelRows");
    ArrayNode bars = data.putObject("bars").put("title", "IoU").putArray("values");
    PixelCounts counts = first.counts();
    List<Integer> order = new ArrayList<>();
    for (int label = 0; label < counts.labels(); label++) {
      rows.addArray()
          .add(first.labels().name(label))
          .add(label)
          .add(counts.iou(label).orNull())
          .add(counts.accuracy(label).orNull())
          .add(counts.truth(label))
          .add(counts.predicted(label))
          .add(counts.right(label));
      if (counts.iou(label).optional().isPresent()) {
        order.add(label);
      }
    }
    order.sort(
        Comparator.comparingDouble((Integer label) -> counts.iou(label).optional().getAsDouble())
            .reversed());
    order.forEach(
        label ->
            bars.addArray()
                .add(first.labels().name(label))
                .add(counts.iou(label).optional().getAsDouble()));
  }

  private void putGalleries(ObjectNode data) {
    ArrayNode galleries = data.putArray("galleries");
    Column isCompared =
        functions
            .col("outcome")
            .isin(Outcome.COMPARED.name(), Outcome.TURNED.name())
            .and(functions.col(AACC).isNotNull());
    gallery(
        galleries.addObject(),
        "Worst images",
        "The share of right pixels is smallest.",
        first
            .examples()
            .where(isCompared)
            .orderBy(functions.col(AACC), functions.col("path"))
            .limit(SHOWN)
            .collectAsList());
    gallery(
        galleries.addObject(),
        "Some images",
        "Chosen by chance, the same ones every time.",
        first
            .examples()
            .where(isCompared)
            .orderBy(functions.xxhash64(functions.col("path")))
            .limit(SHOWN)
            .collectAsList());
  }

  private void gallery(ObjectNode gallery, String title, String explanation, List<Row> examples) {
    gallery.put("title", title).put("explanation", explanation);
    ArrayNode cards = gallery.putArray("images");
    Map<String, Row> masks = masks(examples);
    for (Row example : examples) {
      String path = example.getAs("path");
      ObjectNode card = ReportParts.card(cards, path);
      ArrayNode facts = card.withArray("facts");
      facts.addArray().add("right").add(text(example.getAs(AACC)));
      facts
          .addArray()
          .add(MetricName.title(MetricName.MIOU.toString()))
          .add(text(example.getAs(MetricName.MIOU.toString())));
      ArrayNode views = card.putArray("views");
      if (options.thumbnails() == EvaluateOptions.Thumbnails.NONE) {
        card.put("problem", "no pictures asked for");
        continue;
      }
      try {
        putViews(card, views, example, masks.get(path));
      } catch (IOException | BadMap | OutageException e) {
        card.put("problem", "cannot be read");
      }
    }
  }

  /** Rows with the masks of those pictures: a path has one in each run. */
  private Map<String, Row> masks(List<Row> examples) {
    Map<String, Row> masks = new HashMap<>();
    Object[] paths = examples.stream().map(row -> row.getAs("path")).toArray();
    if (paths.length == 0 || options.thumbnails() == EvaluateOptions.Thumbnails.NONE) {
      return masks;
    }
    for (Row row : first.rows().where(functions.col("path").isin(paths)).collectAsList()) {
      masks.merge(row.getAs("path"), row, MaskComparison::newer);
    }
    return masks;
  }

  private void putViews(ObjectNode card, ArrayNode views, Row example, Row row)
      throws IOException, BadMap {
    LabelMap truth = MaskComparison.truth(example.getAs("truth"), first.reduces(), configuration);
    LabelMap mask = MaskComparison.mask(row, configuration);
    BufferedImage picture = null;
    try {
      // A folder of masks has no pictures.
      picture =
          row.getAs("mask_file") != null && row.getAs("mask_file").equals(row.getAs("path"))
              ? null
              : thumbnails.picture(example.getAs("path"));
    } catch (Thumbnails.NotShown e) {
      card.put("problem", e.getMessage());
    }
    if (picture != null) {
      view(views, "picture", picture);
    }
    view(views, "truth", Overlay.of(picture, truth, Thumbnails.SIDE));
    view(views, "predicted", Overlay.of(picture, mask, Thumbnails.SIDE));
    putNames(card.putArray("colours"), truth, mask);
  }

  private static void view(ArrayNode views, String name, BufferedImage picture) throws IOException {
    views.addObject().put("name", name).put("thumbnail", Thumbnails.uri(picture));
  }

  /** The labels with most pixels in either, with their colours. */
  private void putNames(ArrayNode colours, LabelMap truth, LabelMap mask) {
    long[] pixels = truth.counts();
    long[] found = mask.counts();
    List<Integer> present = new ArrayList<>();
    for (int label = 0; label < first.labels().size(); label++) {
      pixels[label] += found[label];
      if (pixels[label] > 0) {
        present.add(label);
      }
    }
    present.sort(Comparator.comparingLong((Integer label) -> pixels[label]).reversed());
    present.stream()
        .limit(NAMED)
        .forEach(
            label ->
                colours
                    .addArray()
                    .add(first.labels().name(label))
                    .add("#%06x".formatted(MaskPalette.rgb(label))));
  }

  private static String text(Double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private void putTables(ObjectNode data) {
    ReportParts.addMetrics(data.putArray("metrics"), "", first.metrics(), first.labels().size());
    ArrayNode images = data.putArray("images");
    images.addArray().add("counted in the metrics").add(first.evaluated()).add("");
    ReportParts.addImages(images, "failed", first.listed(Outcome.FAILED));
    ReportParts.addImages(
        images, "width and height exchanged with the truth's", first.listed(Outcome.TURNED));
    ReportParts.addImages(
        images, "in the predictions only", first.listed(Outcome.PREDICTIONS_ONLY));
    ReportParts.addImages(images, "in the truth only", first.listed(Outcome.TRUTH_ONLY));
  }
}
