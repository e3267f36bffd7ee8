package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ml.ImageEmbedder;
import io.labelmill.ml.ImageLabeler;
import io.labelmill.option.Option;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;

/** Options of the commands against params of the transformers of the same names. */
class TransformerParamsTest {
  private static final String DATASET =
      "the Dataset is given, and Spark reads and chooses its rows";
  private static final String WRITER = "whoever calls writes the result, once and as they like";

  /** Options that are no params, each with its reason. */
  private static final Map<String, String> NO_PARAMS = new TreeMap<>();

  /** Params that are no options: the jobs make tasks of their plan. */
  private static final List<String> NO_OPTIONS = List.of("repartition", "outputCol");

  /** Spark ML's word for an option's. */
  private static final Map<String, String> OTHER_NAMES = Map.of("columnPrefix", "outputPrefix");

  static {
    for (String option :
        List.of(
            "input",
            "input-format",
            "csv-separator",
            "keep",
            "include",
            "exclude",
            "limit",
            "sample",
            "seed",
            "modified-after")) {
      NO_PARAMS.put(option, DATASET);
    }
    for (String option :
        List.of(
            "output",
            "output-format",
            "if-exists",
            "changed",
            "retry-failed",
            "partition-by",
            "run-dir",
            "max-failed-fraction",
            "commit-every",
            "dry-run",
            "compact")) {
      NO_PARAMS.put(option, WRITER);
    }
  }

  @Test
  void anOptionIsAParamOrHasAReasonNotToBe() {
    assertThat(params(new ImageLabeler()))
        .containsExactlyInAnyOrderElementsOf(expected(new ScoreCommand()));
    assertThat(params(new ImageEmbedder()))
        .containsExactlyInAnyOrderElementsOf(expected(new EmbedCommand()));
    assertThat(keys(new ScoreCommand())).containsAll(NO_PARAMS.keySet());
  }

  /** The server of Spark Connect finds stages there alone. */
  @Test
  void stagesAreNamedAsServices() {
    assertThat(ServiceLoader.load(Transformer.class).stream().map(ServiceLoader.Provider::type))
        .filteredOn(type -> type.getName().startsWith("io.labelmill."))
        .containsExactlyInAnyOrder(ImageLabeler.class, ImageEmbedder.class);
  }

  private static List<String> params(Params stage) {
    return Arrays.stream(stage.params()).map(param -> param.name()).toList();
  }

  private static List<String> keys(Command command) {
    return command.options().stream().map(Option::key).toList();
  }

  private static List<String> expected(Command command) {
    List<String> params = new ArrayList<>(NO_OPTIONS);
    for (Option<?> option : command.options()) {
      if (!NO_PARAMS.containsKey(option.key())) {
        params.add(OTHER_NAMES.getOrDefault(option.param(), option.param()));
      }
    }
    return params;
  }
}
