package io.labelmill.djl;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.labelmill.decode.RgbImage;
import io.labelmill.preprocess.Size;

/** Pictures that DJL decoded to answers. Thread-safe. */
record ImageTranslator<O>(PictureInput pictures, Answer<O> answer)
    implements NoBatchifyTranslator<Image, O> {
  private static final String SIZE = "labelmill.size";

  @Override
  public NDList processInput(TranslatorContext context, Image image) {
    context.setAttachment(SIZE, new Size(image.getWidth(), image.getHeight()));
    return pictures.pixelValues(rgb(context, image), context.getNDManager());
  }

  /** Whatever it is stored as, DJL gives red, green and blue, row by row. */
  private static RgbImage rgb(TranslatorContext context, Image image) {
    try (NDArray samples = image.toNDArray(context.getNDManager(), Image.Flag.COLOR)) {
      return new RgbImage(image.getWidth(), image.getHeight(), samples.toByteArray());
    }
  }

  @Override
  public O processOutput(TranslatorContext context, NDList outputs) throws TranslateException {
    return answer.of(outputs, (Size) context.getAttachment(SIZE));
  }
}
