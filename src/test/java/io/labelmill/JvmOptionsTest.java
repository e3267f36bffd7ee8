package io.labelmill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
  /** Java warns of it at each start, and only the fit of a head is a little faster by it. */
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";

  @Test
  void theDriversOptionsAreThoseThatSparkGivesItsExecutorsWithoutTheWarning() throws Exception {
    String ours = String.join(" ", Files.readAllLines(Path.of("conf/spark-jvm.options")));
    assertThat(ours).doesNotContain(VECTORS);
    String theirs = JavaModuleOptions.defaultModuleOptions().replace(VECTORS + " ", "");
    if (org.apache.spark.package$.MODULE$.SPARK_VERSION().startsWith("3.")) {
      // Spark 4 asks for some more, which do no harm.
      assertThat(ours).contains(theirs.split(" +", -1));
    } else {
      assertThat(ours).isEqualTo(theirs);
    }
  }
}
