package io.labelmill.command;

import io.labelmill.BuildVersion;
import io.labelmill.error.Cause;
import io.labelmill.error.OutageException;
import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import io.labelmill.option.Option;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The life of a command: chosen by its name, its arguments read, run, and its end turned into an
 * exit code.
 *
 * <ul>
 *   <li>0: done
 *   <li>1: wrong arguments or configuration
 *   <li>2: an input, model or output that a person has to change; also too many failed images
 *   <li>3: a bug, or lost infrastructure: another try may pass
 * </ul>
 */
public final class Program {
  /** What went wrong without being a user's mistake. */
  static final int BUG = 3;

  static final List<Command> COMMANDS =
      List.of(
          new ScoreCommand(),
          new EmbedCommand(),
          new SegmentCommand(),
          new EvaluateCommand(),
          new TrainCommand(),
          new ModelInspectCommand(),
          new ModelExportCommand(),
          new ModelVerifyCommand(),
          new ModelBenchCommand(),
          new DemoSegmentCommand(),
          new DemoCommand());

  private static final Logger log = LoggerFactory.getLogger(Program.class);

  private final Terminal terminal;

  Program(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs a command of this process.
   *
   * @param args the command's name and its options
   * @return the exit code
   */
  public static int run(String... args) {
    return new Program(Terminal.ofProcess()).exitCode(List.of(args));
  }

  int exitCode(List<String> args) {
    try {
      dispatch(args);
      return 0;
    } catch (Throwable e) {
      Optional<RuntimeException> told = ExecutorWatch.outage().or(() -> Cause.told(e));
      if (told.isPresent()) {
        return end(told.get());
      }
      // Errors too: an exit code is all that a scheduler sees, and Java's own, 1, means arguments.
      terminal.err().println("labelmill: failed, and not by a mistake that it knows how to name:");
      e.printStackTrace(terminal.err());
      if (e instanceof OutOfMemoryError) {
        terminal.err().println("labelmill: give the driver more memory: -- --driver-memory 4g");
      }
      return BUG;
    }
  }

  private int end(RuntimeException told) {
    List<String> problems =
        told instanceof UserException mistake
            ? mistake.problems()
            : told.getMessage().lines().toList();
    problems.forEach(problem -> terminal.err().println("labelmill: " + problem));
    if (told instanceof OutageException) {
      for (Throwable cause : Cause.all(told.getCause())) {
        terminal.err().println("  because of " + cause);
      }
      log.debug("What the run ended with", told);
    }
    return Cause.exitCode(told);
  }

  /** Runs the command that the first words name. */
  void dispatch(List<String> args) throws Exception {
    String line = String.join(" ", args);
    for (Command command : COMMANDS) {
      if (line.equals(command.name()) || line.startsWith(command.name() + " ")) {
        int words = command.name().split(" ").length;
        run(command, args.subList(words, args.size()));
        return;
      }
    }
    if (args.isEmpty() || isHelp(args.get(0))) {
      help(COMMANDS);
    } else if (isVersion(args.get(0))) {
      version();
    } else if (args.size() > 1 && isHelp(args.get(1)) && !group(args.get(0)).isEmpty()) {
      help(group(args.get(0)));
    } else {
      throw unknown(args);
    }
  }

  private void run(Command command, List<String> args) throws Exception {
    if (args.stream().anyMatch(Program::isHelp)) {
      terminal.out().print(usage(command));
    } else if (args.stream().anyMatch(Program::isVersion)) {
      version();
    } else {
      Arguments arguments = Arguments.read(command, args);
      LogLevel level = arguments.get(Arguments.LOG_LEVEL);
      // Without the option the levels are those of the logging configuration, which may be another.
      if (arguments.isGiven(Arguments.LOG_LEVEL)) {
        level.set();
      }
      command.run(arguments, terminal);
    }
  }

  private static boolean isHelp(String word) {
    return word.equals("--help") || word.equals("-h");
  }

  private static boolean isVersion(String word) {
    return word.equals("--version");
  }

  private void version() {
    terminal.out().println(banner());
  }

  /** Versions of everything that a report of a failure should name. */
  static String banner() {
    BuildVersion build = BuildVersion.current();
    return "Labelmill %s (commit %s), Spark %s, Java %s"
        .formatted(
            build.version(),
            build.commit(),
            org.apache.spark.package$.MODULE$.SPARK_VERSION(),
            Runtime.version());
  }

  private void help(List<Command> commands) {
    terminal.out().println("Batch image labelling on Apache Spark. Commands:");
    terminal.out().println();
    for (Command command : commands) {
      terminal.out().printf("  jobs/%-16s %s%n", command.name(), command.purpose());
    }
    terminal.out().println();
    terminal.out().println("jobs/COMMAND --help tells its options.");
  }

  /** The commands whose names begin with a word that is no command by itself, such as model. */
  private static List<Command> group(String word) {
    return COMMANDS.stream().filter(command -> command.name().startsWith(word + " ")).toList();
  }

  private static UserException unknown(List<String> args) {
    List<String> words = new ArrayList<>();
    COMMANDS.forEach(command -> words.addAll(Arrays.asList(command.name().split(" "))));
    String first = args.get(0);
    // A group without a command, or with one that it lacks.
    List<Command> group = group(first);
    if (!group.isEmpty()) {
      return new UsageException(
          "jobs/%s needs a command: %s"
              .formatted(first, String.join(", ", group.stream().map(Command::name).toList())));
    }
    return new UsageException(
        "unknown command %s.%s There are: %s"
            .formatted(
                first,
                Suggestion.didYouMean(first, words),
                String.join(", ", COMMANDS.stream().map(Command::name).toList())));
  }

  /** A command's options as picocli knows them, for help and for documentation. */
  static CommandSpec spec(Command command) {
    CommandSpec spec = CommandSpec.create().name("jobs/" + command.name());
    // Shown between an option and its value; both this and = are read.
    spec.parser().separator(" ");
    int order = 0;
    for (OptionSection section : command.sections()) {
      ArgGroupSpec.Builder group = ArgGroupSpec.builder().validate(false).order(order++);
      group.heading("%n" + section.title() + "%n");
      section.options().forEach(option -> group.addArg(Flag.of(option)));
      spec.addArgGroup(group.build());
    }
    ArgGroupSpec.Builder common = ArgGroupSpec.builder().validate(false).order(order);
    common.heading("%nEvery command%n");
    common.addArg(Flag.of(Arguments.LOG_LEVEL));
    common.addArg(Flag.of(Arguments.CONFIG));
    common.addArg(OptionSpec.builder("-h", "--help").description("show this help").build());
    common.addArg(OptionSpec.builder("--version").description("show the versions in use").build());
    spec.addArgGroup(common.build());
    return spec;
  }

  static String usage(Command command) {
    CommandSpec spec = spec(command);
    List<String> required = new ArrayList<>();
    for (Option<?> option : command.options()) {
      if (option.isRequired()) {
        required.add(option.name() + " " + option.parameter());
      }
    }
    String operand = command.operand().isEmpty() ? "" : " " + command.operand();
    // jobs/launch runs these in its own JVM, without spark-submit.
    String behindDashes =
        command.name().startsWith("model ")
            ? "[-- [--driver-memory M] [--conf KEY=VALUE]... [--properties-file FILE]]"
            : "[-- spark-submit options]";
    spec.usageMessage()
        .width(100)
        .autoWidth(false)
        .sortOptions(false)
        .description(command.purpose() + ".", "")
        .customSynopsis(
            String.join(" ", "jobs/" + command.name() + operand, String.join(" ", required)).strip()
                + " [options] "
                + behindDashes)
        .footerHeading("%nExamples:%n")
        .footer(
            command.examples().stream()
                .map(e -> "  " + e.replace("\n", "\n  "))
                .toArray(String[]::new));
    return new CommandLine(spec).getUsageMessage(Ansi.OFF)
        + "%nExit codes: 0 done; 1 arguments or configuration; 2 input, model or output that you can"
            .formatted()
        + " mend,%nalso too many failed images; 3 a bug or lost infrastructure.%n".formatted();
  }
}
