package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PixelBatchesTest {
  @Test
  void aBatchGivenBackIsUsedAgainAndEmpty() {
    PixelBatches batches = new PixelBatches();
    PixelBatch first = batches.take(2, () -> new PixelBatch(2, 4, 4));
    first.append(new float[3 * 4 * 4]);
    assertThat(batches.take(2, () -> new PixelBatch(2, 4, 4))).isNotSameAs(first);
    batches.giveBack(first);
    assertThat(batches.take(2, () -> new PixelBatch(2, 4, 4))).isSameAs(first);
    assertThat(first.images()).isZero();
  }

  @Test
  void aBatchOfAnotherCapacityIsNotKept() {
    PixelBatches batches = new PixelBatches();
    PixelBatch small = batches.take(2, () -> new PixelBatch(2, 4, 4));
    assertThat(batches.take(3, () -> new PixelBatch(3, 4, 4)).capacity()).isEqualTo(3);
    batches.giveBack(small);
    assertThat(batches.take(3, () -> new PixelBatch(3, 4, 4))).isNotSameAs(small);
  }
}
