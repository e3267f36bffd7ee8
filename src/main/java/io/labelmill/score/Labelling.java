package io.labelmill.score;

import ai.djl.translate.TranslateException;
import io.labelmill.decode.MemoryGate;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.graph.GraphOutput;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.PixelBatches;
import io.labelmill.model.Tensor;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.Logits;
import io.labelmill.segment.MaskMaker;
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
import java.util.function.Supplier;
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
   * @param outputs null where no image was left, and where one went through the model in windows
   * @param masked of that one; null where there is none
   */
  private record Pass(Outputs outputs, Masked masked, long inferNanos) {}

  /** A picture's mask, or why there is none. */
  private record Masked(SegmentColumns.Mask mask, ImageException failure) {}

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
    // Windows go through the model one by one, and each picture's are let go of with it.
    batchSize = pixels.windowing() == null ? setup.batchSize() : 1;
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
                        one.masks(),
                        bundle.labels().names(),
                        setup.masks(),
                        configuration,
                        MemoryGate.ofThisJvm()));
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
    // A window is cut out when its turn comes.
    queue.decoded(pixels.windowing() == null ? places.length : 0);
    return places;
  }

  private Pass infer(PixelBatch batch, List<CompletableFuture<Slot>> slots, int... places) {
    batch.keep(places);
    if (batch.images() == 0) {
      return new Pass(null, null, 0);
    }
    long start = System.nanoTime();
    try {
      if (pixels.windowing() != null) {
        Slot slot = slots.get(places[0]).join();
        return new Pass(null, masked(slot, ofWindows(batch, slot)), System.nanoTime() - start);
      }
      Outputs outputs = run(batch);
      checkLabels(outputs.tensors().get(GraphOutput.LOGITS.tensorName()));
      return new Pass(outputs, null, System.nanoTime() - start);
    } finally {
      Seam.INFERRED.reached();
    }
  }

  private Outputs run(PixelBatch batch) {
    try {
      return forward.run(batch);
    } catch (TranslateException e) {
      throw new IllegalStateException("The forward pass failed: " + e.getMessage(), e);
    }
  }

  private Masked masked(Slot slot, Supplier<LabelMap> map) {
    try {
      return new Masked(
          segments.orElseThrow().mask(slot.picture.width(), slot.picture.height(), map), null);
    } catch (ImageException e) {
      return new Masked(null, ImageReader.shown(slot.planned, e));
    }
  }

  /** Lets the windows of one picture through the model as they are needed, one by one. */
  private Supplier<LabelMap> ofWindows(PixelBatch batch, Slot slot) {
    DecodeStage stage = DecodeStage.ofThisThread(pixels);
    DecodeStage.Picture picture = slot.picture;
    WindowLogits.Passes passes =
        window -> {
          if (lanes.isClosed()) {
            throw new CancellationException("the task has ended");
          }
          stage.fill(batch, picture, window);
          queue.decoded(1);
          return logits(slot, run(batch), 0);
        };
    return () ->
        MaskMaker.mask(
            new WindowLogits(picture.windows(), labels, passes), picture.width(), picture.height());
  }

  private Logits logits(Slot slot, Outputs outputs, int image) {
    Tensor tensor = outputs.tensor(GraphOutput.LOGITS.tensorName());
    checkLabels(tensor);
    Logits logits =
        new Logits(
            tensor.row(image),
            labels,
            Math.toIntExact(tensor.shape()[2]),
            Math.toIntExact(tensor.shape()[3]));
    rows.checkFinite(slot.planned, logits);
    return logits;
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
      ready.add(slot.failure == null ? row(slot, pass, image++) : failed(slot, slot.failure));
    }
  }

  private Row failed(Slot slot, ImageException failure) {
    counters.image(failure.status());
    return rows.failed(slot.planned, failure, slot.bytes, slot.version);
  }

  private Row row(Slot slot, Pass pass, int image) {
    int width = slot.picture.width();
    int height = slot.picture.height();
    if (segments.isEmpty()) {
      counters.image(Status.OK);
      return rows.scored(
          slot.planned, width, height, slot.bytes, slot.version, pass.outputs, image);
    }
    Masked masked = pass.masked;
    if (masked == null) {
      Logits logits = logits(slot, pass.outputs, image);
      masked = masked(slot, () -> MaskMaker.mask(logits, width, height));
    }
    if (masked.failure != null) {
      return failed(slot, masked.failure);
    }
    counters.image(Status.OK);
    String path = slot.planned.getString(PlanColumns.PATH);
    return rows.segmented(
        slot.planned,
        width,
        height,
        slot.bytes,
        slot.version,
        segments.get().of(path, slot.version, masked.mask));
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
          "the model gives logits of %s: run it with jobs/%s"
              .formatted(isOfPixels ? "whole images" : "pixels", isOfPixels ? "score" : "segment"));
    }
    long given = logits == null ? labels : logits.shape()[1];
    if (given != labels) {
      throw new InputException(
          "the model gives %s%s, and its config.json names %s labels"
              .formatted(given, isOfPixels ? " logits a pixel" : " logits an image", labels));
    }
  }
}
