package io.labelmill;

import io.labelmill.decode.Orientation;
import io.labelmill.score.Activation;
import io.labelmill.score.KeptScores;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Options of runs of which a test decides little. */
public final class TestOptions {
  private TestOptions() {}

  /**
   * @param commitEvery images of a wave; empty: as the job chooses
   */
  public static ScoreOptions score(
      String model, SourceOptions source, OutputOptions output, OptionalLong commitEvery) {
    return new ScoreOptions(
        new ScoreOptions.Model(model, Optional.empty(), Optional.empty()),
        source,
        new ScoreOptions.Scoring(
            Activation.AUTO,
            Optional.empty(),
            OptionalInt.empty(),
            KeptScores.TOP,
            Orientation.UPRIGHT,
            ScoreOptions.Scoring.DEFAULT_MAX_PIXELS),
        output,
        new ScoreOptions.Execution(OptionalInt.empty(), commitEvery, 1),
        new TreeMap<>());
  }
}
