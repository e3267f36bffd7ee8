package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The discovery script with a made-up nvidia-smi, and the settings that go with it. */
class GpuSettingsTest {
  private static final Path SCRIPT = Path.of("conf/gpus.sh").toAbsolutePath();

  @TempDir Path folder;

  private record Ended(int exitCode, String out, String err) {
    /** What Spark reads of it. */
    ResourceInformation resource() {
      return ResourceInformation.parseJson(out);
    }
  }

  @Test
  void gpusAreNamedByTheirNumbers() throws Exception {
    Ended ended =
        run(
            "[ \"$*\" = '--query-gpu=index --format=csv,noheader,nounits' ] && printf '0\\n1\\n10\\n'",
            "");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo("{\"name\":\"gpu\",\"addresses\":[\"0\",\"1\",\"10\"]}\n");
    assertThat(ended.resource().name()).isEqualTo("gpu");
    assertThat(ended.resource().addresses()).containsExactly("0", "1", "10");
  }

  @Test
  void aMachineWithADriverAndNoGpuHasNone() throws Exception {
    assertThat(run("exit 0", "").resource().addresses()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"3,1", "'5,7',2", "'MIG-a,MIG-b,MIG-c',3"})
  void whatCudaShowsIsNumberedFromZero(String visible, int count) throws Exception {
    String[] addresses = run("echo 9", visible).resource().addresses();
    assertThat(addresses).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(addresses[i]).isEqualTo(Integer.toString(i));
    }
  }

  @Test
  void aDriverThatDoesNotAnswerIsAnError() throws Exception {
    Ended broken = run("echo 'NVIDIA-SMI has failed'; exit 9", "");
    assertThat(broken.exitCode()).isNotZero();
    assertThat(broken.out()).isEmpty();
    Ended said = run("echo 'No devices were found'", "");
    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).isEqualTo("gpus.sh: nvidia-smi says: No devices were found\n");
  }

  @Test
  void aMachineWithoutADriverSaysSo() throws Exception {
    Ended ended = run(null, "");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo("gpus.sh: there is no nvidia-smi: install NVIDIA's driver on this machine\n");
  }

  @Test
  void theTasksOfAnExecutorFillItsGpu() throws IOException {
    Properties settings = new Properties();
    try (var in = Files.newInputStream(Path.of("conf/spark-gpu.conf"))) {
      settings.load(in);
    }
    assertThat(settings).containsEntry("spark.executor.resource.gpu.amount", "1");
    double perTask = Double.parseDouble(settings.getProperty("spark.task.resource.gpu.amount"));
    int cores = Integer.parseInt(settings.getProperty("spark.executor.cores"));
    assertThat(cores * perTask).isEqualTo(1);
    assertThat(settings.getProperty("spark.executor.resource.gpu.discoveryScript"))
        .endsWith("conf/gpus.sh");
  }

  /**
   * @param nvidiaSmi what the command does; null where there is none
   * @param visible value of {@code CUDA_VISIBLE_DEVICES}
   */
  private Ended run(String nvidiaSmi, String visible) throws Exception {
    Path bin = Files.createTempDirectory(folder, "bin");
    for (String tool : new String[] {"awk", "tr"}) {
      write(bin.resolve(tool), "exec /usr/bin/" + tool + " \"$@\"");
    }
    if (nvidiaSmi != null) {
      write(bin.resolve("nvidia-smi"), nvidiaSmi);
    }
    Path out = Files.createTempFile(folder, "script", ".out");
    Path err = Files.createTempFile(folder, "script", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("PATH", bin.toString());
    environment.put("CUDA_VISIBLE_DEVICES", visible);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static void write(Path command, String script) throws IOException {
    Files.writeString(command, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
