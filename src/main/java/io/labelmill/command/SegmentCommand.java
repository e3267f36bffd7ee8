package io.labelmill.command;

import io.labelmill.option.Option;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreOptions;
import java.io.IOException;
import java.util.List;

/**
 * {@code jobs/segment}: images in, a table of their segments and masks out, by the job that scores.
 */
final class SegmentCommand extends Command {
  private static final List<Option<?>> OF_WHOLE_IMAGES =
      List.of(
          JobOptions.TOP_K,
          JobOptions.SCORES,
          JobOptions.ACTIVATION,
          JobOptions.THRESHOLD,
          JobOptions.HEAD,
          ScoreCommand.COMPACT);

  SegmentCommand() {
    super(
        "segment",
        "",
        "Finds a label for each pixel: a table of segments, and masks as PNG",
        ScoreCommand.sections(
            new OptionSection("The masks", JobOptions.OF_SEGMENTING), OF_WHOLE_IMAGES),
        List.of(
            "jobs/segment --model segmenter --input photos/ --output segments/",
            "jobs/segment --model segmenter --input photos/ --output segments/ --masks column",
            "jobs/segment --model segmenter --input photos/ --output segments/ --window 640 --stride 426"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    ScoreCommand.run(this, options(arguments), arguments, terminal);
  }

  /**
   * The options as the job takes them.
   *
   * @throws io.labelmill.error.UsageException with everything that is wrong
   */
  static ScoreOptions options(Arguments arguments) {
    return ScoreCommand.options(arguments, JobOptions::segmentation);
  }
}
