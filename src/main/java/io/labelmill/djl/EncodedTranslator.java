package io.labelmill.djl;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.labelmill.error.ImageException;

/** Encoded images to classifications. Thread-safe. */
final class EncodedTranslator implements NoBatchifyTranslator<byte[], Classifications> {
  private final Labeller labeller;

  EncodedTranslator(Labeller labeller) {
    this.labeller = labeller;
  }

  @Override
  public NDList processInput(TranslatorContext context, byte[] encoded) throws TranslateException {
    try {
      return labeller.decoded(
          encoded, picture -> labeller.pixelValues(picture, context.getNDManager()));
    } catch (ImageException e) {
      throw new TranslateException(e.status() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Classifications processOutput(TranslatorContext context, NDList outputs)
      throws TranslateException {
    return labeller.classifications(outputs);
  }
}
