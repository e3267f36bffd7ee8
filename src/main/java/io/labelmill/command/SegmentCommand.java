package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;

import io.labelmill.score.Masks;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Segmentation;
import io.labelmill.score.Windowing;
import io.labelmill.source.AzureBodies;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code jobs/segment}: images in, a table of their segments and masks out, by the job that scores.
 */
final class SegmentCommand implements Command {
  static final CommandOption MASKS =
      optional(
              "--masks",
              "none|column|files",
              "where masks are written as PNG of the upright picture's size, of which each pixel is a"
                  + " label's index: nowhere, into the column mask, or into files below --run-dir, whose"
                  + " paths are in the column mask_file")
          .withDefault("files");
  static final CommandOption WINDOW =
      optional(
              "--window",
              "N",
              "let square windows of so many pixels, the model's own, slide over the picture, whose"
                  + " shorter side is brought to theirs, and take the mean of their logits")
          .withDefault("the whole picture, squeezed into the model's input");
  static final CommandOption STRIDE =
      optional(
              "--stride",
              "N",
              "pixels from one window to the next, an eighth of --window to all of it")
          .withDefault("two thirds of --window");

  /** Those that {@code jobs/score} does not have. */
  static final List<CommandOption> OWN = List.of(MASKS, WINDOW, STRIDE, ScoreCommand.TAPS);

  private static final List<CommandOption> OF_WHOLE_IMAGES =
      List.of(
          ScoreCommand.TOP_K,
          ScoreCommand.SCORES,
          ScoreCommand.ACTIVATION,
          ScoreCommand.THRESHOLD,
          ScoreCommand.HEAD,
          ScoreCommand.COMPACT);

  @Override
  public String name() {
    return "segment";
  }

  @Override
  public String purpose() {
    return "Finds a label for each pixel: a table of segments, and masks as PNG";
  }

  @Override
  public List<OptionSection> sections() {
    return ScoreCommand.sections(new OptionSection("The masks", OWN), OF_WHOLE_IMAGES);
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/segment --model segmenter --input photos/ --output segments/",
        "jobs/segment --model segmenter --input photos/ --output segments/ --masks column",
        "jobs/segment --model segmenter --input photos/ --output segments/ --window 640 --stride 426");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    ScoreCommand.run(this, options(arguments), arguments, terminal);
  }

  /**
   * The options as the job takes them.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static ScoreOptions options(Arguments arguments) {
    return ScoreCommand.options(arguments, SegmentCommand::segmentation);
  }

  private static Segmentation segmentation(Arguments arguments) {
    if (arguments.text(ScoreCommand.OUTPUT_FORMAT).equals(Optional.of(AzureBodies.FORMAT))) {
      arguments.problem("--output-format azure has labels of whole images: name another format");
    }
    return new Segmentation(
        arguments.choice(MASKS, Masks.class, Masks.FILES),
        windowing(arguments),
        ScoreCommand.orientation(arguments),
        ScoreCommand.maxPixels(arguments));
  }

  private static Optional<Windowing> windowing(Arguments arguments) {
    OptionalInt side = arguments.integer(WINDOW, 16, 8192);
    OptionalInt stride = arguments.integer(STRIDE, 1, 8192);
    if (side.isEmpty()) {
      if (arguments.isGiven(STRIDE) && !arguments.isGiven(WINDOW)) {
        arguments.problem("--stride changes nothing without --window: add it, or leave it out");
      }
      return Optional.empty();
    }
    int step = stride.orElse(side.getAsInt() * 2 / 3);
    if (step > side.getAsInt()) {
      arguments.problem(
          "--stride is %d, more than --window, %d: pixels between windows would be in none"
              .formatted(step, side.getAsInt()));
      return Optional.empty();
    }
    if ((long) step * Windowing.SMALLEST_PART < side.getAsInt()) {
      arguments.problem(
          "--stride is %d, less than an eighth of --window, %d: a pixel would be in more than eight windows"
              .formatted(step, side.getAsInt()));
      return Optional.empty();
    }
    if (arguments.isGiven(ScoreCommand.BATCH_SIZE)) {
      arguments.problem(
          "--batch-size changes nothing with --window, whose windows go through the model one by one:"
              + " leave it out");
    }
    return Optional.of(new Windowing(side.getAsInt(), step));
  }
}
