package io.labelmill.command;

import io.labelmill.ml.ImageParams;
import io.labelmill.option.Option;
import io.labelmill.score.JobOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The getters and setters of the stages' params, made of the options. */
final class JavaParams {
  private static final Path PACKAGE = Path.of("src/main/java/io/labelmill/ml");
  private static final Pattern PARAMS =
      Pattern.compile("(// <params: [^\\n]+\\n).*?( *// <end of params>)", Pattern.DOTALL);

  private JavaParams() {}

  /** The text of each class, by its file. */
  static Map<Path, String> texts() throws IOException {
    Path all = PACKAGE.resolve("ImageParams.java");
    Path embedder = PACKAGE.resolve("ImageEmbedder.java");
    return Map.of(
        all, text(all, "T", ImageParams.OPTIONS),
        embedder, text(embedder, "ImageEmbedder", JobOptions.OF_EMBEDDING));
  }

  private static String text(Path file, String stage, List<Option<?>> options) throws IOException {
    String methods =
        options.stream().map(option -> methods(stage, option)).collect(Collectors.joining("\n"));
    return PARAMS
        .matcher(Files.readString(file))
        .replaceFirst("$1" + Matcher.quoteReplacement(methods) + "\n$2");
  }

  private static String methods(String stage, Option<?> option) {
    String name = option.param();
    String type = option.reader().type().getSimpleName();
    String param =
        switch (type) {
          case "int" -> "IntParam";
          case "long" -> "LongParam";
          case "boolean" -> "BooleanParam";
          default -> "Param<String>";
        };
    String found = type.equals("String") ? "text(" : "(%s) param(".formatted(param);
    return """
          public %s %s() {
            return %s"%s");
          }

          public %s set%s(%s value) {
            return put("%s", value);
          }
        """
        .formatted(
            param,
            name,
            found,
            name,
            stage,
            Character.toUpperCase(name.charAt(0)) + name.substring(1),
            type,
            name);
  }
}
