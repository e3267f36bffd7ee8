package io.labelmill.sink;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * What a run did, written as {@code run-ID.json} beside its table: as {@code RUNNING} when it
 * begins and after each wave, as {@code DONE} or {@code FAILED} at its end. A record that stays
 * {@code RUNNING} is of a run that was killed. Readers ignore fields that they do not know.
 *
 * @param runId as in the table's {@code run_id}
 * @param exitCode of the process, null while it runs
 * @param problem the message with which it failed, else null
 * @param command {@code score}, {@code embed}, ...
 * @param configuration effective options by their long names, without secrets
 * @param settingsSha256 as in the table
 * @param precision as in the table
 * @param resizeBackend whose arithmetic pictures were resized by, as resolved
 * @param positionBias how relative positions were read, {@code authors} or {@code transformers};
 *     null where all codes read them alike
 * @param preprocessing version of decoding and preprocessing, with those that it is equal to
 * @param activation {@code softmax}, {@code sigmoid} or {@code none}, as resolved
 * @param progress images and waves
 * @param timings of the parts of the run
 * @param warnings shown to the user
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunRecord(
    String runId,
    State state,
    Integer exitCode,
    String problem,
    String command,
    Map<String, String> configuration,
    Code code,
    Model model,
    String settingsSha256,
    String precision,
    String resizeBackend,
    String positionBias,
    String preprocessing,
    String activation,
    Progress progress,
    Timings timings,
    Platform platform,
    List<String> warnings) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** How far a run came. */
  public enum State {
    RUNNING,
    DONE,
    FAILED
  }

  /**
   * @param version of Labelmill
   * @param commit of its sources, abbreviated, {@code unknown} outside of a checkout
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Code(String version, String commit) {}

  /**
   * @param name as in the table's {@code model}
   * @param location where it was read
   * @param sha256 as in the table's {@code model_sha256}
   * @param files that were read, by name
   * @param problemType {@code single_label_classification}, {@code multi_label_classification},
   *     {@code regression}, or null where the checkpoint does not say
   * @param labelIds ids in output order; they have gaps where the checkpoint's have
   * @param labels names in output order
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Model(
      String name,
      String location,
      String sha256,
      List<String> files,
      String problemType,
      List<Integer> labelIds,
      List<String> labels) {}

  /**
   * @param committed rows in committed files of this run
   * @param modelLoads sessions opened: one an executor and device, more where executors were lost
   * @param statuses committed rows by status
   * @param unopened files of the plan that nothing can open by the name that they have
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Progress(
      long planned,
      long committed,
      int waves,
      long modelLoads,
      Map<String, Long> statuses,
      long unopened) {}

  /**
   * @param startedAt ISO-8601, UTC
   * @param endedAt ISO-8601, UTC; null while the run goes on
   * @param seconds wall seconds by part of the run, such as {@code plan}, {@code score}; those that
   *     begin with {@code tasks} are summed over tasks
   * @param limit what kept the run from being faster; null until it ends, and where nothing was
   *     scored
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Timings(
      String startedAt, String endedAt, Map<String, Double> seconds, Limit limit) {}

  /**
   * @param stage {@code read}, {@code decode}, {@code infer}, {@code commit} or {@code idle}
   * @param share of the time in which task slots could have worked, 0 to 1
   * @param sentence as the summary has it
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Limit(String stage, double share, String sentence) {}

  /**
   * @param master Spark's master URL
   * @param applicationId Spark's
   * @param devices on which sessions ran, such as {@code cpu} or {@code gpu:0}; empty while none
   *     has
   * @param instructionSet of the CPU, such as {@code avx512}
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Platform(
      String spark,
      String java,
      String onnxRuntime,
      String master,
      String applicationId,
      List<String> devices,
      String instructionSet) {}

  /** The record as it is after a wave, or at the end. */
  public RunRecord with(State newState, Progress newProgress, Timings newTimings) {
    Integer newExitCode = newState == State.DONE ? Integer.valueOf(0) : exitCode;
    return copy(newState, newExitCode, problem, newProgress, newTimings, platform, warnings);
  }

  public RunRecord withWarnings(List<String> newWarnings) {
    return copy(state, exitCode, problem, progress, timings, platform, newWarnings);
  }

  public RunRecord withDevices(List<String> devices) {
    Platform newPlatform =
        new Platform(
            platform.spark,
            platform.java,
            platform.onnxRuntime,
            platform.master,
            platform.applicationId,
            List.copyOf(devices),
            platform.instructionSet);
    return copy(state, exitCode, problem, progress, timings, newPlatform, warnings);
  }

  public RunRecord failed(int newExitCode, String newProblem, Timings newTimings) {
    return copy(State.FAILED, newExitCode, newProblem, progress, newTimings, platform, warnings);
  }

  /** The same run with another value of everything that changes while it goes on. */
  private RunRecord copy(
      State newState,
      Integer newExitCode,
      String newProblem,
      Progress newProgress,
      Timings newTimings,
      Platform newPlatform,
      List<String> newWarnings) {
    return new RunRecord(
        runId,
        newState,
        newExitCode,
        newProblem,
        command,
        configuration,
        code,
        model,
        settingsSha256,
        precision,
        resizeBackend,
        positionBias,
        preprocessing,
        activation,
        newProgress,
        newTimings,
        newPlatform,
        newWarnings);
  }

  /** Where the record of a run lies in a folder of records. */
  public static Path file(Path folder, String runId) {
    return new Path(folder, "run-" + runId + ".json");
  }

  /**
   * Writes the record into a folder, replacing the one of the same run at once: a reader sees the
   * old or the new.
   *
   * @throws InputException when the folder cannot be written
   */
  public void write(Path folder, Configuration configuration) {
    Path file = file(folder, runId);
    Path temporary = new Path(folder, "." + file.getName() + ".new");
    try {
      OutputFiles.write(
          folder.getFileSystem(configuration), temporary, file, JSON.writeValueAsBytes(this));
    } catch (IOException e) {
      throw Cause.failure("The run record " + file + " cannot be written: " + e, e);
    }
  }

  /**
   * All records of a folder, in no order; none where there is no folder.
   *
   * @throws InputException when one cannot be read
   */
  public static List<RunRecord> all(Path folder, Configuration configuration) {
    List<RunRecord> records = new ArrayList<>();
    try {
      for (FileStatus entry : OutputFiles.entries(folder.getFileSystem(configuration), folder)) {
        String name = entry.getPath().getName();
        if (entry.isFile() && name.startsWith("run-") && name.endsWith(".json")) {
          records.add(read(entry.getPath(), configuration));
        }
      }
    } catch (IOException e) {
      throw Cause.failure("The run records in " + folder + " cannot be read: " + e, e);
    }
    return records;
  }

  /**
   * @throws InputException when there is no record, or none that can be read
   */
  public static RunRecord read(Path file, Configuration configuration) {
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      return JSON.readValue(in.readAllBytes(), RunRecord.class);
    } catch (IOException e) {
      throw Cause.failure("The run record " + file + " cannot be read: " + e, e);
    }
  }
}
