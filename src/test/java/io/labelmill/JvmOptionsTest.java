package io.labelmill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
  @Test
  void theDriversOptionsAreThoseThatSparkGivesItsExecutors() throws Exception {
    assertThat(String.join(" ", Files.readAllLines(Path.of("conf/spark-jvm.options"))))
        .isEqualTo(JavaModuleOptions.defaultModuleOptions());
  }
}
