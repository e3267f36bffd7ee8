package io.labelmill.djl;

import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Size;

/** Encoded images to answers. Thread-safe. */
record EncodedTranslator<O>(PictureInput pictures, Answer<O> answer)
    implements NoBatchifyTranslator<byte[], O> {
  private static final String SIZE = "labelmill.size";

  @Override
  public NDList processInput(TranslatorContext context, byte[] encoded) throws TranslateException {
    try {
      return pictures.decoded(
          encoded,
          picture -> {
            context.setAttachment(SIZE, new Size(picture.width(), picture.height()));
            return pictures.pixelValues(picture, context.getNDManager());
          });
    } catch (ImageException e) {
      throw new TranslateException(e.status() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public O processOutput(TranslatorContext context, NDList outputs) throws TranslateException {
    return answer.of(outputs, (Size) context.getAttachment(SIZE));
  }
}
