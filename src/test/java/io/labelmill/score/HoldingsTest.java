package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class HoldingsTest {
  private final Holdings holdings = new Holdings();
  private final List<String> closed = new ArrayList<>();

  @Test
  void allIsClosedWithTheLastRowOnceAndBackwards() {
    holdings.add(() -> closed.add("first"));
    holdings.add(() -> closed.add("second"));
    Iterator<String> rows = holdings.until(List.of("a", "b").iterator());
    assertThat(rows.next()).isEqualTo("a");
    assertThat(rows.hasNext()).isTrue();
    assertThat(rows.next()).isEqualTo("b");
    assertThat(closed).as("the last row may still need it").isEmpty();
    assertThat(rows.hasNext()).isFalse();
    assertThat(closed).containsExactly("second", "first");
    assertThat(rows.hasNext()).isFalse();
    assertThatThrownBy(rows::next).isInstanceOf(NoSuchElementException.class);
    holdings.close();
    assertThat(closed).hasSize(2);
  }

  @Test
  void oneThatCanNotBeClosedKeepsNoOtherOpen() {
    holdings.add(() -> closed.add("first"));
    holdings.add(
        () -> {
          throw new IllegalStateException("stuck");
        });
    holdings.add(
        () -> {
          throw new IllegalStateException("gone");
        });
    assertThatThrownBy(holdings::close)
        .hasMessage("gone")
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .extracting(Throwable::getMessage)
                    .containsExactly("stuck"));
    assertThat(closed).containsExactly("first");
    holdings.close();
  }
}
