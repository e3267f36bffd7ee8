package io.labelmill.djl;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What all translators of a model share: pixels in, scores out, with the classes that the job uses.
 * Thread-safe: decoder, preprocessor and buffer are each thread's own.
 */
final class Labeller {
  private static final String LOGITS = "logits";
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

  private final ProcessorConfig processor;
  private final List<String> labels;
  private final LabelArguments arguments;
  private final ThreadLocal<Work> work = ThreadLocal.withInitial(this::newWork);

  /** One thread's tools. */
  private record Work(ImageDecoder decoder, Preprocessor preprocessor, FloatBuffer nchw) {}

  Labeller(Checkpoint checkpoint, LabelArguments arguments) {
    this.processor = checkpoint.processor();
    this.labels = checkpoint.labels().names();
    this.arguments = arguments;
  }

  private Work newWork() {
    int floats = RgbImage.CHANNELS * processor.height() * processor.width();
    return new Work(
        new ImageDecoder(arguments.maxPixels(), arguments.orientation(), DECODE_TIME),
        new Preprocessor(processor),
        ByteBuffer.allocateDirect(floats * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer());
  }

  /** In the order of the scores. */
  List<String> labels() {
    return labels;
  }

  int topK() {
    return arguments.topK();
  }

  /** Decodes with this thread's decoder. */
  <T> T decoded(byte[] encoded, ImageDecoder.Use<T> use) throws ImageException {
    return work.get().decoder().decode(encoded, encoded.length, use);
  }

  /**
   * The model's input for one picture: a view of the thread's buffer, valid until its next picture.
   */
  NDList pixelValues(RgbImage picture, NDManager manager) {
    FloatBuffer nchw = work.get().nchw().clear();
    work.get().preprocessor().pixelValues(picture, nchw);
    Shape shape = new Shape(1, RgbImage.CHANNELS, processor.height(), processor.width());
    return new NDList(manager.create(nchw.flip(), shape, DataType.FLOAT32));
  }

  /**
   * Scores in the labels' order.
   *
   * @throws TranslateException if the model has no logits, others than labels, or ones that are no
   *     numbers
   */
  float[] scores(NDList outputs) throws TranslateException {
    for (NDArray output : outputs) {
      if (LOGITS.equals(output.getName())) {
        float[] scores = output.toFloatArray();
        if (scores.length != labels.size()) {
          throw new TranslateException(
              "the model gives %d logits an image, and its config.json names %d labels"
                  .formatted(scores.length, labels.size()));
        }
        for (int i = 0; i < scores.length; i++) {
          if (!Float.isFinite(scores[i])) {
            throw new TranslateException(
                "the model gives %s for label %s, index %d".formatted(scores[i], labels.get(i), i));
          }
        }
        arguments.activation().apply(scores, scores);
        return scores;
      }
    }
    throw new TranslateException(
        "the model has no output logits, it has %s"
            .formatted(outputs.stream().map(NDArray::getName).toList()));
  }

  Classifications classifications(NDList outputs) throws TranslateException {
    List<Double> probabilities = new ArrayList<>(labels.size());
    for (float score : scores(outputs)) {
      probabilities.add((double) score);
    }
    Classifications classifications = new Classifications(labels, probabilities);
    classifications.setTopK(arguments.topK());
    return classifications;
  }
}
