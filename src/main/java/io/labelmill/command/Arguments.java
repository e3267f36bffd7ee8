package io.labelmill.command;

import io.labelmill.error.Suggestion;
import io.labelmill.option.Given;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Values;
import io.labelmill.source.ImageUri;
import io.labelmill.source.SourceOptions;
import io.labelmill.table.Location;
import io.labelmill.table.TextFile;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
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
 * {@code --config} names.
 */
final class Arguments extends Values {
  /** Every command has it. */
  static final Option<Optional<String>> CONFIG =
      Option.optional(
          "--config",
          "FILE",
          "properties file with the same options, without dashes; options on the command line win",
          Reader.text());

  /** Every command has it. It changes what is said of a run, and nothing of the run. */
  static final Option<LogLevel> LOG_LEVEL =
      Option.choice(
          "--log-level",
          "error, warn (no progress), info (events of the run, and Spark's warnings) or debug"
              + " (Spark's own events too)",
          LogLevel.INFO);

  private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

  private final Map<String, Option<?>> options;
  private final Map<String, Given> values = new HashMap<>();
  private final List<String> operands = new ArrayList<>();

  private Arguments(Map<String, Option<?>> options) {
    this.options = options;
  }

  /** Reads a command line and its configuration file; what is wrong with them is kept for later. */
  static Arguments read(Command command, List<String> args) {
    Map<String, Option<?>> options = new TreeMap<>();
    command.options().forEach(option -> options.put(option.name(), option));
    options.put(LOG_LEVEL.name(), LOG_LEVEL);
    Arguments arguments = new Arguments(options);
    CommandSpec spec = CommandSpec.create();
    command.options().forEach(option -> spec.addOption(Flag.of(option)));
    spec.addOption(Flag.of(LOG_LEVEL));
    spec.addOption(Flag.of(CONFIG));
    spec.parser().collectErrors(true).unmatchedArgumentsAllowed(true);
    ParseResult parsed =
        new CommandLine(spec).setExpandAtFiles(false).parseArgs(args.toArray(String[]::new));
    arguments.fromCommandLine(parsed);
    String file = parsed.matchedOptionValue(CONFIG.name(), null);
    if (file != null) {
      String content = arguments.checked(() -> TextFile.read(CONFIG.name(), file), "");
      arguments.fromFile(content, file);
    }
    arguments.checkRequired(command);
    arguments.checkSecrets();
    return arguments;
  }

  private void fromCommandLine(ParseResult parsed) {
    for (Exception error : parsed.errors()) {
      if (error instanceof MissingParameterException missing) {
        String name = ((OptionSpec) missing.getMissing().get(0)).longestName();
        problem(name + " has no value: write " + name + " " + parameter(name));
      } else if (error instanceof OverwrittenOptionException overwritten) {
        problem(((OptionSpec) overwritten.getOverwritten()).longestName() + " is given twice");
      } else {
        problem(String.valueOf(error.getMessage()));
      }
    }
    boolean afterUnknown = false;
    for (String word : parsed.unmatched()) {
      if (word.startsWith("-") && word.length() > 1) {
        String name = word.split("=", 2)[0];
        problem("unknown option " + name + "." + Suggestion.didYouMean(name, names()));
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
          values.put(matched.longestName(), new Given(texts, matched.longestName()));
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
      problem("--config " + file + " is not a properties file: " + e.getMessage());
      return;
    }
    List<String> keys = options.values().stream().map(Option::key).toList();
    for (String key : properties.stringPropertyNames().stream().sorted().toList()) {
      Option<?> option = options.get("--" + key);
      if (option == null) {
        problem("unknown key " + key + " in " + file + "." + Suggestion.didYouMean(key, keys));
        continue;
      }
      String text = properties.getProperty(key).strip();
      String origin = key + " in " + file;
      if (text.isEmpty()) {
        problem(origin + " has no value: write " + key + "=" + option.parameter());
        continue;
      }
      List<String> texts = option.isRepeatable() ? Arrays.asList(BAR.split(text)) : List.of(text);
      values.putIfAbsent(option.name(), new Given(texts, origin));
    }
  }

  private void checkRequired(Command command) {
    int missing = 0;
    for (Option<?> option : options.values()) {
      if (option.isRequired()
          && !values.containsKey(option.name())
          && !command.waives(option, this)) {
        problem(option.name() + " is missing: " + option.parameter() + ", " + option.meaning());
        missing++;
      }
    }
    if (missing > 1) {
      problem(
          "such as: %s (jobs/%s --help tells all options)"
              .formatted(command.examples().get(0), command.name()));
    }
  }

  /** Secrets in paths: logs, records and tables show paths. */
  private void checkSecrets() {
    for (Option<?> option : options.values()) {
      Given value = values.get(option.name());
      for (String text : value == null ? List.<String>of() : value.texts()) {
        ImageUri.secretIn(text).ifPresent(found -> problem(value.origin() + " " + found));
      }
    }
    operands.forEach(word -> ImageUri.secretIn(word).ifPresent(this::problem));
  }

  /** The only word that belongs to no option. */
  String operand(String what) {
    if (operands.isEmpty()) {
      problem(what + " is missing");
      return "";
    }
    refuseOperands(1);
    return operands.get(0);
  }

  /** Complains about words behind the first so many that belong to no option. */
  void refuseOperands(int allowed) {
    // What a word without a name most often is.
    String input = SourceOptions.INPUT.name();
    operands.stream()
        .skip(allowed)
        .forEach(
            word ->
                problem(
                    "unexpected argument "
                        + word
                        + (options.containsKey(input) && !values.containsKey(input)
                            ? ": images are given by name, " + input + " " + word
                            : ": quote a value with spaces, and give options by name")));
  }

  /** Whether a value stands on the command line itself. */
  boolean isFlag(Option<?> option) {
    return isGiven(option) && values.get(option.name()).origin().startsWith("--");
  }

  @Override
  protected Optional<Given> given(Option<?> option) {
    return option.equals(options.get(option.name()))
        ? Optional.ofNullable(values.get(option.name()))
        : Optional.empty();
  }

  /**
   * Every option of the command with the value that holds, given or default, by key; credentials
   * taken out.
   */
  SortedMap<String, String> effective() {
    SortedMap<String, String> effective = new TreeMap<>();
    for (Option<?> option : options.values()) {
      if (option.equals(LOG_LEVEL)) {
        continue;
      }
      Given value = values.get(option.name());
      if (value != null) {
        effective.put(option.key(), Location.redacted(String.join(" | ", value.texts())));
      } else {
        option.defaultText().ifPresent(text -> effective.put(option.key(), text));
      }
    }
    return effective;
  }
}
