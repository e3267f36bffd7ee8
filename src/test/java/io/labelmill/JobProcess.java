package io.labelmill;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code jobs/score} as a process of its own, on the class path of the tests. */
public final class JobProcess {
  private JobProcess() {}

  /**
   * As the longer form, in this process's environment.
   *
   * @param options of the JVM
   * @param classPath behind that of the tests; begins with a colon where it is not empty
   * @param arguments of the job
   * @param log gets what the process says
   */
  public static Process start(
      List<String> options, String classPath, List<String> arguments, Path log) throws IOException {
    return start(options, classPath, arguments, log, Map.of());
  }

  /**
   * @param options of the JVM; they win over those of all tests
   * @param environment what differs from this process's own
   */
  public static Process start(
      List<String> options,
      String classPath,
      List<String> arguments,
      Path log,
      Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-javaagent") && !argument.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx1g",
            // The whole run takes seconds, of which the better compiler would take most.
            "-XX:TieredStopAtLevel=1",
            "-Dspark.master=local[2]",
            "-Dspark.ui.enabled=false",
            "-Dspark.sql.shuffle.partitions=2"));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                + classPath,
            "io.labelmill.Main",
            "score"));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }
}
