package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UsedDevicesTest {
  @Test
  void eachIsNamedOnceInOrder() {
    UsedDevices devices = new UsedDevices();
    assertThat(devices.isZero()).isTrue();
    devices.add("gpu:1");
    devices.add("cpu");
    UsedDevices other = devices.copy();
    other.add("gpu:0");
    devices.add("gpu:1");
    assertThat(devices.value()).containsExactly("cpu", "gpu:1");
    devices.merge(other);
    assertThat(devices.value()).containsExactly("cpu", "gpu:0", "gpu:1");
    devices.reset();
    assertThat(devices.isZero()).isTrue();
    assertThat(other.isZero()).isFalse();
  }

  /** Spark reads it for the heartbeat while a task adds to it. */
  @Test
  void theyAreReadWhileATaskAdds() {
    UsedDevices devices = new UsedDevices();
    CompletableFuture<Void> task =
        CompletableFuture.runAsync(
            () -> {
              for (int gpu = 0; gpu < 50_000; gpu++) {
                devices.add("gpu:" + gpu);
              }
            });
    while (!task.isDone()) {
      assertThat(devices.copy().value()).doesNotContainNull();
    }
    task.join();
    assertThat(devices.value()).hasSize(50_000);
  }
}
