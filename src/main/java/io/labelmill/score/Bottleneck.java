package io.labelmill.score;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What kept a run from being faster: the stage that took most of the time in which its task slots
 * could have worked.
 *
 * @param share of that time, 0 to 1
 * @param sentence names it and says what to do
 */
public record Bottleneck(Stage stage, double share, String sentence) {
  /** What the time of a task slot can go to. */
  public enum Stage {
    READ,
    DECODE,
    INFER,
    /** Rows are gathered, written and counted, and no image is labelled. */
    COMMIT,
    /** There was no task, or it did nothing of the above. */
    IDLE,
    /** The run had not labelled its first image. */
    START_UP
  }

  /**
   * Where the time of a run went.
   *
   * @param labelSeconds wall time in which tasks labelled
   * @param commitSeconds wall time in which their rows were committed
   * @param slots tasks that could run at once, in the mean; above 0
   * @param coresPerTask cores of such a slot, 1 or more
   * @param readSeconds that tasks waited for images, summed over tasks
   * @param decodeSeconds of decoding and preprocessing, likewise, each thread on one core
   * @param inferSeconds of forward passes, likewise; on a GPU with the waiting for it
   * @param gpu whether sessions ran on GPUs
   * @param precision of the model, such as {@code fp32}
   */
  record Times(
      double labelSeconds,
      double commitSeconds,
      double slots,
      int coresPerTask,
      double readSeconds,
      double decodeSeconds,
      double inferSeconds,
      boolean gpu,
      String precision) {

    private double taskSeconds(Stage stage) {
      return switch (stage) {
        case READ -> readSeconds;
        // A task with several cores decodes on all of them at once.
        case DECODE -> decodeSeconds / coresPerTask;
        case INFER -> inferSeconds;
        case COMMIT -> commitSeconds * slots;
        case IDLE ->
            Math.max(
                0,
                labelSeconds * slots
                    - taskSeconds(Stage.READ)
                    - taskSeconds(Stage.DECODE)
                    - taskSeconds(Stage.INFER));
        case START_UP -> 0;
      };
    }

    /** Shares of what the slots could have done; above 1 together where stages overlap. */
    Map<Stage, Double> shares() {
      double all = Math.max(1e-9, (labelSeconds + commitSeconds) * slots);
      Map<Stage, Double> shares = new EnumMap<>(Stage.class);
      for (Stage stage : Stage.values()) {
        shares.put(stage, taskSeconds(stage) / all);
      }
      return shares;
    }

    /** Such as {@code 14 of 16}: while images were labelled, in the mean. */
    private String cores(Stage stage) {
      return number(busyTasks(stage) * coresPerTask) + " of " + number(slots * coresPerTask);
    }

    private String tasks(Stage stage) {
      return number(busyTasks(stage)) + " of " + number(slots);
    }

    private double busyTasks(Stage stage) {
      return taskSeconds(stage) / Math.max(1e-9, labelSeconds);
    }

    private static String number(double value) {
      return value < 10 && Math.abs(value - Math.rint(value)) > 0.05
          ? String.format(Locale.ROOT, "%.1f", value)
          : String.valueOf(Math.round(value));
    }
  }

  /** As {@link #of(Times)}, unless most of the run was over before its first image. */
  static Bottleneck of(Times times, double startUpSeconds, double scoringSeconds) {
    if (startUpSeconds <= scoringSeconds) {
      return of(times);
    }
    double share = startUpSeconds / (startUpSeconds + scoringSeconds);
    return new Bottleneck(Stage.START_UP, share, sentence(Stage.START_UP, times, share));
  }

  static Bottleneck of(Times times) {
    Map<Stage, Double> shares = times.shares();
    Stage largest = Stage.READ;
    for (Stage stage : Stage.values()) {
      if (shares.get(stage) > shares.get(largest)) {
        largest = stage;
      }
    }
    return new Bottleneck(
        largest, shares.get(largest), sentence(largest, times, shares.get(largest)));
  }

  private static String sentence(Stage stage, Times times, double share) {
    return switch (stage) {
      case READ ->
          "reading is the limit: %s cores wait for images; add cores, whose tasks read side by"
                  .formatted(times.cores(stage))
              + " side, or bring the executors nearer to the store";
      case DECODE ->
          "decoding is the limit: %s cores; add cores%s or use smaller images"
              .formatted(times.cores(stage), times.gpu() ? " per GPU" : "");
      case INFER ->
          times.gpu()
              ? "the model is the limit: %s tasks are at their GPU or wait for it; add GPUs"
                  .formatted(times.tasks(stage))
              : "the model is the limit: %s cores; add cores, %stake a smaller model, or use GPUs"
                  .formatted(
                      times.cores(stage),
                      times.precision().startsWith("int8") ? "" : "try --precision int8, ");
      case COMMIT ->
          "committing is the limit: %d%% of the time; it takes as long for a few images as for"
                  .formatted(Math.round(100 * share))
              + " many: score more at once, with --commit-every where there are several waves";
      case IDLE ->
          "there is too little to do at once: %s cores are idle; more images, or more of them"
                  .formatted(times.cores(stage))
              + " committed at once with --commit-every, keep them busy";
      case START_UP ->
          "start-up is the limit: %d%% of the time; it is as long for many images as for a few"
              .formatted(Math.round(100 * share));
    };
  }
}
