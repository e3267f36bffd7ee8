package io.labelmill.command;

import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import io.labelmill.source.ImageUri;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParseResult;

/**
 * The values of a command's options: from the command line, else from the configuration file that
 * {@code --config} names. Reading a value checks it; what is wrong is collected until {@link
 * #throwIfWrong}, so that a user sees all of it at once. Used by one thread.
 */
final class Arguments {
  /** Every command has it. */
  static final CommandOption CONFIG =
      CommandOption.optional(
          "--config",
          "FILE",
          "properties file with the same options, without dashes; options on the command line win");

  /** Every command has it. It changes what is said of a run, and nothing of the run. */
  static final CommandOption LOG_LEVEL =
      CommandOption.optional(
              "--log-level",
              "LEVEL",
              "error, warn (no progress), info (events of the run, and Spark's warnings) or debug"
                  + " (Spark's own events too)")
          .withDefault("info");

  private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

  private final Map<String, CommandOption> options;
  private final Map<String, Value> values = new HashMap<>();
  private final List<String> operands = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * A value and where it stands.
   *
   * @param origin as messages name it: {@code --top-k}, or {@code top-k in FILE}
   */
  private record Value(List<String> texts, String origin) {
    String text() {
      return texts.get(texts.size() - 1);
    }
  }

  private Arguments(Map<String, CommandOption> options) {
    this.options = options;
  }

  /** Reads a command line and its configuration file; what is wrong with them is kept for later. */
  static Arguments read(Command command, List<String> args) {
    Map<String, CommandOption> options = new TreeMap<>();
    command.options().forEach(option -> options.put(option.name(), option));
    options.put(LOG_LEVEL.name(), LOG_LEVEL);
    Arguments arguments = new Arguments(options);
    CommandSpec spec = CommandSpec.create();
    command.options().forEach(option -> spec.addOption(option.spec()));
    spec.addOption(LOG_LEVEL.spec());
    spec.addOption(CONFIG.spec());
    spec.parser().collectErrors(true).unmatchedArgumentsAllowed(true);
    ParseResult parsed =
        new CommandLine(spec).setExpandAtFiles(false).parseArgs(args.toArray(String[]::new));
    arguments.fromCommandLine(parsed);
    String file = parsed.matchedOptionValue(CONFIG.name(), null);
    if (file != null) {
      try {
        arguments.fromFile(TextFile.read(CONFIG.name(), file), file);
      } catch (UsageException e) {
        arguments.problems.addAll(e.problems());
      }
    }
    arguments.checkRequired(command);
    arguments.checkSecrets();
    return arguments;
  }

  private void fromCommandLine(ParseResult parsed) {
    for (Exception error : parsed.errors()) {
      if (error instanceof MissingParameterException missing) {
        String name = ((OptionSpec) missing.getMissing().get(0)).longestName();
        problems.add(name + " has no value: write " + name + " " + parameter(name));
      } else if (error instanceof OverwrittenOptionException overwritten) {
        problems.add(((OptionSpec) overwritten.getOverwritten()).longestName() + " is given twice");
      } else {
        problems.add(String.valueOf(error.getMessage()));
      }
    }
    boolean afterUnknown = false;
    for (String word : parsed.unmatched()) {
      if (word.startsWith("-") && word.length() > 1) {
        String name = word.split("=", 2)[0];
        problems.add("unknown option " + name + "." + Suggestion.didYouMean(name, names()));
        afterUnknown = true;
      } else {
        // The word behind an unknown option is its value: one complaint is enough.
        if (!afterUnknown) {
          operands.add(word);
        }
        afterUnknown = false;
      }
    }
    for (OptionSpec matched : parsed.matchedOptions()) {
      if (options.containsKey(matched.longestName())) {
        List<String> texts = matched.typedValues().stream().flatMap(Arguments::texts).toList();
        if (!texts.isEmpty()) {
          values.put(matched.longestName(), new Value(texts, matched.longestName()));
        }
      }
    }
  }

  private static Stream<String> texts(Object typed) {
    return typed instanceof Collection<?> several
        ? several.stream().map(String::valueOf)
        : Stream.of(String.valueOf(typed));
  }

  private String parameter(String name) {
    return name.equals(CONFIG.name()) ? CONFIG.parameter() : options.get(name).parameter();
  }

  private List<String> names() {
    List<String> names = new ArrayList<>(options.keySet());
    names.addAll(List.of(CONFIG.name(), "--help", "--version"));
    return names;
  }

  private void fromFile(String content, String file) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(content));
    } catch (IOException | IllegalArgumentException e) {
      problems.add("--config " + file + " is not a properties file: " + e.getMessage());
      return;
    }
    List<String> keys = options.values().stream().map(CommandOption::key).toList();
    for (String key : properties.stringPropertyNames().stream().sorted().toList()) {
      CommandOption option = options.get("--" + key);
      if (option == null) {
        problems.add("unknown key " + key + " in " + file + "." + Suggestion.didYouMean(key, keys));
        continue;
      }
      String text = properties.getProperty(key).strip();
      String origin = key + " in " + file;
      if (text.isEmpty()) {
        problems.add(origin + " has no value: write " + key + "=" + option.parameter());
        continue;
      }
      List<String> texts = option.isRepeatable() ? Arrays.asList(BAR.split(text)) : List.of(text);
      values.putIfAbsent(option.name(), new Value(texts, origin));
    }
  }

  private void checkRequired(Command command) {
    int missing = 0;
    for (CommandOption option : options.values()) {
      if (option.isRequired()
          && !values.containsKey(option.name())
          && !command.waives(option, this)) {
        problems.add(
            option.name() + " is missing: " + option.parameter() + ", " + option.meaning());
        missing++;
      }
    }
    if (missing > 1) {
      problems.add(
          "such as: %s (jobs/%s --help tells all options)"
              .formatted(command.examples().get(0), command.name()));
    }
  }

  /** Secrets in paths: logs, records and tables show paths. */
  private void checkSecrets() {
    for (CommandOption option : options.values()) {
      Value value = values.get(option.name());
      for (String text : value == null ? List.<String>of() : value.texts()) {
        ImageUri.secretIn(text).ifPresent(problem -> problems.add(value.origin() + " " + problem));
      }
    }
    operands.forEach(word -> ImageUri.secretIn(word).ifPresent(problems::add));
  }

  /** Words that belong to no option. */
  List<String> operands() {
    return List.copyOf(operands);
  }

  /** The only word that belongs to no option. */
  String operand(String what) {
    if (operands.isEmpty()) {
      problems.add(what + " is missing");
      return "";
    }
    refuseOperands(1);
    return operands.get(0);
  }

  /** Complains about words behind the first so many that belong to no option. */
  void refuseOperands(int allowed) {
    // What a word without a name most often is.
    String input = ScoreCommand.INPUT.name();
    operands.stream()
        .skip(allowed)
        .forEach(
            word ->
                problems.add(
                    "unexpected argument "
                        + word
                        + (options.containsKey(input) && !values.containsKey(input)
                            ? ": images are given by name, " + input + " " + word
                            : ": quote a value with spaces, and give options by name")));
  }

  /** Whether the user gave a value, on the command line or in the file. */
  boolean isGiven(CommandOption option) {
    return values.containsKey(option.name());
  }

  /** Whether a value stands on the command line itself. */
  boolean isFlag(CommandOption option) {
    return isGiven(option) && values.get(option.name()).origin().startsWith("--");
  }

  Optional<String> text(CommandOption option) {
    Optional<Value> value = value(option);
    if (value.isPresent() && value.get().text().isBlank()) {
      problems.add(value.get().origin() + " is empty");
    }
    return value.map(Value::text);
  }

  List<String> texts(CommandOption option) {
    return value(option).map(Value::texts).orElse(List.of());
  }

  /** The elements of one value, commas between them. */
  List<String> commaSeparated(CommandOption option) {
    return value(option)
        .map(
            value ->
                Arrays.stream(value.text().split(","))
                    .map(String::strip)
                    .filter(element -> !element.isEmpty())
                    .toList())
        .orElse(List.of());
  }

  boolean isOn(CommandOption option) {
    Optional<Value> value = value(option);
    if (value.isEmpty()) {
      return false;
    }
    String text = value.get().text();
    if (!text.equals("true") && !text.equals("false")) {
      problems.add(value.get().origin() + " is " + text + ": write true or false");
    }
    return text.equals("true");
  }

  OptionalInt integer(CommandOption option, int min, int max) {
    OptionalLong value = wholeNumber(option, min, max);
    return value.isPresent()
        ? OptionalInt.of(Math.toIntExact(value.getAsLong()))
        : OptionalInt.empty();
  }

  OptionalLong wholeNumber(CommandOption option, long min, long max) {
    Optional<Value> value = value(option);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    String text = value.get().text().strip();
    try {
      long number = Long.parseLong(text.replace("_", ""));
      if (number >= min && number <= max) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException e) {
      problems.add(value.get().origin() + " is " + text + ", not a whole number");
      return OptionalLong.empty();
    }
    problems.add(
        value.get().origin()
            + " is "
            + text
            + (max == Long.MAX_VALUE || max == Integer.MAX_VALUE
                ? ": it must be " + min + " or more"
                : ": it must be " + min + " to " + max));
    return OptionalLong.empty();
  }

  OptionalDouble fraction(CommandOption option) {
    Optional<Value> value = value(option);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    String text = value.get().text().strip();
    try {
      double number = Double.parseDouble(text);
      if (number >= 0 && number <= 1) {
        return OptionalDouble.of(number);
      }
      problems.add(value.get().origin() + " is " + text + ": it must be 0 to 1");
    } catch (NumberFormatException e) {
      problems.add(value.get().origin() + " is " + text + ", not a number");
    }
    return OptionalDouble.empty();
  }

  /** A finite number that is not below a limit. */
  OptionalDouble atLeast(CommandOption option, double min) {
    Optional<Value> value = value(option);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    String text = value.get().text().strip();
    try {
      double number = Double.parseDouble(text);
      if (number >= min && Double.isFinite(number)) {
        return OptionalDouble.of(number);
      }
      problems.add(
          value.get().origin()
              + " is "
              + text
              + ": it must be "
              + (min == Math.rint(min) ? Long.toString((long) min) : Double.toString(min))
              + " or more");
    } catch (NumberFormatException e) {
      problems.add(value.get().origin() + " is " + text + ", not a number");
    }
    return OptionalDouble.empty();
  }

  /** Whether the command has an option. */
  boolean takes(CommandOption option) {
    return options.containsKey(option.name());
  }

  /** One of the constants of an enum, written in lower case with hyphens. */
  <E extends Enum<E>> E choice(CommandOption option, Class<E> type, E otherwise) {
    List<String> words = Arrays.stream(type.getEnumConstants()).map(Arguments::word).toList();
    int found = words.indexOf(choice(option, words, ""));
    return found < 0 ? otherwise : type.getEnumConstants()[found];
  }

  /** The same of words. */
  String choice(CommandOption option, List<String> words, String otherwise) {
    Optional<Value> value = value(option);
    if (value.isEmpty()) {
      return otherwise;
    }
    String text = value.get().text().strip();
    if (!words.contains(text)) {
      problems.add(
          value.get().origin()
              + " is "
              + text
              + ": it must be "
              + String.join(", ", words.subList(0, words.size() - 1))
              + " or "
              + words.get(words.size() - 1)
              + "."
              + Suggestion.didYouMean(text, words));
      return otherwise;
    }
    return text;
  }

  /** How a constant is written on a command line. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Adds a problem that several options make together. */
  void problem(String sentence) {
    problems.add(sentence);
  }

  /**
   * Runs a check of another package and keeps its problems with the others.
   *
   * @return null when it threw
   */
  <T> T checked(Supplier<T> check) {
    try {
      return check.get();
    } catch (UsageException e) {
      problems.addAll(e.problems());
      return null;
    }
  }

  /**
   * @throws UsageException with everything that was wrong so far
   */
  void throwIfWrong() {
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
  }

  /**
   * Every option of the command with the value that holds, given or default, by key; credentials
   * taken out.
   */
  SortedMap<String, String> effective() {
    SortedMap<String, String> effective = new TreeMap<>();
    for (CommandOption option : options.values()) {
      if (option.equals(LOG_LEVEL)) {
        continue;
      }
      Value value = values.get(option.name());
      if (value != null) {
        effective.put(option.key(), Location.redacted(String.join(" | ", value.texts())));
      } else {
        option.defaultText().ifPresent(text -> effective.put(option.key(), text));
      }
    }
    return effective;
  }

  private Optional<Value> value(CommandOption option) {
    if (!options.containsKey(option.name())) {
      throw new IllegalArgumentException(option.name() + " is not an option of this command");
    }
    return Optional.ofNullable(values.get(option.name()));
  }
}
