package io.labelmill.djl;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.option.Reader;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.score.Activation;
import io.labelmill.score.ScoreOptions.Scoring;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a translator is told beside its model. {@code applySoftmax}, which classifiers of DJL set
 * without being asked, is not looked at: the model says what its scores are.
 *
 * @param topK predictions shown, 1 to the number of labels
 * @param activation never AUTO
 * @param maxPixels a picture that declares more is refused
 */
record LabelArguments(int topK, Activation activation, Orientation orientation, long maxPixels) {

  /**
   * @throws UsageException with every wrong value
   */
  static LabelArguments of(Map<String, ?> arguments, Checkpoint checkpoint) {
    List<String> problems = new ArrayList<>();
    int labels = checkpoint.labels().size();
    long topK = number(arguments, "topK", Scoring.DEFAULT_TOP_K, Integer.MAX_VALUE, problems);
    Activation activation =
        constant(arguments, "activation", Activation.class, Activation.AUTO, problems);
    Orientation orientation =
        constant(arguments, "orientation", Orientation.class, Orientation.UPRIGHT, problems);
    resizeBackend(arguments, problems);
    long maxPixels =
        number(arguments, "maxPixels", Scoring.DEFAULT_MAX_PIXELS, Long.MAX_VALUE, problems);
    UsageException.throwIfAny(problems);
    return new LabelArguments(
        (int) Math.min(topK, labels),
        activation.resolve(checkpoint.problemType(), labels),
        orientation,
        maxPixels);
  }

  /**
   * Those of a model that labels pixels, of which whole images' predictions are no part.
   *
   * @throws UsageException with every wrong value
   */
  static LabelArguments ofMasks(Map<String, ?> arguments, Checkpoint checkpoint) {
    List<String> problems = new ArrayList<>();
    for (String key : List.of("topK", "activation")) {
      if (arguments.containsKey(key)) {
        problems.add(key + " changes nothing with masks: leave it out.");
      }
    }
    UsageException.throwIfAny(problems);
    return of(arguments, checkpoint);
  }

  /**
   * Whose arithmetic pictures are resized by, which has to be known before the checkpoint is
   * opened; a wrong value is {@link #of}'s to tell.
   */
  static ResizeBackend resizeBackend(Map<String, ?> arguments) {
    return resizeBackend(arguments, new ArrayList<>());
  }

  private static ResizeBackend resizeBackend(Map<String, ?> arguments, List<String> problems) {
    return constant(arguments, "resizeBackend", ResizeBackend.class, ResizeBackend.AUTO, problems);
  }

  private static long number(
      Map<String, ?> arguments, String key, long fallback, long most, List<String> problems) {
    Object value = arguments.get(key);
    if (value == null) {
      return fallback;
    }
    try {
      // Numbers that came through JSON are doubles.
      long number =
          value instanceof Number given ? given.longValue() : Long.parseLong(value.toString());
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    problems.add("%s is %s; it must be a number from 1 to %d.".formatted(key, value, most));
    return fallback;
  }

  private static <E extends Enum<E>> E constant(
      Map<String, ?> arguments, String key, Class<E> type, E fallback, List<String> problems) {
    Object value = arguments.get(key);
    if (value == null) {
      return fallback;
    }
    List<String> words = Arrays.stream(type.getEnumConstants()).map(Reader::word).toList();
    int found = words.indexOf(value.toString());
    if (found < 0) {
      problems.add("%s is %s; it must be one of %s.".formatted(key, value, words));
      return fallback;
    }
    return type.getEnumConstants()[found];
  }
}
