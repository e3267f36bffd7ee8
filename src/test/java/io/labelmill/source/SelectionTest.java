package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.option.Settings;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
  @Test
  void globsMatchTheEndsOfNames() {
    Selection all = Selection.of(SourceOptions.of("/x"));
    assertThat(all.passes("anything")).isTrue();
    Selection some =
        Selection.of(
            new Settings()
                .with(SourceOptions.INPUT, List.of("/x"))
                .with(SourceOptions.INCLUDE, List.of("train/*.jpg", "*.png"))
                .with(SourceOptions.EXCLUDE, List.of("thumbs/**", "a.*"))
                .as(SourceOptions::read));
    assertThat(some.passes("x/train/b.jpg")).isTrue();
    assertThat(some.passes("b.png")).isTrue();
    assertThat(some.passes("b.jpg")).isFalse();
    assertThat(some.passes("a.png")).isFalse();
    assertThat(some.passes("thumbs/x/b.png")).isFalse();
    assertThat(some.passes(null)).as("a row without a path").isTrue();
  }
}
