package io.labelmill.sink;

import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Whether rows of a run are like those that a table has: made by the same model under the same
 * settings.
 *
 * @param current the record of the run that resumes
 * @param records those of earlier runs by id, where there still are any
 */
record Resumability(RunRecord current, Function<String, Optional<RunRecord>> records) {
  /** Options, beside activation and precision, that change a score. */
  private static final List<String> SETTINGS =
      List.of(
          "threshold",
          "top-k",
          "scores",
          "pool",
          "normalize",
          "with-scores",
          "orientation",
          "position-bias",
          "max-pixels",
          "window",
          "stride",
          "taps");

  /** What rows say of the run that made them. */
  record Stamp(String model, String modelSha256, String settingsSha256, String runId) {}

  /**
   * @param output as the user named it
   * @param runs one stamp at least for each kind of rows that the table has
   * @throws InputException naming every difference
   */
  void check(String output, Collection<Stamp> runs) {
    List<String> differences = differences(runs);
    if (!differences.isEmpty()) {
      throw new InputException(
          ("The output %s cannot be resumed, since its rows would not be alike: %s. Take the model"
                  + " and the options that it was written with, or another output.")
              .formatted(output, String.join("; ", differences)));
    }
  }

  private List<String> differences(Collection<Stamp> runs) {
    List<String> differences = new ArrayList<>();
    Set<List<String>> seen = new HashSet<>();
    for (Stamp run : runs.stream().sorted(Comparator.comparing(Stamp::runId).reversed()).toList()) {
      if (!seen.add(List.of(run.model(), run.modelSha256(), run.settingsSha256()))) {
        continue; // A newer run of the same kind tells more.
      }
      if (!run.modelSha256().equals(current.model().sha256())) {
        differences.add(
            "the model was %s (sha256 %s), now it is %s (sha256 %s)"
                .formatted(
                    run.model(),
                    run.modelSha256(),
                    current.model().name(),
                    current.model().sha256()));
      }
      if (!run.settingsSha256().equals(current.settingsSha256())) {
        differences.addAll(settings(run.runId()));
      }
    }
    return differences.stream().distinct().toList();
  }

  /** The options that differ from another run's, by its record where there still is one. */
  private List<String> settings(String otherRun) {
    Optional<RunRecord> found = records.apply(otherRun);
    if (found.isEmpty()) {
      return List.of("the settings of run " + otherRun + " differ, and its run record is missing");
    }
    RunRecord other = found.get();
    List<String> differences = new ArrayList<>();
    difference("--activation", other.activation(), current.activation(), differences);
    difference("--precision", other.precision(), current.precision(), differences);
    difference("--resize-backend", other.resizeBackend(), current.resizeBackend(), differences);
    for (String key : SETTINGS) {
      difference(
          "--" + key,
          other.configuration().get(key),
          current.configuration().get(key),
          differences);
    }
    return differences.isEmpty()
        ? List.of(
            ("run %s was made by version %s, whose preprocessing or settings differ from those of"
                    + " version %s")
                .formatted(otherRun, other.code().version(), current.code().version()))
        : differences;
  }

  private static void difference(
      String option, String before, String now, List<String> differences) {
    if (!Objects.equals(before, now)) {
      differences.add(option + " was " + before + ", now it is " + now);
    }
  }
}
