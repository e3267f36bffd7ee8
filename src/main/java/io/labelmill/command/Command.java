package io.labelmill.command;

import io.labelmill.option.Option;
import java.util.List;

/**
 * One thing that Labelmill does, such as {@code score} or {@code model inspect}. A command owns its
 * options; reading, checking that they are known, help, and exit codes are the same for all.
 */
interface Command {
  /** The words that choose it, such as {@code model inspect}. */
  String name();

  /** One sentence. */
  String purpose();

  /** What stands between the name and the options, as help shows it; empty for nothing. */
  default String operand() {
    return "";
  }

  /** The options by what they are about, in the order of help. */
  List<OptionSection> sections();

  /** All options, in the order of help. */
  default List<Option<?>> options() {
    return sections().stream().flatMap(section -> section.options().stream()).toList();
  }

  /** Command lines that work, one an element. */
  List<String> examples();

  /** Whether this command runs without a required option, given the others. */
  default boolean waives(Option<?> required, Arguments given) {
    return false;
  }

  /**
   * Does it.
   *
   * @throws io.labelmill.error.UserException on what the user can mend
   * @throws Exception on anything else
   */
  void run(Arguments arguments, Terminal terminal) throws Exception;
}
