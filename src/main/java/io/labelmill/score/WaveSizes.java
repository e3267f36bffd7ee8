package io.labelmill.score;

import io.labelmill.source.TaskSizes;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.IntSupplier;

/**
 * How many images a wave and its tasks have. The first wave is small, so that something is
 * committed and the rate is known soon; later ones take about two minutes of work, so that a killed
 * job loses no more. Tasks are short beside their wave, and the last ones shorter still, so that
 * they don't hold it up.
 */
final class WaveSizes {
  static final long FIRST_WAVE = 1_000;
  private static final Duration WAVE = Duration.ofMinutes(2);

  /**
   * The longest tasks take at most this share of their wave's time. Beginning and ending one costs
   * some 20 ms of a core.
   */
  private static final double LONGEST_SHARE = 0.04;

  /** Shorter tasks would cost as much to start as they run. */
  private static final Duration SHORTEST = Duration.ofMillis(250);

  /** Images of a task while the rate is unknown. */
  private static final int FIRST_TASK = 16;

  private static final int LONGEST_TASK = 100_000;

  private final OptionalLong commitEvery;
  private final IntSupplier slots;
  private long images = FIRST_WAVE;
  private TaskSizes tasks;

  /**
   * @param commitEvery images of every wave, where the user says so
   * @param slots tasks that run at once, as executors come and go
   */
  WaveSizes(OptionalLong commitEvery, IntSupplier slots) {
    this.commitEvery = commitEvery;
    this.slots = slots;
    tasks = tasks(images(), FIRST_TASK, 1);
  }

  long images() {
    return commitEvery.orElse(images);
  }

  TaskSizes tasks() {
    return tasks;
  }

  /** Fits the next wave to how fast one went. */
  void measured(long waveImages, Duration time) {
    double imagesPerSecond = waveImages / Math.max(1e-3, time.toNanos() / 1e9);
    images = Math.max(FIRST_WAVE, Math.round(imagesPerSecond * WAVE.toSeconds()));
    double waveSeconds = Math.min((double) WAVE.toSeconds(), images() / imagesPerSecond);
    double perSlot = imagesPerSecond / slots();
    tasks =
        tasks(
            images(),
            perSlot * waveSeconds * LONGEST_SHARE,
            perSlot * SHORTEST.toMillis() / 1_000.0);
  }

  /** Waves of a plan, if all were as long as the first one; an upper bound. */
  long waves(long planned) {
    return (planned + images() - 1) / images();
  }

  private int slots() {
    return Math.max(1, slots.getAsInt());
  }

  /** At least one image each, and never so many that a slot has nothing to do. */
  private TaskSizes tasks(long waveImages, double longest, double shortest) {
    int slots = slots();
    long share = Math.max(1, waveImages / slots);
    int most = (int) Math.max(1, Math.min(Math.min(LONGEST_TASK, Math.round(longest)), share));
    return new TaskSizes(most, (int) Math.max(1, Math.min(most, Math.round(shortest))), slots);
  }
}
