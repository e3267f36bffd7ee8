package io.labelmill.djl;

import ai.djl.Model;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import io.labelmill.error.UsageException;
import io.labelmill.segment.LabelMap;
import java.util.Map;

/**
 * Makes DJL's translators for a folder that {@code jobs/model export} wrote of a model that labels
 * pixels, so that DJL gives the masks of the job:
 *
 * <pre>{@code
 * Criteria.builder()
 *     .setTypes(byte[].class, CategoryMask.class)
 *     .optModelPath(exported)
 *     .optEngine("OnnxRuntime")
 *     .optTranslatorFactory(new MaskTranslatorFactory())
 *     .build()
 * }</pre>
 *
 * <p>Types, from input to output:
 *
 * <ul>
 *   <li>{@code byte[]} to {@link CategoryMask}: an encoded image, of any format that the job reads;
 *       an index of a label for each pixel of the upright picture. An image that can't be read is a
 *       {@link TranslateException}.
 *   <li>{@code byte[]} to {@code byte[]}: the same, as JSON in UTF-8 with {@code status}, {@code
 *       error}, {@code segments}, {@code width} and {@code height} as in the job's table, and
 *       {@code mask}, the PNG in Base64. An image that can't be read is a status.
 *   <li>{@link Image} to {@link CategoryMask}: a picture that DJL decoded, which is not always as
 *       the model's own processor would have.
 *   <li>{@link Input} to {@link Output}: what DJL Serving calls; an encoded image in, JSON out.
 * </ul>
 *
 * <p>Arguments, all optional: {@code orientation} (upright, as-stored), {@code resizeBackend}
 * (auto, pillow, pillow-12, torchvision), {@code maxPixels}. Pictures go through the model as a
 * whole and one by one.
 *
 * <p>Immutable; goes to executors with a task. Translators may be used by several threads.
 */
public final class MaskTranslatorFactory extends PictureTranslatorFactory {
  public MaskTranslatorFactory() {
    super(CategoryMask.class);
  }

  @Override
  <I, O> Translator<I, O> translator(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException {
    Made made = made(model, arguments);
    return made.pictures.translator(input, output, made.masker::categoryMask, made.masker::json);
  }

  /** What translators of a model are made of. */
  private record Made(PictureInput pictures, Masker masker) {}

  private static Made made(Model model, Map<String, ?> arguments) throws TranslateException {
    return ExportedFolder.read(
        model,
        arguments,
        checkpoint -> {
          int labels = checkpoint.labels().size();
          if (!checkpoint.isOfPoints()) {
            throw new UsageException(
                "The model "
                    + checkpoint.name()
                    + " gives labels of whole images, not of pixels: name LabelTranslatorFactory.");
          }
          if (labels > LabelMap.MOST_LABELS) {
            throw new UsageException(
                "The model %s has %s labels, and masks tell %s apart."
                    .formatted(checkpoint.name(), labels, LabelMap.MOST_LABELS));
          }
          if (!checkpoint.processor().showsWholePicture()) {
            throw new UsageException(
                ("The image processor of %s does not show the model whole pictures (%s), and masks"
                        + " would not fit them: set do_center_crop to false.")
                    .formatted(checkpoint.name(), checkpoint.processor().steps()));
          }
          LabelArguments read = LabelArguments.ofMasks(arguments, checkpoint);
          return new Made(
              new PictureInput(checkpoint.processor(), read.orientation(), read.maxPixels()),
              new Masker(checkpoint.labels().names()));
        });
  }
}
