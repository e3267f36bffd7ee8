package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WorkSpanTest {
  @Test
  void itReachesFromTheFirstTimeToTheLast() {
    WorkSpan span = new WorkSpan();
    assertThat(span.isZero()).isTrue();
    assertThat(span.value()).isEmpty();
    span.add(20L);
    WorkSpan other = span.copy();
    other.add(30L);
    other.add(10L);
    assertThat(span.value()).contains(span(20, 20));
    span.merge(new WorkSpan());
    span.merge(other);
    assertThat(span.value()).contains(span(10, 30));
    span.reset();
    assertThat(span.isZero()).isTrue();
    assertThat(other.isZero()).isFalse();
  }

  /** Spark reads it for the heartbeat while a task adds to it. */
  @Test
  void itIsReadWholeWhileItChanges() {
    WorkSpan span = new WorkSpan();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> task =
        CompletableFuture.runAsync(
            () -> {
              for (long millis = 0; !stop.get(); millis++) {
                span.add(millis);
                span.reset();
              }
            });
    try {
      for (int i = 0; i < 1_000_000; i++) {
        span.copy().value().ifPresent(seen -> assertThat(seen.first()).isEqualTo(seen.last()));
        span.value().ifPresent(seen -> assertThat(seen.first()).isEqualTo(seen.last()));
      }
    } finally {
      stop.set(true);
      task.join();
    }
  }

  private static WorkSpan.Span span(long first, long last) {
    return new WorkSpan.Span(Instant.ofEpochMilli(first), Instant.ofEpochMilli(last));
  }
}
