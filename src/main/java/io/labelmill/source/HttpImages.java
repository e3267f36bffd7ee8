package io.labelmill.source;

import io.labelmill.BuildVersion;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.hub.RetryAfter;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * Fetches images by {@code http} and {@code https} from the hosts that are allowed, and from no
 * others: redirects are followed by hand, each checked as the first address was. A host that asks
 * to be left alone is. Safe for use by several threads.
 */
final class HttpImages {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> BUSY = Set.of(408, 425, 429, 500, 502, 503, 504);
  private static final int MOST_REDIRECTS = 5;

  /** The first buffer of a body without a length. */
  private static final int FIRST_BUFFER = 256 << 10;

  private final AllowedHosts hosts;
  private final int maxBytes;
  private final Patience patience;
  private final HttpTransport transport;

  /**
   * How long a server is waited for.
   *
   * @param answer for the headers of an answer; half of it for the connection
   * @param stall for the next bytes of a body
   * @param retries after the first attempt
   * @param pause before the first of them, twice as long before each further one
   * @param rest the longest that a server may ask for; one that asks for more is not asked again
   */
  record Patience(Duration answer, Duration stall, int retries, Duration pause, Duration rest) {
    static final Patience OF_USERS =
        new Patience(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            3,
            Duration.ofMillis(500),
            Duration.ofMinutes(2));
  }

  /** An answer that another attempt may better. */
  private static final class BusyException extends IOException {
    private final String host;
    private final Duration rest;

    BusyException(int status, String host, Duration rest) {
      super("the server answered with status " + status);
      this.host = host;
      this.rest = rest;
    }
  }

  HttpImages(ReadSettings settings, int maxBytes, Patience patience) {
    this.hosts = settings.hosts();
    this.maxBytes = maxBytes;
    this.patience = patience;
    String agent = settings.userAgent().orElse("Labelmill/" + BuildVersion.current().version());
    this.transport =
        new HttpTransport(
            // A picture is compressed as it is; some servers compress it all the same.
            Map.of("User-Agent", agent, "Accept-Encoding", "identity"),
            patience.answer(),
            patience.stall());
  }

  /**
   * The image at an address.
   *
   * @param given the path as the user wrote it, for messages
   * @param version the version column's value, or null
   * @throws ImageException INVALID_INPUT for what may not be fetched, TOO_LARGE, NOT_FOUND and
   *     ACCESS_DENIED
   * @throws IOException for every other failure, after all retries
   */
  EncodedImage read(String given, String version, ImageReader.Buffers buffers)
      throws ImageException, IOException {
    for (int failures = 0; ; failures++) {
      try {
        HttpTransport.Answer answer = answer("GET", given);
        try (InputStream body = answer.body()) {
          return image(given, answer.headers(), body, version, buffers);
        }
      } catch (java.net.http.HttpTimeoutException | java.net.SocketTimeoutException e) {
        throw e; // it took its time already
      } catch (IOException e) {
        boolean isLast =
            failures >= patience.retries()
                || e instanceof ReadFailure
                || Thread.currentThread().isInterrupted();
        if (e instanceof BusyException busy) {
          // Told to all who would ask the host next, whether this read asks again or not.
          HostRests.SHARED.rest(busy.host, busy.rest);
        }
        if (isLast) {
          throw e instanceof BusyException ? new ReadFailure(e.getMessage()) : e;
        }
        HostRests.sleep(patience.pause().multipliedBy(1L << failures));
      }
    }
  }

  /**
   * The content version of an image as its server tells it without its bytes; empty where it does
   * not.
   *
   * @throws ImageException as {@link #read}
   * @throws IOException as {@link #read}
   */
  Optional<String> version(String given) throws ImageException, IOException {
    HttpTransport.Answer answer = answer("HEAD", given);
    answer.body().close();
    return version(answer.headers());
  }

  private static Optional<String> version(HttpTransport.Headers headers) {
    OptionalLong length = length(headers);
    try {
      Optional<Long> modified =
          headers
              .value("Last-Modified")
              .map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME))
              .map(time -> time.toInstant().toEpochMilli());
      return length.isPresent()
          ? modified.map(time -> length.getAsLong() + "-" + time)
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static OptionalLong length(HttpTransport.Headers headers) {
    Optional<String> length = headers.value("Content-Length").map(String::strip);
    return length.isPresent() && length.get().matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(length.get()))
        : OptionalLong.empty();
  }

  private EncodedImage image(
      String given,
      HttpTransport.Headers headers,
      InputStream body,
      String version,
      ImageReader.Buffers buffers)
      throws ImageException, IOException {
    InputStream content = decoded(headers, body);
    OptionalLong declared = content == body ? length(headers) : OptionalLong.empty();
    if (declared.isPresent() && declared.getAsLong() > maxBytes) {
      throw tooLarge(given, declared.getAsLong() + " bytes");
    }
    byte[] bytes = buffers.take(declared.isPresent() ? (int) declared.getAsLong() : FIRST_BUFFER);
    int length = 0;
    while (true) {
      length += content.readNBytes(bytes, length, bytes.length - length);
      if (length < bytes.length) {
        break;
      }
      int next = declared.isPresent() ? -1 : content.read();
      if (next < 0) {
        break;
      }
      if (length >= maxBytes) {
        throw tooLarge(given, "more than " + maxBytes + " bytes");
      }
      bytes = buffers.extend(bytes, (int) Math.min(maxBytes, 2L * bytes.length));
      bytes[length++] = (byte) next;
    }
    if (length > maxBytes) {
      throw tooLarge(given, length + " bytes");
    }
    if (declared.isPresent() && length < declared.getAsLong()) {
      throw new IOException("it ended after " + length + " of " + declared.getAsLong() + " bytes");
    }
    String found = version != null ? version : version(headers).orElse(null);
    if (found == null) {
      found = Sha256.of(Arrays.copyOf(bytes, length));
    }
    return new EncodedImage(bytes, length, found);
  }

  /** The content of a body, which a server may compress though it was asked not to. */
  private static InputStream decoded(HttpTransport.Headers headers, InputStream body)
      throws IOException {
    String encoding =
        headers.value("Content-Encoding").orElse("identity").strip().toLowerCase(Locale.ROOT);
    return switch (encoding) {
      case "", "identity" -> body;
      case "gzip", "x-gzip" -> new GZIPInputStream(body);
      case "deflate" -> new InflaterInputStream(body);
      default ->
          throw new ReadFailure("the server compressed it in a way that is not read: not gzip");
    };
  }

  private ImageException tooLarge(String given, String bytes) {
    return new ImageException(
        Status.TOO_LARGE,
        "The file %s has %s, more than the %d that are read."
            .formatted(shown(given), bytes, maxBytes));
  }

  private static String shown(String given) {
    return Location.of(given).redacted();
  }

  /** An answer with status 200, from wherever the address leads; its body is to be closed. */
  private HttpTransport.Answer answer(String method, String given)
      throws ImageException, IOException {
    HttpAddress address = HttpAddress.of(given);
    Optional<String> problem = hosts.problem(address);
    if (problem.isPresent()) {
      throw new ImageException(
          Status.INVALID_INPUT, "The path " + shown(given) + " " + problem.get());
    }
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpTransport.Answer answer = send(method, address);
      if (answer.status() == 200) {
        return answer;
      }
      answer.body().close();
      if (!REDIRECTS.contains(answer.status())) {
        throw refusal(given, address, answer);
      }
      address = redirected(given, address, answer.headers());
    }
    throw new ImageException(
        Status.READ_FAILED,
        "Reading failed: %s (it is redirected more than %d times)"
            .formatted(shown(given), MOST_REDIRECTS));
  }

  private HttpTransport.Answer send(String method, HttpAddress address) throws IOException {
    if (!HostRests.SHARED.await(address.authority(), patience.rest())) {
      throw new ReadFailure(
          "the server asks to be left alone for %d s yet"
              .formatted(HostRests.SHARED.left(address.authority()).toSeconds()));
    }
    return transport.send(method, address);
  }

  private HttpAddress redirected(String given, HttpAddress from, HttpTransport.Headers headers)
      throws ImageException {
    HttpAddress to;
    try {
      to = from.redirected(headers.value("Location").orElse(""));
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          Status.READ_FAILED,
          "Reading failed: %s (it is redirected to what is no address)".formatted(shown(given)));
    }
    Optional<String> problem = problem(from, to);
    if (problem.isPresent()) {
      throw new ImageException(
          Status.INVALID_INPUT,
          "The path %s is redirected to an address that %s."
              .formatted(shown(given), problem.get()));
    }
    return to;
  }

  /** Why a redirect may not be followed; empty where it may be. */
  Optional<String> problem(HttpAddress from, HttpAddress to) {
    boolean isBared = from.scheme().equals("https") && to.scheme().equals("http");
    return isBared ? Optional.of("is not encrypted any more") : hosts.problem(to);
  }

  private static ImageException refusal(
      String given, HttpAddress address, HttpTransport.Answer answer) throws BusyException {
    int status = answer.status();
    String path = shown(given);
    return switch (status) {
      case 404, 410 ->
          new ImageException(
              Status.NOT_FOUND, "There is no file " + path + " (status " + status + ")");
      case 401, 403, 407, 451 ->
          new ImageException(
              Status.ACCESS_DENIED, "Access is denied to " + path + " (status " + status + ")");
      default -> {
        if (BUSY.contains(status)) {
          throw new BusyException(
              status,
              address.authority(),
              answer
                  .headers()
                  .value("Retry-After")
                  .flatMap(header -> RetryAfter.of(header, Instant.now()))
                  .orElse(Duration.ZERO));
        }
        yield new ImageException(
            Status.READ_FAILED,
            "Reading failed: " + path + " (the server answered with status " + status + ")");
      }
    };
  }
}
