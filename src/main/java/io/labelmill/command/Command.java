package io.labelmill.command;

import io.labelmill.option.Option;
import java.util.List;

/**
 * One thing that Labelmill does, such as {@code score} or {@code model inspect}. A command owns its
 * options; reading, checking that they are known, help, and exit codes are the same for all.
 */
abstract class Command {
  private final String name;
  private final String operand;
  private final String purpose;
  private final List<OptionSection> sections;
  private final List<String> examples;

  /**
   * What help says.
   *
   * @param name the words that choose it, such as {@code model inspect}
   * @param operand what stands between the name and the options; empty for nothing
   * @param purpose one sentence
   * @param sections the options by what they are about, in their order
   * @param examples command lines that work, one an element
   */
  Command(
      String name,
      String operand,
      String purpose,
      List<OptionSection> sections,
      List<String> examples) {
    this.name = name;
    this.operand = operand;
    this.purpose = purpose;
    this.sections = sections;
    this.examples = examples;
  }

  final String name() {
    return name;
  }

  final String operand() {
    return operand;
  }

  final String purpose() {
    return purpose;
  }

  final List<OptionSection> sections() {
    return sections;
  }

  final List<String> examples() {
    return examples;
  }

  /** All options, in the order of help. */
  final List<Option<?>> options() {
    return sections.stream().flatMap(section -> section.options().stream()).toList();
  }

  /** Whether this command runs without a required option, given the others. */
  boolean waives(Option<?> required, Arguments given) {
    return false;
  }

  /**
   * Does it.
   *
   * @throws io.labelmill.error.UserException on what the user can mend
   * @throws Exception on anything else
   */
  abstract void run(Arguments arguments, Terminal terminal) throws Exception;
}
