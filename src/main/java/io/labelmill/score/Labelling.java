package io.labelmill.score;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.Tensor;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.source.EncodedImage;
import io.labelmill.source.PlanColumns;
import io.labelmill.source.ReadAhead;
import io.labelmill.source.Seam;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/**
 * One partition under way. Reads run ahead in other threads; the task's own thread decodes and
 * infers, since on a processor every core has a task already. Used by one thread; what it is given
 * is closed by whoever gave it.
 */
final class Labelling implements Iterator<Row> {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

  private final JobCounters counters;
  private final ReadAhead reads;
  private final ImageDecoder decoder;
  private final Preprocessor preprocessor;
  private final PixelBatch batch;
  private final Predictor<PixelBatch, Outputs> predictor;
  private final ScoreRows rows;
  private final int labels;
  private final Deque<Row> ready = new ArrayDeque<>();

  /** An image whose pixels are in the batch, or the finished row of one that failed. */
  private record Slot(Row planned, int width, int height, long bytes, String version, Row failed) {}

  Labelling(
      LabelImages.Setup setup,
      ReadAhead reads,
      Predictor<PixelBatch, Outputs> predictor,
      JobCounters counters) {
    ModelBundle bundle = setup.model().bundle();
    RowSettings settings = setup.settings();
    this.reads = reads;
    this.predictor = predictor;
    this.counters = counters;
    decoder = new ImageDecoder(settings.maxPixels(), settings.orientation(), DECODE_TIME);
    preprocessor = new Preprocessor(bundle.processor());
    batch = new PixelBatch(setup.batchSize(), bundle.height(), bundle.width());
    labels = bundle.labels().size();
    rows =
        new ScoreRows(
            ScoreTable.of(Arrays.asList(setup.kept().fields()), settings.columns()),
            settings,
            bundle.labels().names(),
            setup.stamp(),
            InstantSource.system());
  }

  @Override
  public boolean hasNext() {
    return !ready.isEmpty() || reads.hasNext();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (ready.isEmpty()) {
      label(fill());
    }
    return ready.removeFirst();
  }

  /** Reads and decodes until the batch is full or the partition ends. */
  private List<Slot> fill() {
    List<Slot> slots = new ArrayList<>();
    batch.clear();
    counters.batchStarted();
    while (!batch.isFull() && reads.hasNext()) {
      long start = System.nanoTime();
      ReadAhead.Result read = reads.next();
      long decode = System.nanoTime();
      counters.read(decode - start);
      slots.add(slot(read));
      counters.decode(System.nanoTime() - decode);
    }
    return slots;
  }

  private Slot slot(ReadAhead.Result read) {
    Row planned = read.row();
    EncodedImage image = read.image();
    if (image == null) {
      return failed(
          planned,
          read.failure(),
          PlanColumns.knownLength(planned),
          PlanColumns.knownVersion(planned));
    }
    long bytes = image.length();
    try {
      RgbImage picture = decoder.decode(image.bytes(), image.length());
      preprocessor.pixelValues(picture, batch.nchw());
      return new Slot(
          planned, picture.width(), picture.height(), bytes, image.contentVersion(), null);
    } catch (ImageException e) {
      return failed(planned, e, bytes, image.contentVersion());
    }
  }

  private Slot failed(Row planned, ImageException failure, Long bytes, String version) {
    counters.failedImage();
    return new Slot(planned, 0, 0, 0, null, rows.failed(planned, failure, bytes, version));
  }

  /** Runs the batch and makes the rows of all slots, in their order. */
  private void label(List<Slot> slots) {
    Outputs outputs = batch.images() == 0 ? null : infer();
    int image = 0;
    for (Slot slot : slots) {
      if (slot.failed != null) {
        ready.add(slot.failed);
        continue;
      }
      counters.image();
      ready.add(
          rows.scored(
              slot.planned, slot.width, slot.height, slot.bytes, slot.version, outputs, image++));
    }
  }

  private Outputs infer() {
    long start = System.nanoTime();
    try {
      Outputs outputs = predictor.predict(batch);
      checkLabels(outputs.tensors().get(GraphOutput.LOGITS.tensorName()));
      return outputs;
    } catch (TranslateException e) {
      throw new IllegalStateException("The forward pass failed: " + e.getMessage(), e);
    } finally {
      counters.infer(System.nanoTime() - start);
      Seam.INFERRED.reached();
    }
  }

  /**
   * A graph may leave it open how many logits it gives.
   *
   * @param logits null where there are none
   */
  private void checkLabels(Tensor logits) {
    if (logits != null && logits.rowLength() != labels) {
      throw new InputException(
          "the model gives "
              + logits.rowLength()
              + " logits an image, and its config.json names "
              + labels
              + " labels");
    }
  }
}
