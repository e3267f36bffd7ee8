package io.labelmill.score;

import io.labelmill.segment.LabelMap;
import io.labelmill.segment.LogitGrid;
import io.labelmill.segment.MaskMaker;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Segment;
import io.labelmill.sink.MaskFolder;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Makes the columns that tell a picture's segments. Used by one thread. */
final class SegmentColumns {
  private final Masks masks;
  private final List<String> labels;
  private final MaskFolder folder;
  private final Configuration configuration;

  /**
   * @param labels the model's labels in index order
   * @param folder of masks; null unless they are files
   * @param configuration by which it is reached
   */
  SegmentColumns(Masks masks, List<String> labels, MaskFolder folder, Configuration configuration) {
    this.masks = masks;
    this.labels = labels;
    this.folder = folder;
    this.configuration = configuration;
  }

  /**
   * The columns {@code segments}, and {@code mask} or {@code mask_file} where there is one.
   *
   * @param path of the image; null where the input has none
   * @param version of its content; null when unknown
   * @param width of its upright picture, pixels
   * @param height of its upright picture, pixels
   */
  List<Object> of(String path, String version, LogitGrid logits, int width, int height) {
    LabelMap mask = MaskMaker.mask(logits, width, height);
    List<Object> columns = new ArrayList<>();
    columns.add(
        Segment.of(mask).stream()
            .map(
                segment ->
                    RowFactory.create(
                        labels.get(segment.index()),
                        segment.index(),
                        segment.pixels(),
                        segment.share()))
            .toArray(Row[]::new));
    if (masks == Masks.COLUMN) {
      columns.add(MaskPng.write(mask));
    } else if (masks == Masks.FILES) {
      columns.add(folder.write(path, version, MaskPng.write(mask), configuration));
    }
    return columns;
  }
}
