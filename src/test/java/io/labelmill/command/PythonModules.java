package io.labelmill.command;

import io.labelmill.ml.ImageEmbedder;
import io.labelmill.ml.ImageLabeler;
import io.labelmill.option.Option;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * The modules of the Python package that name the params of the stages and the options of the
 * commands, made of these.
 */
final class PythonModules {
  private static final Path PACKAGE = Path.of("src/main/python/labelmill");
  private static final int WIDTH = 100;

  private static final String STAGES =
      """
      \"""Stages of Spark ML. Made from the params of the Java stages by DocumentationTest.\"""

      import sys
      from typing import Optional

      from pyspark.ml.param import Param, Params, TypeConverters

      from labelmill._stage import PACKAGE, ImageStage
      """;

  private static final String END_OF_STAGES =
      """


      # Spark finds the Python class of a Java stage by the Java class's own name, in pipelines that it
      # loads and on Spark Connect, so that the module must be known by the name of the Java package.
      sys.modules[PACKAGE] = sys.modules[__name__]
      """;

  private static final String JOBS =
      """
      \"""The jobs as functions. Made from the options of the commands by DocumentationTest.

      Each keyword is an option of the command, with underscores: ``path_column`` for ``--path-column``.
      Options that may stand several times take lists, those whose values commas part take lists or
      dictionaries.
      \"""

      import os
      from typing import TYPE_CHECKING, Mapping, Optional, Sequence, Union

      from labelmill._run import run as _run
      from labelmill.result import Result

      if TYPE_CHECKING:
          from pyspark.sql import SparkSession

      Word = Union[str, int, float, "os.PathLike[str]"]
      Value = Union[Word, Sequence[Word], Mapping[str, float]]
      """;

  private static final List<Command> COMMANDS =
      List.of(
          new ScoreCommand(),
          new EmbedCommand(),
          new SegmentCommand(),
          new TrainCommand(),
          new EvaluateCommand());

  private PythonModules() {}

  /** The text of each module, by its file. */
  static Map<Path, String> texts() {
    return Map.of(
        PACKAGE.resolve("ml.py"),
        STAGES
            + stage(
                new ImageLabeler("uid"),
                "Labels the images of a DataFrame, as ``jobs/score`` does: a row for each row.")
            + stage(
                new ImageEmbedder("uid"),
                "Embeds the images of a DataFrame, as ``jobs/embed`` does: the column ``embedding``"
                    + " holds the vector that the model's classifier takes.")
            + END_OF_STAGES,
        PACKAGE.resolve("jobs.py"),
        JOBS + COMMANDS.stream().map(PythonModules::job).collect(Collectors.joining()));
  }

  /** A param as Python has it. */
  private record PythonParam(String name, String doc, String type, String converter, String value) {
    static PythonParam of(Transformer stage, Param<?> param) {
      String type = type(param);
      String converter =
          switch (type) {
            case "int" -> "toInt";
            case "bool" -> "toBoolean";
            default -> "toString";
          };
      String value = stage.hasDefault(param) ? literal(stage.getDefault(param).get(), type) : "";
      return new PythonParam(param.name(), param.doc(), type, converter, value);
    }

    private static String type(Param<?> param) {
      if (param instanceof IntParam || param instanceof LongParam) {
        return "int";
      }
      return param instanceof BooleanParam ? "bool" : "str";
    }

    private static String literal(Object value, String type) {
      return switch (type) {
        case "bool" -> (Boolean) value ? "True" : "False";
        case "int" -> value.toString();
        default -> quoted((String) value);
      };
    }

    String capital() {
      return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
  }

  private static String stage(Transformer stage, String purpose) {
    String name = stage.getClass().getSimpleName();
    List<PythonParam> params =
        Arrays.stream(stage.params()).map(param -> PythonParam.of(stage, param)).toList();
    StringBuilder text = new StringBuilder("\n\nclass " + name + "(ImageStage):\n");
    text.append(wrapped("    ", "\"\"\"" + purpose));
    text.append(
        "\n    All params are keywords, and have setters and getters: ``setModel``, ``getModel``.\n");
    text.append("\n    Parameters\n    ----------\n");
    for (PythonParam param : params) {
      text.append("    %s : %s, optional\n".formatted(param.name(), param.type()));
      text.append(
          wrapped(
              "        ",
              param.doc() + (param.value().isEmpty() ? "" : ". Default: " + param.value())));
    }
    text.append("    \"\"\"\n\n    __module__ = PACKAGE\n\n");
    for (PythonParam param : params) {
      text.append("    %s: \"Param[%s]\" = Param(\n".formatted(param.name(), param.type()));
      text.append("        Params._dummy(),\n        %s,\n".formatted(quoted(param.name())));
      text.append("        %s,\n".formatted(quoted(param.doc())));
      text.append("        TypeConverters.%s,\n    )\n".formatted(param.converter()));
    }
    List<String> keywords =
        params.stream()
            .map(param -> "%s: Optional[%s] = None".formatted(param.name(), param.type()))
            .toList();
    List<String> given =
        params.stream().map(param -> "%s=%s".formatted(param.name(), param.name())).toList();
    text.append("\n    def __init__(\n        self,\n        *,\n").append(lines(keywords));
    text.append("    ) -> None:\n        super().__init__()\n        self._setDefault(\n");
    text.append(
        lines(
            "    ",
            params.stream()
                .filter(param -> !param.value().isEmpty())
                .map(param -> param.name() + "=" + param.value())
                .toList()));
    text.append("        )\n        self.setParams(\n").append(lines("    ", given));
    text.append("        )\n\n    def setParams(\n        self,\n        *,\n")
        .append(lines(keywords));
    text.append("    ) -> \"%s\":\n".formatted(name));
    text.append("        \"\"\"Sets the params that are given.\"\"\"\n");
    text.append("        return self._set_given(\n").append(lines("    ", given));
    text.append("        )\n");
    for (PythonParam param : params) {
      text.append(
          """

              def set%s(self, value: %s) -> "%s":
                  \"""Sets ``%s``.\"""
                  return self._set(%s=value)

              def get%s(self) -> %s:
                  \"""Gets ``%s`` or its default.\"""
                  return self.getOrDefault(self.%s)
          """
              .formatted(
                  param.capital(),
                  param.type(),
                  name,
                  param.name(),
                  param.name(),
                  param.capital(),
                  param.type(),
                  param.name(),
                  param.name())
              .indent(0));
    }
    return text.toString();
  }

  private static String job(Command command) {
    List<Option<?>> options = new ArrayList<>(command.options());
    options.add(Arguments.LOG_LEVEL);
    options.add(Arguments.CONFIG);
    StringBuilder text = new StringBuilder("\n\ndef " + command.name() + "(\n    *,\n");
    for (Option<?> option : options) {
      text.append("    %s: %s,\n".formatted(name(option), type(option)));
    }
    text.append("    spark: Optional[\"SparkSession\"] = None,\n) -> Result:\n");
    text.append(wrapped("    ", "\"\"\"" + command.purpose() + "."));
    text.append("\n    Parameters\n    ----------\n");
    for (Option<?> option : options) {
      text.append(
          "    %s : %s\n".formatted(name(option), option.isRequired() ? "required" : "optional"));
      text.append(
          wrapped(
              "        ",
              option.meaning()
                  + option.defaultText().map(value -> ". Default: " + value).orElse("")));
    }
    text.append(
        "    spark : SparkSession, optional\n        Default: the running one, else a new one\n");
    text.append(
        """

            Raises
            ------
            LabelmillError
                ``UsageError`` for wrong options, ``InputError`` for what you can mend,
                ``OutageError`` where another try may pass, else ``InternalError``
            \"""
            return _run(
        """
            .indent(0));
    text.append("        \"%s\",\n        {\n".formatted(command.name()));
    for (Option<?> option : options) {
      text.append(
          "            %s: %s,\n"
              .formatted(quoted(option.key() + (option.isRepeatable() ? "*" : "")), name(option)));
    }
    return text.append("        },\n        spark,\n    )\n").toString();
  }

  private static String name(Option<?> option) {
    return option.key().replace('-', '_');
  }

  private static String type(Option<?> option) {
    if (option.need() == Option.Need.SWITCH) {
      return "bool = False";
    }
    return option.isRepeatable()
        ? "Union[Word, Sequence[Word], None] = None"
        : "Optional[Value] = None";
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String lines(List<String> elements) {
    return lines("", elements);
  }

  private static String lines(String indent, List<String> elements) {
    return elements.stream()
        .map(element -> indent + "        " + element + ",\n")
        .collect(Collectors.joining());
  }

  /** Broken at blanks, each line indented; of a docstring's first line the quotes are closed. */
  private static String wrapped(String indent, String text) {
    StringBuilder out = new StringBuilder();
    StringBuilder line = new StringBuilder(indent);
    for (String word : Stream.of(text.replace("\\", "\\\\").split(" ")).toList()) {
      if (line.length() + 1 + word.length() > WIDTH && line.length() > indent.length()) {
        out.append(line).append('\n');
        line = new StringBuilder(indent);
      }
      line.append(line.length() > indent.length() ? " " : "").append(word);
    }
    return out.append(line).append('\n').toString();
  }
}
