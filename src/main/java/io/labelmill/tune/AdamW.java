package io.labelmill.tune;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;

/**
 * Steps of AdamW (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019) as PyTorch's
 * {@code torch.optim.AdamW} does them, behind {@code clip_grad_norm_}. Not thread-safe; whoever
 * made it closes it.
 */
public final class AdamW implements AutoCloseable {
  private static final float MEAN_DECAY = 0.9f;
  private static final float SQUARE_DECAY = 0.999f;
  private static final float EPSILON = 1e-8f;

  /** What {@code clip_grad_norm_} adds to the norm that it divides by. */
  private static final double CLIP_EPSILON = 1e-6;

  private static final int CHUNK = Weight.CHUNK;

  /** Numbers that one thread takes at a time. */
  private static final int SHARE = 16 * CHUNK;

  private final List<Share> shares = new ArrayList<>();
  private final Settings settings;
  private final ForkJoinPool pool;
  private final int lastPart;
  private long step;

  /**
   * What decides about steps.
   *
   * @param weightDecay of the matrices of products; nothing else decays
   * @param layerDecay what the learning rate is multiplied by from each layer to the one in front
   *     of it, as BEiT's authors do: 1 for the end, its square for the last block but one
   * @param maxGradientNorm to which longer gradients are shortened, all numbers together
   */
  public record Settings(double weightDecay, double layerDecay, double maxGradientNorm) {}

  /** A part of a tensor's numbers. */
  private record Share(Weight weight, int from, int to) {
    float[] chunk() {
      return new float[Math.min(CHUNK, to - from)];
    }
  }

  public AdamW(Weights weights, Settings settings, int parts, int threads) {
    this.settings = settings;
    this.lastPart = parts - 1;
    for (Weight weight : weights.trained()) {
      int length = weight.tensor().elements();
      for (int from = 0; from < length; from += SHARE) {
        shares.add(new Share(weight, from, Math.min(from + SHARE, length)));
      }
    }
    pool = new ForkJoinPool(threads);
  }

  public long step() {
    return step;
  }

  /** Goes on behind so many steps. */
  void resume(long done) {
    step = done;
  }

  /**
   * Does a step by the gradients that the weights hold.
   *
   * @param rate the learning rate of the end
   * @return the norm of the gradients before they were shortened
   */
  public double step(double rate) {
    step++;
    double[] squares = new double[shares.size()];
    each(i -> squares[i] = squares(shares.get(i)));
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    double norm = Math.sqrt(sum);
    float clip = (float) Math.min(1, settings.maxGradientNorm / (norm + CLIP_EPSILON));
    each(i -> update(shares.get(i), rate, clip));
    return norm;
  }

  private interface Work {
    void at(int index);
  }

  private void each(Work work) {
    pool.submit(
            () -> java.util.stream.IntStream.range(0, shares.size()).parallel().forEach(work::at))
        .join();
  }

  private static double squares(Share share) {
    float[] chunk = share.chunk();
    double sum = 0;
    for (int from = share.from; from < share.to; from += CHUNK) {
      int length = Math.min(CHUNK, share.to - from);
      share.weight.gradient().get(from, chunk, 0, length);
      sum += squares(chunk, length);
    }
    return sum;
  }

  /** In four sums, so that no addition waits for the one before it. */
  private static double squares(float[] chunk, int length) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      first += (double) chunk[i] * chunk[i];
      second += (double) chunk[i + 1] * chunk[i + 1];
      third += (double) chunk[i + 2] * chunk[i + 2];
      fourth += (double) chunk[i + 3] * chunk[i + 3];
    }
    for (; i < length; i++) {
      first += (double) chunk[i] * chunk[i];
    }
    return first + second + third + fourth;
  }

  private void update(Share share, double endRate, float clip) {
    Weight weight = share.weight;
    double rate = endRate * Math.pow(settings.layerDecay, lastPart - weight.part());
    float keep = (float) (1 - rate * (weight.tensor().isMatrix() ? settings.weightDecay : 0));
    float size = (float) (rate / (1 - Math.pow(MEAN_DECAY, (double) step)));
    float root = (float) Math.sqrt(1 - Math.pow(SQUARE_DECAY, (double) step));
    float[] w = share.chunk();
    float[] g = share.chunk();
    float[] m = share.chunk();
    float[] v = share.chunk();
    for (int from = share.from; from < share.to; from += CHUNK) {
      int length = Math.min(CHUNK, share.to - from);
      get(weight.values(), from, w, length);
      get(weight.gradient(), from, g, length);
      get(weight.mean(), from, m, length);
      get(weight.square(), from, v, length);
      for (int i = 0; i < length; i++) {
        float gradient = g[i] * clip;
        m[i] += (gradient - m[i]) * (1 - MEAN_DECAY);
        v[i] = v[i] * SQUARE_DECAY + gradient * gradient * (1 - SQUARE_DECAY);
        w[i] = w[i] * keep - size * m[i] / ((float) Math.sqrt(v[i]) / root + EPSILON);
      }
      weight.values().put(from, w, 0, length);
      weight.mean().put(from, m, 0, length);
      weight.square().put(from, v, 0, length);
    }
  }

  private static void get(FloatBuffer buffer, int from, float[] chunk, int length) {
    buffer.get(from, chunk, 0, length);
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
