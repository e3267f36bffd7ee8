package io.labelmill.train;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.IfExists;
import io.labelmill.source.SourceOptions;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The command line of {@code jobs/train}, checked and typed.
 *
 * @param model the backbone
 * @param embeddings a table of {@code jobs/embed}; empty where inputs are embedded first
 * @param source images to embed first; where there are embeddings, their table's name, and how its
 *     paths are read
 * @param truth labels of the images
 * @param key how paths of truth and embeddings are compared
 * @param kind classes that exclude each other, or any number of labels; empty: as the truth says
 * @param split what is tested on
 * @param seed of the split
 * @param fit the regression
 * @param tuning of the backbone, behind that
 * @param unmatched what becomes of labels without images and the reverse
 * @param output folder of the checkpoint
 * @param ifExists {@link IfExists#FAIL} or {@link IfExists#OVERWRITE}
 * @param maxFailedFraction share of failed images above which the run fails
 * @param effective every option with its effective value, credentials taken out
 */
public record TrainOptions(
    ScoreOptions.Model model,
    Optional<String> embeddings,
    SourceOptions source,
    TruthOptions truth,
    PathKey key,
    Optional<ProblemType> kind,
    SplitRule split,
    long seed,
    Fit fit,
    Tuning tuning,
    Unmatched unmatched,
    String output,
    IfExists ifExists,
    double maxFailedFraction,
    SortedMap<String, String> effective) {

  /**
   * The regression.
   *
   * @param reg strength of the penalty, 0 or more
   */
  public record Fit(double reg, ClassWeights classWeights) {
    /** Enough to keep a head of some hundred numbers from learning some hundred images by heart. */
    public static final double DEFAULT_REG = 0.01;
  }

  public TrainOptions {
    kind.ifPresent(ProblemType::checkedOfLabels);
    effective = Collections.unmodifiableSortedMap(new TreeMap<>(effective));
  }

  /** Images to embed first; none where there are embeddings. */
  public List<String> inputs() {
    return embeddings.isPresent() ? List.of() : source.inputs();
  }
}
