package io.labelmill.command;

import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreOptions;
import java.io.IOException;
import java.util.List;

/** {@code jobs/embed}: images in, a table of pooled vectors out, by the job that scores. */
final class EmbedCommand extends Command {
  EmbedCommand() {
    super(
        "embed",
        "",
        "Writes a table of embeddings: the vector that a BEiT or ViT classifier takes, per"
            + " image",
        ScoreCommand.sections(
            new OptionSection("The vector", JobOptions.OF_EMBEDDING),
            List.of(ScoreCommand.COMPACT)),
        List.of(
            "jobs/embed --model beit-base --input photos/ --output embeddings/",
            "jobs/embed --model beit-base --input photos/ --output vectors/ --normalize l2",
            "jobs/embed --model fridge --input photos/ --output both/ --with-scores --scores all"));
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
    return ScoreCommand.options(arguments, JobOptions::embedding);
  }
}
