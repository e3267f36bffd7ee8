package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.OnnxModels;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.Precision;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.score.ScoreOptions.Scoring;
import io.labelmill.score.ScoreOptions.Segmentation;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ReadAhead;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What pictures that go through the model in windows take of a task, and what their rows say. */
@Timeout(120)
class SegmentingIT {
  private static final int LABELS = 5;

  @TempDir private Path scratch;
  private LabelImages.Setup setup;
  private final List<Row> planned = new ArrayList<>();

  @BeforeEach
  void writePictures() throws IOException {
    SparkSession spark = SparkFixture.spark();
    Path model = OnnxModels.segmenter(scratch.resolve("model"), new float[LABELS * 48]);
    Segmentation segmentation =
        new Segmentation(
            Masks.COLUMN,
            Optional.of(new Windowing(64, 42)),
            Orientation.UPRIGHT,
            Scoring.DEFAULT_MAX_PIXELS);
    setup = LabellingSetup.of(spark, model, Precision.FP32, segmentation, 4);
    for (int i = 0; i < 3; i++) {
      Path file = scratch.resolve(i + ".png");
      ImageIO.write(new BufferedImage(190, 64, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
      planned.add(
          RowFactory.create(file.toString(), file.toString(), null, null, null, null, null));
    }
  }

  @Test
  void windowsGoThroughTheModelOneByOne() {
    for (Lanes lanes : List.of(Lanes.inTask(), Lanes.ahead())) {
      AtomicInteger passes = new AtomicInteger();
      List<Row> rows =
          rows(
              lanes,
              batch -> {
                assertThat(batch.capacity()).isOne();
                assertThat(batch.images()).isOne();
                passes.incrementAndGet();
                return noLogits();
              });
      assertThat(rows).extracting(row -> row.get(1)).containsOnly("OK").hasSize(3);
      assertThat(passes).hasValue(3 * 4);
    }
  }

  /** Nobody but the picture itself may have filled the heap the second time. */
  @Test
  void aMaskThatTheHeapHasNoRoomForIsOneRow() {
    for (Lanes lanes : List.of(Lanes.inTask(), Lanes.ahead())) {
      AtomicInteger passes = new AtomicInteger();
      List<Row> rows =
          rows(
              lanes,
              batch -> {
                int pass = passes.incrementAndGet();
                // Both tries at one picture, and the first at the next, in its second window.
                if (pass <= 2 || pass == 4) {
                  throw new OutOfMemoryError("as if");
                }
                return noLogits();
              });
      // Decoded ahead, any may be the first.
      assertThat(rows)
          .extracting(row -> row.get(1))
          .containsExactlyInAnyOrder("OUT_OF_MEMORY", "OK", "OK");
      Row failed = rows.stream().filter(row -> !row.get(1).equals("OK")).findFirst().orElseThrow();
      assertThat(failed.getString(2))
          .startsWith("Making the picture's mask ran out of memory in a heap of ")
          .contains("give executors more");
      assertThat(failed.get(3)).isNull();
      assertThat(passes).hasValue(2 + 2 + 4 + 4);
    }
  }

  private static Outputs noLogits() {
    float[] logits = new float[LABELS * 16 * 16];
    return new Outputs(Map.of("logits", new Tensor(logits, new long[] {1, LABELS, 16, 16})));
  }

  private List<Row> rows(Lanes lanes, Labelling.Forward device) {
    List<Row> rows = new ArrayList<>();
    try (ReadAhead reads =
            new ReadAhead(
                planned.iterator(),
                new ImageReader(new Configuration()),
                new ReadAhead.Limits(4, 1 << 20, Duration.ofMinutes(1)));
        lanes;
        DeviceQueue queue = DeviceQueue.open()) {
      new Labelling(
              setup,
              reads,
              lanes,
              new PixelBatches(),
              queue,
              device,
              new JobCounters(SparkFixture.spark().sparkContext()),
              new Configuration(false))
          .forEachRemaining(rows::add);
    }
    return rows;
  }
}
