package io.labelmill.demo;

import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.graph.UntrainedCheckpoint;
import io.labelmill.graph.UntrainedCheckpoint.Spread;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The demo's model: a BEiT of two layers for 64x64 pixels with random weights, multi-label over the
 * four drinks of {@link FridgePictures}. Its scores mean nothing; its pooled vectors tell colours
 * and shapes apart well enough that a linear head can be trained on them.
 */
public final class TinyBeit {
  private TinyBeit() {}

  /** The checkpoint that a seed gives; equal seeds give equal files. */
  public static UntrainedCheckpoint checkpoint(long seed) {
    List<String> names = FridgePictures.labels();
    return new UntrainedCheckpoint(
        ModelFamily.BEIT,
        ModelHead.CLASSIFIER,
        64,
        8,
        128,
        2,
        4,
        512,
        new Labels(IntStream.range(0, names.size()).boxed().toList(), names),
        Optional.of(ProblemType.MULTI_LABEL),
        DataType.F32,
        // Four times the usual deviation: with the usual one the pooled vector is hardly more than
        // the mean colour.
        new Spread(0.08, 0.5),
        seed);
  }
}
