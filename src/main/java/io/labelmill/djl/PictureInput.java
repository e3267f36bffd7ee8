package io.labelmill.djl;

import ai.djl.modality.Input;
import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Translator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;

/**
 * Pictures to a model's input, with the classes that the job uses. Thread-safe: decoder,
 * preprocessor and buffer are each thread's own.
 */
final class PictureInput {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

  private final ProcessorConfig processor;
  private final Orientation orientation;
  private final long maxPixels;
  private final ThreadLocal<Work> work = ThreadLocal.withInitial(this::newWork);

  /** One thread's tools. */
  private record Work(ImageDecoder decoder, Preprocessor preprocessor, FloatBuffer nchw) {}

  /**
   * @param maxPixels a picture that declares more is refused
   */
  PictureInput(ProcessorConfig processor, Orientation orientation, long maxPixels) {
    this.processor = processor;
    this.orientation = orientation;
    this.maxPixels = maxPixels;
  }

  private Work newWork() {
    int floats = RgbImage.CHANNELS * processor.height() * processor.width();
    return new Work(
        new ImageDecoder(maxPixels, orientation, DECODE_TIME),
        new Preprocessor(processor),
        ByteBuffer.allocateDirect(floats * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer());
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
   * A translator between two types.
   *
   * @param answer what is made of a picture's outputs, in DJL's own form
   * @param json the same as JSON, which DJL Serving gets, and who wants bytes
   */
  <I, O> Translator<I, O> translator(
      Class<I> input, Class<O> output, Answer<?> answer, Answer<ObjectNode> json) {
    Translator<?, ?> translator;
    if (input == Image.class) {
      translator = new ImageTranslator<>(this, answer);
    } else if (input == Input.class) {
      translator = new ServingTranslator(new JsonTranslator(this, json));
    } else if (output == byte[].class) {
      translator = new JsonTranslator(this, json);
    } else {
      translator = new EncodedTranslator<>(this, answer);
    }
    @SuppressWarnings("unchecked") // the factory has looked at the types
    Translator<I, O> typed = (Translator<I, O>) translator;
    return typed;
  }
}
