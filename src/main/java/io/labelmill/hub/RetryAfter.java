package io.labelmill.hub;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** What servers ask by {@code Retry-After}. */
public final class RetryAfter {
  private RetryAfter() {}

  /**
   * How long a header asks to wait, RFC 9110, 10.2.3: seconds or a moment.
   *
   * @return zero for a moment that has passed; empty for what is neither
   */
  public static Optional<Duration> of(String header, Instant now) {
    String text = header.strip();
    if (text.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant moment = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(moment.isAfter(now) ? Duration.between(now, moment) : Duration.ZERO);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
