package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.LoggedLines;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class SharesTest {
  private final List<String> events = new ArrayList<>();
  private final Shares<String, Closeable> shares = new Shares<>();

  private Shares.Share<Closeable> share(String key) throws IOException {
    return shares.share(
        key,
        () -> {
          log("open " + key);
          return () -> log("close " + key);
        });
  }

  private void log(String event) {
    synchronized (events) {
      events.add(event);
    }
  }

  private List<String> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  @Test
  void theLastShareClosesTheValue() throws IOException {
    Shares.Share<Closeable> one = share("a");
    Shares.Share<Closeable> other = share("a");
    assertThat(other.value()).isSameAs(one.value());
    one.close();
    one.close();
    assertThat(events()).containsExactly("open a");
    assertThat(other.value()).isNotNull();
    other.close();
    assertThat(events()).containsExactly("open a", "close a");
    assertThat(shares.size()).isZero();
    share("a").close();
    assertThat(events()).containsExactly("open a", "close a", "open a", "close a");
  }

  @Test
  void aClosedShareHasNoValue() throws IOException {
    Shares.Share<Closeable> share = share("a");
    assertThat(share.isClosed()).isFalse();
    share.close();
    assertThat(share.isClosed()).isTrue();
    assertThatThrownBy(share::value)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a closed share has no value");
  }

  @Test
  void whatNobodyCanReachIsClosed() throws Exception {
    Shares.Share<Closeable> kept = share("kept");
    for (int i = 0; i < 10; i++) {
      share("lost");
    }
    assertThat(kept.value()).isNotNull();
    eventually(() -> shares.size() == 1);
    assertThat(events()).containsExactly("open kept", "open lost", "close lost");
    kept.close();
  }

  @Test
  void whatCanNotBeOpenedIsNotKept() {
    assertThatThrownBy(
            () ->
                shares.share(
                    "a",
                    () -> {
                      throw new IOException("no such file");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("no such file");
    assertThat(shares.size()).isZero();
  }

  @Test
  void whatCanNotBeClosedIsLogged() throws IOException {
    try (LoggedLines logged = new LoggedLines(Shares.class)) {
      shares
          .share(
              "a",
              () ->
                  () -> {
                    throw new IOException("disk gone");
                  })
          .close();
      assertThat(logged.lines())
          .containsExactly("a could not be freed: java.io.IOException: disk gone");
    }
  }

  /** Collects garbage until something is so, for at most half a minute. */
  private static void eventually(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 300 && !condition.getAsBoolean(); i++) {
      System.gc();
      Thread.sleep(100);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
