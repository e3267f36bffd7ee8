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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
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
   * @param outputs null where no image was left
   */
  private record Pass(Outputs outputs, long inferNanos) {}

  /** Images that go through the model together. */
  private record Batch(
      PixelBatch pixels, List<CompletableFuture<Slot>> slots, CompletableFuture<Pass> pass) {}

  Labelling(
      LabelImages.Setup setup,
      ReadAhead reads,
      Lanes lanes,
      PixelBatches buffers,
      DeviceQueue queue,
      Forward forward,
      JobCounters counters) {
    bundle = setup.model().bundle();
    RowSettings settings = setup.settings();
    this.reads = reads;
    this.lanes = lanes;
    this.buffers = buffers;
    this.queue = queue;
    this.forward = forward;
    this.counters = counters;
    pixels =
        new DecodeStage.Settings(settings.maxPixels(), settings.orientation(), bundle.processor());
    batchSize = setup.batchSize();
    labels = bundle.labels().size();
    rows =
        new ScoreRows(
            setup.table(),
            settings,
            bundle.labels().names(),
            setup.stamp(),
            InstantSource.system());
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
            .thenApplyAsync(places -> infer(batch, places), lanes.device());
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
    queue.decoded(places.length);
    return places;
  }

  private Pass infer(PixelBatch batch, int... places) {
    batch.keep(places);
    if (batch.images() == 0) {
      return new Pass(null, 0);
    }
    long start = System.nanoTime();
    try {
      Outputs outputs = forward.run(batch);
      checkLabels(outputs.tensors().get(GraphOutput.LOGITS.tensorName()));
      return new Pass(outputs, System.nanoTime() - start);
    } catch (TranslateException e) {
      throw new IllegalStateException("The forward pass failed: " + e.getMessage(), e);
    } finally {
      Seam.INFERRED.reached();
    }
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
        ready.add(
            rows.scored(
                slot.planned,
                slot.picture.width(),
                slot.picture.height(),
                slot.bytes,
                slot.version,
                pass.outputs,
                image++));
      } else {
        counters.image(slot.failure.status());
        ready.add(rows.failed(slot.planned, slot.failure, slot.bytes, slot.version));
      }
    }
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
