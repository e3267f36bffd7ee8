package io.labelmill.djl;

import ai.djl.Model;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import java.io.Serializable;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/** Which types translators of pictures are for. */
abstract class PictureTranslatorFactory implements TranslatorFactory, Serializable {
  private final Class<?> answer;

  /**
   * @param answer what DJL calls that which a picture's outputs become
   */
  PictureTranslatorFactory(Class<?> answer) {
    this.answer = answer;
  }

  @Override
  public Set<Pair<Type, Type>> getSupportedTypes() {
    return Set.of(
        new Pair<>(byte[].class, answer),
        new Pair<>(byte[].class, byte[].class),
        new Pair<>(Image.class, answer),
        new Pair<>(Input.class, Output.class));
  }

  /**
   * @param model loaded from the folder
   * @throws TranslateException if the folder's files or an argument are wrong
   * @throws IllegalArgumentException on other types
   */
  @Override
  public <I, O> Translator<I, O> newInstance(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException {
    if (!isSupported(input, output)) {
      throw new IllegalArgumentException(
          "from %s to %s is not translated; known are byte[] to %3$s or byte[], Image to %3$s, Input to Output"
              .formatted(input.getTypeName(), output.getTypeName(), answer.getSimpleName()));
    }
    return translator(input, output, model, arguments);
  }

  /** For types that are supported. */
  abstract <I, O> Translator<I, O> translator(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException;
}
