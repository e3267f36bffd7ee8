package io.labelmill.source;

import io.labelmill.BuildVersion;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.hub.TimedStream;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Fetches images by {@code http} and {@code https} from the hosts that are allowed, and from no
 * others: redirects are followed by hand, each checked as the first address was. Safe for use by
 * several threads.
 */
final class HttpImages {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> BUSY = Set.of(408, 429, 500, 502, 503, 504);
  private static final int MOST_REDIRECTS = 5;

  /** The first buffer of a body without a length. */
  private static final int FIRST_BUFFER = 256 << 10;

  private final AllowedHosts hosts;
  private final int maxBytes;
  private final Patience patience;

  /**
   * How long a server is waited for.
   *
   * @param answer for the headers of an answer; half of it for the connection
   * @param stall for the next bytes of a body
   * @param retries after the first attempt
   * @param pause before the first of them, twice as long before each further one
   */
  record Patience(Duration answer, Duration stall, int retries, Duration pause) {
    static final Patience OF_USERS =
        new Patience(Duration.ofSeconds(20), Duration.ofSeconds(20), 3, Duration.ofMillis(500));
  }

  /** An answer that another attempt may better. */
  private static final class BusyException extends IOException {
    BusyException(int status) {
      super("the server answered with status " + status);
    }
  }

  /** One for all tasks of the JVM, since it keeps connections; its threads end with the JVM. */
  private static final class Client {
    private static final HttpClient SHARED =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Patience.OF_USERS.answer().dividedBy(2))
            .build();
  }

  HttpImages(AllowedHosts hosts, int maxBytes, Patience patience) {
    this.hosts = hosts;
    this.maxBytes = maxBytes;
    this.patience = patience;
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
        HttpResponse<InputStream> answer = answer("GET", given);
        try (InputStream body = new TimedStream(answer.body(), patience.stall())) {
          return image(given, answer.headers(), body, version, buffers);
        }
      } catch (java.net.http.HttpTimeoutException | java.net.SocketTimeoutException e) {
        throw e; // it took its time already
      } catch (IOException e) {
        if (failures == patience.retries() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        sleep(patience.pause().multipliedBy(1L << failures));
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
    HttpResponse<InputStream> answer = answer("HEAD", given);
    answer.body().close();
    return version(answer.headers());
  }

  private static Optional<String> version(HttpHeaders headers) {
    OptionalLong length = headers.firstValueAsLong("Content-Length");
    try {
      Optional<Long> modified =
          headers
              .firstValue("Last-Modified")
              .map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME))
              .map(time -> time.toInstant().toEpochMilli());
      return length.isPresent()
          ? modified.map(time -> length.getAsLong() + "-" + time)
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private EncodedImage image(
      String given,
      HttpHeaders headers,
      InputStream body,
      String version,
      ImageReader.Buffers buffers)
      throws ImageException, IOException {
    OptionalLong declared = headers.firstValueAsLong("Content-Length");
    if (declared.isPresent() && declared.getAsLong() > maxBytes) {
      throw tooLarge(given, declared.getAsLong() + " bytes");
    }
    byte[] bytes = buffers.take(declared.isPresent() ? (int) declared.getAsLong() : FIRST_BUFFER);
    int length = 0;
    while (true) {
      length += body.readNBytes(bytes, length, bytes.length - length);
      if (length < bytes.length) {
        break;
      }
      int next = declared.isPresent() ? -1 : body.read();
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
      found = Sha256.of(java.util.Arrays.copyOf(bytes, length));
    }
    return new EncodedImage(bytes, length, found);
  }

  private ImageException tooLarge(String given, String bytes) {
    return new ImageException(
        Status.TOO_LARGE,
        "The file %s has %s, more than the %d that are read."
            .formatted(Location.redacted(given), bytes, maxBytes));
  }

  /** An answer with status 200, from wherever the address leads; its body is to be closed. */
  private HttpResponse<InputStream> answer(String method, String given)
      throws ImageException, IOException {
    URI uri = AllowedHosts.uri(given);
    Optional<String> problem = hosts.problem(uri);
    if (problem.isPresent()) {
      throw new ImageException(
          Status.INVALID_INPUT, "The path " + Location.redacted(given) + " " + problem.get());
    }
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<InputStream> answer = send(method, uri);
      if (answer.statusCode() == 200) {
        return answer;
      }
      answer.body().close();
      if (!REDIRECTS.contains(answer.statusCode())) {
        throw refusal(given, answer.statusCode());
      }
      uri = redirected(given, uri, answer.headers());
    }
    throw new ImageException(
        Status.READ_FAILED,
        "Reading failed: %s (it is redirected more than %d times)"
            .formatted(Location.redacted(given), MOST_REDIRECTS));
  }

  private HttpResponse<InputStream> send(String method, URI uri) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(patience.answer())
            .header("User-Agent", "Labelmill/" + BuildVersion.current().version())
            .build();
    try {
      return Client.SHARED.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private URI redirected(String given, URI from, HttpHeaders headers) throws ImageException {
    String to = headers.firstValue("Location").orElse("");
    URI uri;
    try {
      uri = from.resolve(AllowedHosts.uri(to));
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          Status.READ_FAILED,
          "Reading failed: %s (it is redirected to %s, which is no address)"
              .formatted(Location.redacted(given), Location.redacted(to)));
    }
    Optional<String> problem = problem(from, uri);
    if (problem.isPresent()) {
      throw new ImageException(
          Status.INVALID_INPUT,
          "The path %s is redirected to %s, which %s."
              .formatted(
                  Location.redacted(given), Location.redacted(uri.toString()), problem.get()));
    }
    return uri;
  }

  /** Why a redirect may not be followed; empty where it may be. */
  Optional<String> problem(URI from, URI to) {
    boolean isBared =
        "https".equalsIgnoreCase(from.getScheme()) && "http".equalsIgnoreCase(to.getScheme());
    return isBared ? Optional.of("is not encrypted any more") : hosts.problem(to);
  }

  private static ImageException refusal(String given, int status) throws BusyException {
    String path = Location.redacted(given);
    return switch (status) {
      case 404, 410 ->
          new ImageException(
              Status.NOT_FOUND, "There is no file " + path + " (status " + status + ")");
      case 401, 403, 407, 451 ->
          new ImageException(
              Status.ACCESS_DENIED, "Access is denied to " + path + " (status " + status + ")");
      default -> {
        if (BUSY.contains(status)) {
          throw new BusyException(status);
        }
        yield new ImageException(
            Status.READ_FAILED,
            "Reading failed: " + path + " (the server answered with status " + status + ")");
      }
    };
  }

  private static void sleep(Duration time) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
