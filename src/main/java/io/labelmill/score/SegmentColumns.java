package io.labelmill.score;

import io.labelmill.decode.MemoryGate;
import io.labelmill.error.ImageException;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Segment;
import io.labelmill.sink.MaskFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Makes the columns that tell a picture's segments. Thread-safe.
 *
 * @param labels the model's labels in index order
 * @param folder of masks; null unless they are files
 * @param gate to the memory that masks are made in
 */
record SegmentColumns(
    Masks masks,
    List<String> labels,
    MaskFolder folder,
    Configuration configuration,
    MemoryGate gate) {
  /** Of a mask and its PNG: a byte a pixel, and as much again, which PNG hardly ever takes. */
  private static final int BYTES_A_PIXEL = 2;

  /**
   * What is left of a mask.
   *
   * @param png null where masks are not written
   */
  @SuppressWarnings("ArrayRecordComponent") // a file, never compared
  record Mask(List<Segment> segments, byte[] png) {}

  /**
   * Makes a mask, once there is memory for it.
   *
   * @param width of the upright picture, pixels
   * @param height of the upright picture, pixels
   * @param map makes it; called again where the heap did not do
   * @throws ImageException {@link io.labelmill.error.Status#OUT_OF_MEMORY}
   */
  Mask mask(int width, int height, Supplier<LabelMap> map) throws ImageException {
    return gate.mask(
        (long) BYTES_A_PIXEL * width * height,
        width,
        height,
        () -> {
          LabelMap made = map.get();
          return new Mask(Segment.of(made), masks == Masks.NONE ? null : MaskPng.write(made));
        });
  }

  /**
   * The columns {@code segments}, and {@code mask} or {@code mask_file} where there is one.
   *
   * @param path of the image; null where the input has none
   * @param version of its content; null when unknown
   */
  List<Object> of(String path, String version, Mask mask) {
    List<Object> columns = new ArrayList<>();
    columns.add(
        mask.segments.stream()
            .map(
                segment ->
                    RowFactory.create(
                        labels.get(segment.index()),
                        segment.index(),
                        segment.pixels(),
                        segment.share()))
            .toArray(Row[]::new));
    if (masks == Masks.COLUMN) {
      columns.add(mask.png);
    } else if (masks == Masks.FILES) {
      columns.add(folder.write(path, version, mask.png, configuration));
    }
    return columns;
  }
}
