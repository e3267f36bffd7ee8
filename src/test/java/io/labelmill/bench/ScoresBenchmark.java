package io.labelmill.bench;

import io.labelmill.score.Activation;
import io.labelmill.score.Ranking;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What an image's row costs behind its forward pass, on one core: scores of its logits, and the
 * best five. Run as {@link PixelsBenchmark} is, with {@code ScoresBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScoresBenchmark {
  /** Of the model: ImageNet's usual ones, and all of ImageNet-21k. */
  @Param({"1000", "21841"})
  public int labels;

  private float[] logits;
  private float[] scores;
  private Ranking ranking;

  @Setup
  public void draw() {
    Random random = new Random(1);
    logits = new float[labels];
    for (int i = 0; i < labels; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    scores = new float[labels];
    ranking = new Ranking(5);
  }

  @Benchmark
  public float[] softmax() {
    Activation.SOFTMAX.apply(logits, scores);
    return scores;
  }

  @Benchmark
  public float[] sigmoid() {
    Activation.SIGMOID.apply(logits, scores);
    return scores;
  }

  /** Of logits, which are in no order either. */
  @Benchmark
  public int[] bestFive() {
    return ranking.top(logits);
  }
}
