package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.source.TaskSizes;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaveSizesTest {
  private final AtomicInteger slots = new AtomicInteger(2);

  @Test
  void theFirstWaveIsSmall() {
    WaveSizes sizes = sizes(OptionalLong.empty());
    assertThat(sizes.images()).isEqualTo(1_000);
    assertThat(sizes.tasks()).isEqualTo(new TaskSizes(16, 1, 2));
    assertThat(sizes.waves(1_001)).isEqualTo(2);
  }

  @Test
  void laterWavesAreTwoMinutesOfTheRateSeen() {
    WaveSizes sizes = sizes(OptionalLong.empty());
    sizes.measured(1_000, Duration.ofSeconds(10));
    assertThat(sizes.images()).isEqualTo(12_000);
    // 100 images/s on 2 slots; 4% of 120 s are 4.8 s, and the shortest take a quarter of a second.
    assertThat(sizes.tasks()).isEqualTo(new TaskSizes(240, 13, 2));
  }

  @Test
  void executorsThatJoinShortenTasks() {
    WaveSizes sizes = sizes(OptionalLong.empty());
    slots.set(20);
    sizes.measured(1_000, Duration.ofSeconds(10));
    assertThat(sizes.tasks()).isEqualTo(new TaskSizes(24, 1, 20));
  }

  @Test
  void aSlowModelStillCommitsAThousand() {
    WaveSizes sizes = sizes(OptionalLong.empty());
    sizes.measured(1_000, Duration.ofHours(1));
    assertThat(sizes.images()).isEqualTo(1_000);
    assertThat(sizes.tasks()).isEqualTo(new TaskSizes(1, 1, 2));
  }

  @Test
  void theUserDecides() {
    WaveSizes sizes = sizes(OptionalLong.of(8));
    assertThat(sizes.images()).isEqualTo(8);
    assertThat(sizes.tasks()).isEqualTo(new TaskSizes(4, 1, 2));
    sizes.measured(8, Duration.ofSeconds(1));
    assertThat(sizes.images()).isEqualTo(8);
    assertThat(sizes.waves(17)).isEqualTo(3);
  }

  private WaveSizes sizes(OptionalLong commitEvery) {
    return new WaveSizes(commitEvery, slots::get);
  }
}
