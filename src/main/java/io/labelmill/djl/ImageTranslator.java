package io.labelmill.djl;

import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.labelmill.decode.RgbImage;

/** Pictures that DJL decoded to classifications. Thread-safe. */
final class ImageTranslator implements NoBatchifyTranslator<Image, Classifications> {
  private final Labeller labeller;

  ImageTranslator(Labeller labeller) {
    this.labeller = labeller;
  }

  @Override
  public NDList processInput(TranslatorContext context, Image image) {
    return labeller.pixelValues(rgb(context, image), context.getNDManager());
  }

  /** Whatever it is stored as, DJL gives red, green and blue, row by row. */
  private static RgbImage rgb(TranslatorContext context, Image image) {
    try (NDArray samples = image.toNDArray(context.getNDManager(), Image.Flag.COLOR)) {
      return new RgbImage(image.getWidth(), image.getHeight(), samples.toByteArray());
    }
  }

  @Override
  public Classifications processOutput(TranslatorContext context, NDList outputs)
      throws TranslateException {
    return labeller.classifications(outputs);
  }
}
