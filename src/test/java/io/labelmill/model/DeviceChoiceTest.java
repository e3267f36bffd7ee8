package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "gpu", "gpu:0", "gpu:12"})
  void isWrittenAsItIsRead(String text) {
    assertThat(DeviceChoice.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GPU", "cuda", "gpu:", "gpu:-1", "gpu:1234", "gpu:a", "0", "cpu:0"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> DeviceChoice.parse(text))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--device is "
                + text
                + ": it must be auto, cpu, gpu, or gpu:N for the GPU number N of this machine");
  }

  @Test
  void whereNoSparkGivesOneAGpuIsNamed() {
    assertThat(DeviceChoice.AUTO.ofThisMachine()).isEqualTo(Device.CPU);
    assertThat(DeviceChoice.CPU.ofThisMachine()).isEqualTo(Device.CPU);
    assertThat(DeviceChoice.gpu(3).ofThisMachine()).isEqualTo(Device.gpu(3));
    assertThatThrownBy(DeviceChoice.GPU::ofThisMachine)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("name a GPU of this machine, such as gpu:0");
  }
}
