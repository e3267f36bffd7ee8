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

  /** Images per second of forward passes over the pixels of some files again and again. */
  double passes(int images, List<Path> files) throws IOException {
    List<byte[]> encoded = contents(files);
    return run(
        images,
        worker -> {
          Pictures pictures = new Pictures(encoded);
          PixelBatch batch = batch();
          pictures.fill(batch, 0);
          return index -> worker.predict(batch);
        });
  }

  /** Images per second of decoding, preprocessing and forward passes over files in memory. */
  double decodedPasses(int images, List<Path> files) throws IOException {
    List<byte[]> encoded = contents(files);
    return run(
        images,
        worker -> {
          Pictures pictures = new Pictures(encoded);
          PixelBatch batch = batch();
          return index -> {
            pictures.fill(batch, index);
            worker.predict(batch);
          };
        });
  }

  private static List<byte[]> contents(List<Path> files) throws IOException {
    List<byte[]> encoded = new ArrayList<>();
    for (Path file : files) {
      encoded.add(Files.readAllBytes(file));
    }
    return encoded;
  }

  /** Encoded pictures, and what one thread decodes them with. */
  private final class Pictures {
    private final List<byte[]> encoded;
    private final ImageDecoder decoder =
        new ImageDecoder(Long.MAX_VALUE, Orientation.UPRIGHT, Duration.ofMinutes(1));
    private final Preprocessor preprocessor = new Preprocessor(bundle.processor());

    Pictures(List<byte[]> encoded) {
      this.encoded = encoded;
    }

    /** Fills a batch with as many as it takes, from one on. */
    void fill(PixelBatch batch, int first) throws ImageException {
      batch.clear();
      for (int i = 0; !batch.isFull(); i++) {
        byte[] bytes = encoded.get((first + i) % encoded.size());
        batch.append(preprocessor, decoder.decode(bytes, bytes.length));
      }
    }
  }

  private interface Pass {
    /** One pass over a batch, starting with image {@code index}. */
    void over(int index) throws TranslateException, ImageException;
  }

  private interface Work {
    Pass of(Predictor<PixelBatch, Outputs> predictor) throws ImageException;
  }

  private double run(int images, Work work) throws IOException {
    return Threads.rate(
        threads,
        images,
        batchSize,
        () -> {
          Predictor<PixelBatch, Outputs> predictor = model.predictor();
          Pass pass = work.of(predictor);
          return new Threads.Worker() {
            @Override
            public void pass(int index) throws TranslateException, ImageException {
              pass.over(index);
            }

            @Override
            public void close() {
              predictor.close();
            }
          };
        });
  }

  private PixelBatch batch() {
    return PixelBatch.of(bundle, batchSize);
  }
}
