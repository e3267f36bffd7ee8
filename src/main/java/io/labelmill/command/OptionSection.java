package io.labelmill.command;

import io.labelmill.option.Option;
import java.util.List;

/**
 * Options that belong together, as help and documentation show them.
 *
 * @param title such as {@code Images}
 * @param options in the order of help
 */
record OptionSection(String title, List<Option<?>> options) {
  static OptionSection of(String title, Option<?>... options) {
    return new OptionSection(title, List.of(options));
  }
}
