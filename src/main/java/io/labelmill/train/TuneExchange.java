package io.labelmill.train;

import io.labelmill.tune.Tuner;
import java.io.IOException;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.BarrierTaskContext;

/**
 * Brings together what several tasks of a barrier stage have trained, through files beside the
 * training's state: each writes its weights and what its optimiser remembers, waits for the others,
 * and takes the mean, all in the same order and so with the same bits. Not thread-safe.
 */
final class TuneExchange {
  private static final String MODEL = "model";
  private static final String MEMORY = "optimiser";

  private final TuneState state;
  private final int epoch;
  private final int trainer;
  private final Configuration configuration;
  private final BarrierTaskContext task = BarrierTaskContext.get();

  /** Steps behind which this one wrote last; 0 where it has not. */
  private int written;

  /** Another one can't go on. */
  static final class GivenUp extends RuntimeException {
    private static final long serialVersionUID = 1;

    GivenUp(String reason) {
      super(reason);
    }
  }

  TuneExchange(TuneState state, int epoch, int trainer, Configuration configuration) {
    this.state = state;
    this.epoch = epoch;
    this.trainer = trainer;
    this.configuration = configuration;
  }

  /**
   * Takes the mean of all.
   *
   * @param steps of this epoch that are done
   * @param all of the training
   * @throws GivenUp when another one gave up
   */
  void average(Tuner tuner, int steps, long all) throws IOException {
    state.put(
        tuner::write, file(steps, trainer, MODEL), file(steps, trainer, MEMORY), configuration);
    await("");
    if (written > 0) {
      // All have come here, and so have read what was before.
      state.remove(file(written, trainer, MODEL), configuration);
      state.remove(file(written, trainer, MEMORY), configuration);
    }
    written = steps;
    int trainers = task.getTaskInfos().length;
    for (int one = 0; one < trainers; one++) {
      state.get(
          one == 0 ? (model, memory) -> tuner.resume(model, memory, all) : tuner::add,
          file(steps, one, MODEL),
          file(steps, one, MEMORY),
          configuration);
    }
    tuner.divide(trainers);
  }

  /** Tells the others, when they come to take the mean, that this one can't go on. */
  void giveUp(String reason) {
    task.allGather(reason);
  }

  private void await(String problem) {
    String[] problems = task.allGather(problem);
    Arrays.stream(problems)
        .filter(one -> !one.isEmpty())
        .findFirst()
        .ifPresent(
            one -> {
              throw new GivenUp(one);
            });
  }

  private org.apache.hadoop.fs.Path file(int steps, int one, String kind) {
    return state.share(epoch, task.stageAttemptNumber(), steps, one, kind);
  }
}
