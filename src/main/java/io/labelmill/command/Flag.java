package io.labelmill.command;

import io.labelmill.option.Option;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;

/** An option as picocli has it, which parses flags and prints help. */
final class Flag {
  /** As wide as help has room for behind the option; longer where there is no blank. */
  private static final Pattern LINE = Pattern.compile("(\\S.{0,68}|\\S{70,})(?: +|$)");

  private Flag() {}

  /** Values stay text: a file's are text too. */
  static OptionSpec of(Option<?> option) {
    OptionSpec.Builder builder = OptionSpec.builder(option.name()).description(lines(option));
    if (option.need() == Option.Need.SWITCH) {
      return builder.arity("0").type(boolean.class).build();
    }
    builder.paramLabel(option.parameter()).arity("1");
    return option.isRepeatable()
        ? builder.type(List.class).auxiliaryTypes(String.class).build()
        : builder.type(String.class).build();
  }

  /** Broken at blanks alone: picocli, which may break anywhere, parts model.onnx and table:NAME. */
  private static String[] lines(Option<?> option) {
    String required = option.isRequired() ? " (required)" : "";
    String otherwise = option.defaultText().map(text -> ". Default: " + text).orElse("");
    // Help texts are format strings.
    String description = (option.meaning() + required + otherwise).replace("%", "%%");
    return LINE.matcher(description).results().map(line -> line.group(1)).toArray(String[]::new);
  }
}
