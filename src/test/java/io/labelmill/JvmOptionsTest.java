package io.labelmill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

/**
 * The driver's JVM is given what any line of Spark gives its executors: no option harms another.
 */
class JvmOptionsTest {
  /** Java warns of it at each start, and only the fit of a head is a little faster by it. */
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";

  /** What a line does not ask for, and another does; 3.5 and 4.0 ask for less still. */
  private static final Map<String, String> OF_OTHER_LINES =
      Map.of(
          "4.1", "--sun-misc-unsafe-memory-access=allow",
          "4.2", "-Djdk.reflect.useDirectMethodHandle=false");

  @Test
  void theDriversOptionsAreThoseThatSparkGivesItsExecutorsWithoutTheWarning() throws Exception {
    List<String> ours = Files.readAllLines(Path.of("conf/spark-jvm.options"));
    List<String> theirs =
        new ArrayList<>(List.of(JavaModuleOptions.defaultModuleOptions().split(" +", -1)));
    theirs.remove(VECTORS);
    assertThat(ours).doesNotHaveDuplicates().doesNotContain(VECTORS).containsAll(theirs);
    String line = org.apache.spark.package$.MODULE$.SPARK_VERSION().substring(0, 3);
    if (OF_OTHER_LINES.containsKey(line)) {
      assertThat(ours)
          .filteredOn(option -> !theirs.contains(option))
          .containsExactly(OF_OTHER_LINES.get(line));
    }
  }
}
