package io.labelmill.command;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;

/**
 * One option of a command: a flag on the command line, and without its dashes a key in a
 * configuration file.
 *
 * @param name with its two dashes
 * @param parameter what stands behind it, as help shows it; empty for a switch
 * @param meaning one phrase, with the unit
 * @param defaultText what holds without it; empty where there is nothing to say
 * @param need whether a command runs without it
 */
record CommandOption(
    String name, String parameter, String meaning, Optional<String> defaultText, Need need) {
  /** As wide as help has room for behind the option; longer where there is no blank. */
  private static final Pattern LINE = Pattern.compile("(\\S.{0,68}|\\S{70,})(?: +|$)");

  /** How often an option is given. */
  enum Need {
    REQUIRED,
    OPTIONAL,
    /** Any number of times; in a configuration file its values are separated by bars. */
    REPEATABLE,
    /** Required, any number of times. */
    REQUIRED_REPEATABLE,
    /** Without a value; in a configuration file {@code true} or {@code false}. */
    SWITCH
  }

  static CommandOption required(String name, String parameter, String meaning) {
    return new CommandOption(name, parameter, meaning, Optional.empty(), Need.REQUIRED);
  }

  static CommandOption optional(String name, String parameter, String meaning) {
    return new CommandOption(name, parameter, meaning, Optional.empty(), Need.OPTIONAL);
  }

  static CommandOption repeatable(String name, String parameter, String meaning) {
    return new CommandOption(name, parameter, meaning, Optional.empty(), Need.REPEATABLE);
  }

  static CommandOption toggle(String name, String meaning) {
    return new CommandOption(name, "", meaning, Optional.empty(), Need.SWITCH);
  }

  CommandOption withDefault(String text) {
    return new CommandOption(name, parameter, meaning, Optional.of(text), need);
  }

  CommandOption atLeastOnce() {
    return new CommandOption(name, parameter, meaning, defaultText, Need.REQUIRED_REPEATABLE);
  }

  /** The key in a configuration file. */
  String key() {
    return name.substring(2);
  }

  boolean isRequired() {
    return need == Need.REQUIRED || need == Need.REQUIRED_REPEATABLE;
  }

  boolean isRepeatable() {
    return need == Need.REPEATABLE || need == Need.REQUIRED_REPEATABLE;
  }

  /** For picocli, which parses flags and prints help. Values stay text: a file's are text too. */
  OptionSpec spec() {
    OptionSpec.Builder builder = OptionSpec.builder(name).description(lines());
    if (need == Need.SWITCH) {
      return builder.arity("0").type(boolean.class).build();
    }
    builder.paramLabel(parameter).arity("1");
    return isRepeatable()
        ? builder.type(List.class).auxiliaryTypes(String.class).build()
        : builder.type(String.class).build();
  }

  /** Broken at blanks alone: picocli, which may break anywhere, parts model.onnx and table:NAME. */
  private String[] lines() {
    return LINE.matcher(description()).results().map(line -> line.group(1)).toArray(String[]::new);
  }

  private String description() {
    String required = isRequired() ? " (required)" : "";
    String otherwise = defaultText.map(text -> ". Default: " + text).orElse("");
    // Help texts are format strings.
    return (meaning + required + otherwise).replace("%", "%%");
  }
}
