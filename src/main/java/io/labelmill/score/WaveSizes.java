package io.labelmill.score;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.IntSupplier;

/**
 * How many images a wave and a task have. The first wave is small, so that something is committed
 * and the rate is known soon; later ones take about two minutes of work, so that a killed job loses
 * no more. Tasks are short beside their wave, so that the last of them doesn't hold it up.
 */
final class WaveSizes {
  private static final long FIRST_WAVE = 1_000;
  private static final Duration WAVE = Duration.ofMinutes(2);

  /** A wave's last tasks run while other cores idle: at most this share of its time. */
  private static final double TAIL = 0.02;

  /** Images of a task while the rate is unknown. */
  private static final int FIRST_TASK = 16;

  private static final int LONGEST_TASK = 100_000;

  private final OptionalLong commitEvery;
  private final IntSupplier slots;
  private long images = FIRST_WAVE;
  private int imagesPerTask;

  /**
   * @param commitEvery images of every wave, where the user says so
   * @param slots tasks that run at once, as executors come and go
   */
  WaveSizes(OptionalLong commitEvery, IntSupplier slots) {
    this.commitEvery = commitEvery;
    this.slots = slots;
    imagesPerTask = perTask(images(), FIRST_TASK);
  }

  /** Images of the next wave. */
  long images() {
    return commitEvery.orElse(images);
  }

  /** Images of each of its tasks. */
  int imagesPerTask() {
    return imagesPerTask;
  }

  /** Fits the next wave to how fast one went. */
  void measured(long waveImages, Duration time) {
    double imagesPerSecond = waveImages / Math.max(1e-3, time.toNanos() / 1e9);
    images = Math.max(FIRST_WAVE, Math.round(imagesPerSecond * WAVE.toSeconds()));
    double waveSeconds = Math.min((double) WAVE.toSeconds(), images() / imagesPerSecond);
    double imagesPerTail = imagesPerSecond / slots() * waveSeconds * TAIL;
    imagesPerTask = perTask(images(), (int) Math.min(LONGEST_TASK, Math.round(imagesPerTail)));
  }

  /** Waves of a plan, if all were as long as the first one; an upper bound. */
  long waves(long planned) {
    return (planned + images() - 1) / images();
  }

  private int slots() {
    return Math.max(1, slots.getAsInt());
  }

  /** At least one, and never so many that a slot has nothing to do. */
  private int perTask(long waveImages, int wanted) {
    long share = Math.max(1, waveImages / slots());
    return (int) Math.max(1, Math.min(wanted, share));
  }
}
