package io.labelmill;

import io.labelmill.cluster.SparkJars;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code jobs/score} as a process of its own, on the class path of the tests. */
public final class ScoreProcess {
  /**
   * Options of the JVM of tests that a process does not get: its Spark writes code, as by default.
   */
  private static final List<String> LEFT_OUT =
      List.of("-javaagent", "-Xmx", "-Dspark.sql.codegen.");

  private ScoreProcess() {}

  /**
   * As the longer form, in this process's environment.
   *
   * @param options of the JVM
   * @param arguments of the job
   * @param log gets what the process says
   */
  public static Process start(List<String> options, List<String> arguments, Path log)
      throws IOException {
    return start(options, arguments, log, Map.of());
  }

  /**
   * @param options of the JVM; they win over those of all tests
   * @param environment what differs from this process's own
   */
  public static Process start(
      List<String> options, List<String> arguments, Path log, Map<String, String> environment)
      throws IOException {
    List<String> program = new ArrayList<>(List.of("io.labelmill.Main", "score"));
    program.addAll(arguments);
    ProcessBuilder builder =
        builder(options, "", program).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /**
   * Any program on the class path of the tests, with Spark on two cores of this machine.
   *
   * @param options of the JVM; they win over those of all tests
   * @param classPath behind that of the tests; begins with a colon where it is not empty
   * @param program the class with {@code main}, and its arguments
   */
  public static ProcessBuilder builder(
      List<String> options, String classPath, List<String> program) {
    List<String> command = new ArrayList<>();
    command.add(SparkJars.java().toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> LEFT_OUT.stream().noneMatch(argument::startsWith))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx1g",
            "-Dspark.master=local[2]",
            "-Dspark.ui.enabled=false",
            "-Dspark.sql.shuffle.partitions=2"));
    command.addAll(ShortProcess.options());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath() + classPath));
    command.addAll(program);
    return new ProcessBuilder(command);
  }

  /** That of the tests, with Spark's jars first: so an archive of their classes is taken. */
  public static String classPath() {
    return SparkJars.classPath()
        + ":"
        + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
