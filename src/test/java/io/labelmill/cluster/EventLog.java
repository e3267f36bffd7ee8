package io.labelmill.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What Spark itself wrote down of an application: its executors and its tasks, in order. */
final class EventLog {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Executor> executors = new ArrayList<>();
  private final List<Task> tasks = new ArrayList<>();

  /**
   * An executor that came or went.
   *
   * @param isAdded whether it came
   */
  record Executor(String id, boolean isAdded) {}

  /**
   * An attempt at a task, ended.
   *
   * @param end {@code Success}, {@code TaskKilled}, {@code ExecutorLostFailure}, ...
   * @param launchMillis when the driver sent it out, of the epoch
   * @param finishMillis when the driver heard of its end
   * @param images labelled, by the job's own counter; 0 for tasks that label none
   */
  record Task(
      int stage,
      int index,
      int attempt,
      String executor,
      boolean isSpeculative,
      String end,
      long launchMillis,
      long finishMillis,
      long images) {}

  private EventLog() {}

  /** What is to be said to spark-submit to have one. */
  static List<String> submitOptions(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(
        "--conf",
        "spark.eventLog.enabled=true",
        "--conf",
        "spark.eventLog.rolling.enabled=false",
        "--conf",
        "spark.eventLog.compress=false",
        "--conf",
        "spark.eventLog.dir=" + folder.toUri());
  }

  /** Reads the only log in a folder. */
  static EventLog read(Path folder) {
    EventLog log = new EventLog();
    try (Stream<Path> files = Files.list(folder)) {
      Path file =
          files.filter(f -> !f.getFileName().toString().startsWith(".")).findFirst().orElseThrow();
      for (String line : Files.readAllLines(file)) {
        log.add(JSON.readTree(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no event log could be read in " + folder, e);
    }
    return log;
  }

  private void add(JsonNode event) {
    switch (event.get("Event").asText()) {
      case "SparkListenerExecutorAdded" ->
          executors.add(new Executor(event.get("Executor ID").asText(), true));
      case "SparkListenerExecutorRemoved" ->
          executors.add(new Executor(event.get("Executor ID").asText(), false));
      case "SparkListenerTaskEnd" -> {
        JsonNode info = event.get("Task Info");
        tasks.add(
            new Task(
                event.get("Stage ID").asInt(),
                info.get("Index").asInt(),
                info.get("Attempt").asInt(),
                info.get("Executor ID").asText(),
                info.get("Speculative").asBoolean(),
                event.at("/Task End Reason/Reason").asText(),
                info.get("Launch Time").asLong(),
                info.get("Finish Time").asLong(),
                images(info.get("Accumulables"))));
      }
      default -> {
        // Of no interest here.
      }
    }
  }

  private static long images(JsonNode accumulators) {
    for (JsonNode accumulator : accumulators) {
      if (accumulator.path("Name").asText().equals("images")) {
        return accumulator.path("Update").asLong();
      }
    }
    return 0;
  }

  /** Executors as they came and went. */
  List<Executor> executors() {
    return executors;
  }

  /** Attempts in the order in which they ended. */
  List<Task> tasks() {
    return tasks;
  }
}
