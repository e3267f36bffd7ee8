package io.labelmill.score;

import ai.djl.translate.TranslateException;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.graph.GraphOutput;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.segment.Logits;
import io.labelmill.segment.SlidingWindows;
import io.labelmill.segment.WindowLogits;
import io.labelmill.source.EncodedImage;
import io.labelmill.source.ImageReader;
import io.labelmill.source.PlanColumns;
import io.labelmill.source.ReadAhead;
import io.labelmill.source.Seam;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/**
 * One partition under way. Its images are read ahead, decoded into batches, and each batch goes
 * through the model as soon as its last image is decoded; where that happens, and how many batches
 * there are at once, the {@link Lanes} say. Rows come in the order of the plan. Used by one thread;
 * what it is given is closed by whoever gave it.
 */
final class Labelling implements Iterator<Row> {
  private final JobCounters counters;
  private final ReadAhead reads;
  private final Lanes lanes;
  private final PixelBatches buffers;
  private final DeviceQueue queue;
  private final Forward forward;
  private final DecodeStage.Settings pixels;
  private final int batchSize;
  private final ModelBundle bundle;
  private final ScoreRows rows;
  private final int labels;
  private final Optional<SegmentColumns> segments;
  private final Deque<Batch> underWay = new ArrayDeque<>();
  private final Deque<Row> ready = new ArrayDeque<>();

  /** A forward pass, which tells the queue when it has begun. */
  interface Forward {
    Outputs run(PixelBatch batch) throws TranslateException;
  }

  /**
   * What became of an image, without the image: its batch may go on for long.
   *
   * @param planned its row in the plan, without contents
   * @param bytes length of its file; null when unknown
   * @param version of its content; null when unknown
   * @param picture null for an image that failed
   * @param failure null for an image whose pixels are in the batch
   */
  private record Slot(
      Row planned,
      Long bytes,
      String version,
      DecodeStage.Picture picture,
      ImageException failure,
      long decodeNanos) {}

  /**
   * What came of a batch.
   *
   * @param outputs null where no image was left, and where images went through the model in windows
   * @param windows logits of the windows of each image, in their order
   */
  private record Pass(Outputs outputs, List<List<Logits>> windows, long inferNanos) {}

  /** Images that go through the model together. */
  private record Batch(
      PixelBatch pixels, List<CompletableFuture<Slot>> slots, CompletableFuture<Pass> pass) {}

  /**
   * @param configuration by which masks are written
   */
  Labelling(
      LabelImages.Setup setup,
      ReadAhead reads,
      Lanes lanes,
      PixelBatches buffers,
      DeviceQueue queue,
      Forward forward,
      JobCounters counters,
      Configuration configuration) {
    bundle = setup.model().bundle();
    RowSettings settings = setup.settings();
    this.reads = reads;
    this.lanes = lanes;
    this.buffers = buffers;
    this.queue = queue;
    this.forward = forward;
    this.counters = counters;
    pixels =
        new DecodeStage.Settings(
            settings.maxPixels(),
            settings.orientation(),
            bundle.processor(),
            settings.segmentation().map(SegmentSettings::windowing).orElse(null));
    batchSize = setup.batchSize();
    labels = bundle.labels().size();
    rows =
        new ScoreRows(
            setup.table(),
            settings,
            bundle.labels().names(),
            setup.stamp(),
            InstantSource.system());
    segments =
        settings
            .segmentation()
            .map(
                one ->
                    new SegmentColumns(
                        one.masks(), bundle.labels().names(), setup.masks(), configuration));
  }

  @Override
  public boolean hasNext() {
    return !ready.isEmpty() || !underWay.isEmpty() || reads.hasNext();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    while (ready.isEmpty()) {
      while (underWay.size() < lanes.batches() && reads.hasNext()) {
        underWay.addLast(begin());
      }
      finish(underWay.removeFirst());
    }
    return ready.removeFirst();
  }

  /** Hands so many images on as a batch takes; its pass follows by itself. */
  private Batch begin() {
    PixelBatch batch = buffers.take(batchSize, bundle);
    List<CompletableFuture<Slot>> slots = new ArrayList<>();
    counters.batchStarted();
    while (slots.size() < batchSize && reads.hasNext()) {
      long start = System.nanoTime();
      ReadAhead.Result read = reads.next();
      counters.read(System.nanoTime() - start, reads.ready());
      int place = slots.size();
      slots.add(CompletableFuture.supplyAsync(() -> decoded(read, batch, place), lanes.decode()));
    }
    CompletableFuture<Pass> pass =
        CompletableFuture.allOf(slots.toArray(CompletableFuture[]::new))
            .thenApply(done -> decodedPlaces(slots))
            .thenApplyAsync(places -> infer(batch, slots, places), lanes.device());
    return new Batch(batch, slots, pass);
  }

  private Slot decoded(ReadAhead.Result read, PixelBatch batch, int place) {
    long start = System.nanoTime();
    Row planned = PlanColumns.withoutContent(read.row());
    EncodedImage image = read.image();
    if (image == null) {
      return new Slot(
          planned,
          PlanColumns.knownLength(planned),
          PlanColumns.knownVersion(planned),
          null,
          read.failure(),
          0);
    }
    DecodeStage.Picture picture = null;
    ImageException failure = null;
    try (read) {
      if (lanes.isClosed()) {
        throw new CancellationException("the task has ended");
      }
      picture = DecodeStage.ofThisThread(pixels).decode(image, batch, place);
    } catch (ImageException e) {
      failure = ImageReader.shown(planned, e);
    }
    return new Slot(
        planned,
        (long) image.length(),
        image.contentVersion(),
        picture,
        failure,
        System.nanoTime() - start);
  }

  /**
   * Where in a batch there are pixels, now that no more come; from here on it waits for a device.
   */
  private int[] decodedPlaces(List<CompletableFuture<Slot>> slots) {
    int[] places =
        IntStream.range(0, slots.size())
            .filter(place -> slots.get(place).join().failure == null)
            .toArray();
    queue.decoded(
        pixels.windowing() == null
            ? places.length
            : IntStream.of(places)
                .map(place -> slots.get(place).join().picture.parts().size())
                .sum());
    return places;
  }

  private Pass infer(PixelBatch batch, List<CompletableFuture<Slot>> slots, int... places) {
    batch.keep(places);
    if (batch.images() == 0) {
      return new Pass(null, List.of(), 0);
    }
    long start = System.nanoTime();
    try {
      if (pixels.windowing() != null) {
        List<List<Logits>> windows = new ArrayList<>();
        for (int place : places) {
          windows.add(windows(batch, slots.get(place).join().picture.parts()));
        }
        return new Pass(null, windows, System.nanoTime() - start);
      }
      Outputs outputs = forward.run(batch);
      checkLabels(outputs.tensors().get(GraphOutput.LOGITS.tensorName()));
      return new Pass(outputs, List.of(), System.nanoTime() - start);
    } catch (TranslateException e) {
      throw new IllegalStateException("The forward pass failed: " + e.getMessage(), e);
    } finally {
      Seam.INFERRED.reached();
    }
  }

  /** Lets the windows of one picture through the model, one by one. */
  private List<Logits> windows(PixelBatch batch, List<float[]> parts) throws TranslateException {
    List<Logits> logits = new ArrayList<>();
    for (float[] part : parts) {
      batch.clear();
      batch.append(part);
      logits.add(logits(forward.run(batch), 0));
    }
    return logits;
  }

  private Logits logits(Outputs outputs, int image) {
    Tensor tensor = outputs.tensor(GraphOutput.LOGITS.tensorName());
    checkLabels(tensor);
    return new Logits(
        tensor.row(image),
        labels,
        Math.toIntExact(tensor.shape()[2]),
        Math.toIntExact(tensor.shape()[3]));
  }

  /** Waits for a batch and makes the rows of all its images, in their order. */
  private void finish(Batch batch) {
    Pass pass = result(batch.pass);
    buffers.giveBack(batch.pixels);
    counters.infer(pass.inferNanos);
    int image = 0;
    for (CompletableFuture<Slot> done : batch.slots) {
      Slot slot = result(done);
      counters.decode(slot.decodeNanos);
      if (slot.failure == null) {
        counters.image(Status.OK);
        ready.add(row(slot, pass, image++));
      } else {
        counters.image(slot.failure.status());
        ready.add(rows.failed(slot.planned, slot.failure, slot.bytes, slot.version));
      }
    }
  }

  private Row row(Slot slot, Pass pass, int image) {
    int width = slot.picture.width();
    int height = slot.picture.height();
    if (segments.isEmpty()) {
      return rows.scored(
          slot.planned, width, height, slot.bytes, slot.version, pass.outputs, image);
    }
    SlidingWindows windows = slot.picture.windows();
    List<Logits> logits =
        windows == null ? List.of(logits(pass.outputs, image)) : pass.windows.get(image);
    return rows.segmented(
        slot.planned,
        width,
        height,
        slot.bytes,
        slot.version,
        logits,
        () ->
            segments
                .get()
                .of(
                    slot.planned.getString(PlanColumns.PATH),
                    slot.version,
                    windows == null ? logits.get(0) : new WindowLogits(windows, logits),
                    width,
                    height));
  }

  /** What another thread came to; what it threw is thrown as it is. */
  private static <T> T result(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while images were decoded and scored", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException("scoring failed in an unexpected way", e.getCause());
    }
  }

  /**
   * A graph may leave it open how many logits it gives.
   *
   * @param logits null where there are none
   */
  private void checkLabels(Tensor logits) {
    boolean isOfPixels = segments.isPresent();
    if (logits != null && logits.shape().length != (isOfPixels ? 4 : 2)) {
      throw new InputException(
          "the model gives logits of "
              + (isOfPixels ? "whole images" : "pixels")
              + ": run it with jobs/"
              + (isOfPixels ? "score" : "segment"));
    }
    long given = logits == null ? labels : logits.shape()[1];
    if (given != labels) {
      throw new InputException(
          "the model gives "
              + given
              + (isOfPixels ? " logits a pixel" : " logits an image")
              + ", and its config.json names "
              + labels
              + " labels");
    }
  }
}
