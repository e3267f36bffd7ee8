package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FileSizesTest {
  @Test
  void aFileHasAHundredThousandRows() {
    FileSizes sizes = new FileSizes(0);
    assertThat(sizes.files(0)).isEqualTo(1);
    assertThat(sizes.files(219_999)).isEqualTo(1);
    assertThat(sizes.files(250_000)).isEqualTo(2);
    assertThat(sizes.files(1_100_000)).isEqualTo(10);
  }

  @Test
  void aFileOfWideRowsIsNotLongerThanAGibibyte() {
    FileSizes sizes = new FileSizes(0);
    sizes.written(100, 100L << 20);
    assertThat(sizes.files(10_240)).isEqualTo(10);
    sizes.written(300, 0);
    assertThat(sizes.files(10_240)).as("a quarter of a mebibyte each").isEqualTo(2);
  }

  @Test
  void whatATableTakesTellsOfItsFirstWave() {
    FileSizes sizes = new FileSizes(5L << 30);
    assertThat(sizes.files(1000)).isEqualTo(5);
    sizes.written(1000, 1000);
    assertThat(sizes.files(1000)).isEqualTo(1);
  }

  @Test
  void aRowLongerThanAFileHasOneOfItsOwn() {
    FileSizes sizes = new FileSizes(0);
    sizes.written(1, 3L << 30);
    assertThat(sizes.files(7)).isEqualTo(7);
  }
}
