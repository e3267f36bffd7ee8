package io.labelmill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
  @Test
  void theDriversOptionsAreThoseThatSparkGivesItsExecutors() throws Exception {
    String ours = String.join(" ", Files.readAllLines(Path.of("conf/spark-jvm.options")));
    if (org.apache.spark.package$.MODULE$.SPARK_VERSION().startsWith("3.")) {
      // Spark 4 asks for some more, which do no harm.
      assertThat(ours).contains(JavaModuleOptions.defaultModuleOptions().split(" +", -1));
    } else {
      assertThat(ours).isEqualTo(JavaModuleOptions.defaultModuleOptions());
    }
  }
}
