package io.labelmill.djl;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.modality.cv.Image;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import io.labelmill.error.UsageException;
import java.util.Map;

/**
 * Makes DJL's translators for a folder that {@code jobs/model export} wrote, so that DJL gives the
 * scores of the job:
 *
 * <pre>{@code
 * Criteria.builder()
 *     .setTypes(byte[].class, Classifications.class)
 *     .optModelPath(exported)
 *     .optEngine("OnnxRuntime")
 *     .optTranslatorFactory(new LabelTranslatorFactory())
 *     .build()
 * }</pre>
 *
 * <p>Types, from input to output:
 *
 * <ul>
 *   <li>{@code byte[]} to {@link Classifications}: an encoded image, of any format that the job
 *       reads; its scores are the job's to the last bit. An image that can't be read is a {@link
 *       TranslateException}.
 *   <li>{@code byte[]} to {@code byte[]}: the same, as JSON in UTF-8 with {@code status}, {@code
 *       error}, {@code label}, {@code label_index}, {@code score}, {@code predictions}, {@code
 *       width} and {@code height} as in the job's table. An image that can't be read is a status.
 *   <li>{@link Image} to {@link Classifications}: a picture that DJL decoded, which is not always
 *       as the model's own processor would have.
 *   <li>{@link Input} to {@link Output}: what DJL Serving calls; an encoded image in, JSON out.
 * </ul>
 *
 * <p>Arguments, all optional: {@code topK} (default 5), {@code activation} (auto, softmax, sigmoid,
 * none), {@code orientation} (upright, as-stored), {@code resizeBackend} (auto, pillow, pillow-12,
 * torchvision), {@code maxPixels}. Images are run one by one whatever the {@code batchifier} is,
 * since an image's score must not depend on others.
 *
 * <p>Immutable; goes to executors with a task. Translators may be used by several threads.
 */
public final class LabelTranslatorFactory extends PictureTranslatorFactory {
  public LabelTranslatorFactory() {
    super(Classifications.class);
  }

  @Override
  <I, O> Translator<I, O> translator(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException {
    Made made = made(model, arguments);
    return made.pictures.translator(
        input,
        output,
        (outputs, picture) -> made.labeller.classifications(outputs),
        (outputs, picture) -> made.labeller.json(outputs));
  }

  /** What translators of a model are made of. */
  private record Made(PictureInput pictures, Labeller labeller) {}

  private static Made made(Model model, Map<String, ?> arguments) throws TranslateException {
    return ExportedFolder.read(
        model,
        arguments,
        checkpoint -> {
          if (checkpoint.isOfPoints()) {
            throw new UsageException(
                "The model "
                    + checkpoint.name()
                    + " gives labels of pixels, not of whole images: name MaskTranslatorFactory.");
          }
          LabelArguments read = LabelArguments.of(arguments, checkpoint);
          return new Made(
              new PictureInput(checkpoint.processor(), read.orientation(), read.maxPixels()),
              new Labeller(checkpoint.labels().names(), read.topK(), read.activation()));
        });
  }
}
