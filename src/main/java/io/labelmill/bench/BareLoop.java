package io.labelmill.bench;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.error.ImageException;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.preprocess.Preprocessor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Forward passes in a loop, with nothing of Spark around them: what a job can reach at most. Some
 * threads share one session, each with its own buffer, as tasks do.
 */
final class BareLoop {
  private final LoadedModel model;
  private final ModelBundle bundle;
  private final int threads;
  private final int batchSize;

  BareLoop(LoadedModel model, ModelBundle bundle, int threads, int batchSize) {
    this.model = model;
    this.bundle = bundle;
    this.threads = threads;
    this.batchSize = batchSize;
  }

  /** Images per second of forward passes over the same pixels again and again. */
  double passes(int images) throws IOException {
    return run(
        images,
        worker -> {
          PixelBatch batch = batch();
          Random random = new Random(1);
          while (!batch.isFull()) {
            fill(batch, random);
          }
          return index -> worker.predict(batch);
        });
  }

  /** Images per second of decoding, preprocessing and forward passes over files in memory. */
  double decodedPasses(int images, List<Path> files) throws IOException {
    List<byte[]> encoded = new ArrayList<>();
    for (Path file : files) {
      encoded.add(Files.readAllBytes(file));
    }
    return run(
        images,
        worker -> {
          PixelBatch batch = batch();
          ImageDecoder decoder =
              new ImageDecoder(Long.MAX_VALUE, Orientation.UPRIGHT, Duration.ofMinutes(1));
          Preprocessor preprocessor = new Preprocessor(bundle.processor());
          return index -> {
            batch.clear();
            for (int i = 0; !batch.isFull(); i++) {
              byte[] bytes = encoded.get((index + i) % encoded.size());
              preprocessor.pixelValues(decoder.decode(bytes, bytes.length), batch.nchw());
            }
            worker.predict(batch);
          };
        });
  }

  private interface Worker {
    /** One pass over a batch, starting with image {@code index}. */
    void pass(int index) throws TranslateException, ImageException;
  }

  private interface Work {
    Worker worker(Predictor<PixelBatch, Outputs> predictor);
  }

  private double run(int images, Work work) throws IOException {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch warm = new CountDownLatch(threads);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        ends.add(pool.submit(() -> loop(images, next, warm, go, work)));
      }
      warm.await();
      long start = System.nanoTime();
      go.countDown();
      for (Future<?> end : ends) {
        end.get();
      }
      return images / ((System.nanoTime() - start) / 1e9);
    } catch (ExecutionException e) {
      throw new IOException("a forward pass failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      pool.shutdownNow();
    }
  }

  /** One pass to warm up, then passes until none is left. A failure ends the other threads too. */
  private Void loop(
      int images, AtomicInteger next, CountDownLatch warm, CountDownLatch go, Work work)
      throws Exception {
    boolean succeeded = false;
    try (Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
      Worker worker = work.worker(predictor);
      worker.pass(0);
      warm.countDown();
      go.await();
      for (int at = next.getAndAdd(batchSize); at < images; at = next.getAndAdd(batchSize)) {
        worker.pass(at);
      }
      succeeded = true;
      return null;
    } finally {
      if (!succeeded) {
        next.set(images);
        // Whoever waits for all to be warm must not wait for this one; a count of 0 stays.
        warm.countDown();
      }
    }
  }

  private PixelBatch batch() {
    return new PixelBatch(batchSize, bundle.height(), bundle.width());
  }

  private void fill(PixelBatch batch, Random random) {
    for (int i = 0; i < 3 * bundle.height() * bundle.width(); i++) {
      batch.nchw().put(random.nextFloat() * 2 - 1);
    }
  }
}
