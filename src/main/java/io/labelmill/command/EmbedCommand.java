package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;
import static io.labelmill.command.CommandOption.toggle;

import io.labelmill.score.Normalization;
import io.labelmill.score.Pool;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.score.ScoreOptions.Scoring;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code jobs/embed}: images in, a table of pooled vectors out, by the job that scores. */
final class EmbedCommand implements Command {
  static final CommandOption POOL =
      optional(
              "--pool",
              "WHICH",
              "mean (of the patches), cls (the leading token), or auto: the vector that the model's"
                  + " classifier takes")
          .withDefault("auto");
  static final CommandOption NORMALIZE =
      optional(
              "--normalize",
              "HOW",
              "none, or l2: vectors of length 1, whose products are cosines; jobs/train wants none")
          .withDefault("none");
  static final CommandOption WITH_SCORES =
      toggle(
          "--with-scores",
          "write the columns of jobs/score too, from the same forward pass; --top-k, --scores,"
              + " --activation and --threshold need it");

  private static final List<CommandOption> LABELLING =
      List.of(
          ScoreCommand.TOP_K, ScoreCommand.SCORES, ScoreCommand.ACTIVATION, ScoreCommand.THRESHOLD);

  /** Those that {@code jobs/score} does not have. */
  static final List<CommandOption> OWN = List.of(POOL, NORMALIZE, WITH_SCORES);

  @Override
  public String name() {
    return "embed";
  }

  @Override
  public String purpose() {
    return "Writes a table of embeddings: the vector that a BEiT or ViT classifier takes, per"
        + " image";
  }

  @Override
  public List<OptionSection> sections() {
    return ScoreCommand.sections(
        new OptionSection("The vector", OWN), List.of(ScoreCommand.COMPACT));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/embed --model beit-base --input photos/ --output embeddings/",
        "jobs/embed --model beit-base --input photos/ --output vectors/ --normalize l2",
        "jobs/embed --model fridge --input photos/ --output both/ --with-scores --scores all");
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
    return ScoreCommand.options(arguments, EmbedCommand::embedding);
  }

  private static Embedding embedding(Arguments arguments) {
    Optional<Scoring> scoring = Optional.empty();
    if (arguments.isOn(WITH_SCORES)) {
      scoring = Optional.of(ScoreCommand.scoring(arguments));
    } else {
      for (CommandOption option : LABELLING) {
        if (arguments.isGiven(option)) {
          arguments.problem(
              option.name() + " changes nothing without --with-scores: add it, or leave it out");
        }
      }
    }
    return new Embedding(
        arguments.choice(POOL, Pool.class, Pool.AUTO),
        arguments.choice(NORMALIZE, Normalization.class, Normalization.NONE),
        scoring,
        ScoreCommand.orientation(arguments),
        ScoreCommand.maxPixels(arguments));
  }
}
