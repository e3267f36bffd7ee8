package io.labelmill.djl;

import ai.djl.Model;
import ai.djl.translate.TranslateException;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.Originals;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.ModelBundle;
import java.util.Map;
import java.util.function.Function;

/** The folder that {@code jobs/model export} wrote, as translators read it. */
final class ExportedFolder {
  private ExportedFolder() {}

  /**
   * Makes something of a folder's files.
   *
   * @param model loaded from the folder
   * @throws TranslateException if the folder's files or an argument are wrong
   */
  static <T> T read(Model model, Map<String, ?> arguments, Function<Checkpoint, T> made)
      throws TranslateException {
    CheckpointOptions options =
        CheckpointOptions.none()
            .withOriginals(Originals.of(LabelArguments.resizeBackend(arguments)));
    try (Checkpoint checkpoint = Checkpoint.open(model.getModelPath(), options)) {
      ModelBundle.check(checkpoint, Precision.FP32);
      return made.apply(checkpoint);
    } catch (InputException | UsageException e) {
      throw new TranslateException(String.join(" ", e.problems()), e);
    }
  }
}
