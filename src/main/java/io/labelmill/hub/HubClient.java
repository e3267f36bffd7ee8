package io.labelmill.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.hub.Retries.BusyException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;

/**
 * The hub's HTTP interface, as far as downloads need it. Redirects are followed by hand: they may
 * lead to a host that stores large files, which never gets to see the token. Safe for use by
 * several threads.
 */
final class HubClient {
  private static final Set<Integer> BUSY = Set.of(408, 429, 500, 502, 503, 504);
  private static final int MOST_REDIRECTS = 10;

  /** The listing of a repository with ten thousand files takes 1 MB. */
  private static final int MOST_LISTING_BYTES = 32_000_000;

  /** In the header {@code RateLimit: "api";r=0;t=55}, the seconds until requests are answered. */
  private static final Pattern RATE_LIMIT_RESET = Pattern.compile(";\\s*t=(\\d{1,9})");

  private static final JsonMapper JSON = new JsonMapper();

  private final HubSettings settings;
  private final Patience patience;
  private final HttpClient http;

  HubClient(HubSettings settings, Patience patience) {
    this.settings = settings;
    this.patience = patience;
    http =
        HttpClient.newBuilder()
            // A connection for each file: one of HTTP/2 would share its window among all.
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(patience.connect())
            .build();
  }

  /**
   * What a revision is.
   *
   * @param commit 40 hexadecimal digits
   * @param files names of all files
   */
  record Revision(String commit, List<String> files) {}

  /**
   * What the hub says of a file.
   *
   * @param etag SHA-256 of the content, or for a file that git itself holds its blob's SHA-1
   */
  record RemoteFile(String name, String etag, long bytes) {}

  /**
   * An answer of which the body is still to be read.
   *
   * @param from position in the file of the body's first byte
   */
  record Body(InputStream content, long from) {}

  Retries retries(String method, URI uri) {
    return new Retries(patience, method + " " + uri);
  }

  /**
   * Asks which commit a revision means, and which files it has.
   *
   * @throws InputException if there is no such repository or revision, or nobody may know
   */
  Revision revision(HubName name) throws IOException {
    URI uri =
        URI.create(
            "%s/api/%s/%s/revision/%s"
                .formatted(
                    settings.endpoint(),
                    name.kind().plural(),
                    name.repository(),
                    quoted(name.revisionOrMain())));
    Refusals refusals = new Refusals(settings, name, Optional.empty());
    byte[] text =
        retries("GET", uri)
            .run(
                () -> {
                  HttpResponse<InputStream> answer = answer("GET", uri, Map.of(), refusals);
                  try (InputStream content = body(answer)) {
                    return content.readNBytes(MOST_LISTING_BYTES);
                  }
                });
    try {
      JsonNode listing = JSON.readTree(text);
      String commit = listing.path("sha").asText();
      List<String> files = new ArrayList<>();
      listing.path("siblings").forEach(file -> files.add(file.path("rfilename").asText()));
      if (HubName.isCommit(commit)) {
        return new Revision(commit, List.copyOf(files));
      }
    } catch (JsonProcessingException e) {
      throw refusals.noHub("the answer to GET %s is not JSON".formatted(uri));
    }
    throw refusals.noHub("the answer to GET %s names no commit".formatted(uri));
  }

  URI file(HubName name, String commit, String file) {
    return URI.create(
        "%s/%s/resolve/%s/%s"
            .formatted(settings.endpoint(), name.page(), commit, quoted(file).replace("%2F", "/")));
  }

  /**
   * Asks for a file's size and hash.
   *
   * @throws InputException if there is no such file, nobody may know, or the answer is no hub's
   */
  RemoteFile describe(HubName name, String commit, String file) throws IOException {
    URI uri = file(name, commit, file);
    Refusals refusals = new Refusals(settings, name, Optional.of(file));
    HttpHeaders headers =
        retries("HEAD", uri)
            .run(
                () -> {
                  HttpResponse<InputStream> answer = answer("HEAD", uri, Map.of(), refusals);
                  answer.body().close();
                  return answer.headers();
                });
    String served =
        headers
            .firstValue("X-Repo-Commit")
            .orElseThrow(
                () -> refusals.noHub("the answer to HEAD %s has no X-Repo-Commit".formatted(uri)));
    if (!served.equals(commit)) {
      throw refusals.noHub(
          "HEAD %s was answered for commit %s".formatted(uri, HubName.printable(served)));
    }
    String etag =
        headers
            .firstValue("X-Linked-Etag")
            .or(() -> headers.firstValue("ETag"))
            .map(text -> text.replaceFirst("^W/", "").replace("\"", ""))
            .orElse("");
    if (!ContentHash.isHash(etag)) {
      throw refusals.noHub(
          "the ETag '%s' of %s is neither a SHA-256 nor a git SHA-1, so nothing could be verified"
              .formatted(HubName.printable(etag), file));
    }
    OptionalLong bytes = number(headers, "X-Linked-Size");
    if (bytes.isEmpty()) {
      bytes = number(headers, "Content-Length");
    }
    return new RemoteFile(
        file,
        etag,
        bytes.orElseThrow(
            () -> refusals.noHub("the answer to HEAD %s says no size".formatted(uri))));
  }

  /**
   * Opens a file from a position on; the server may begin at 0 all the same.
   *
   * @throws IOException when another attempt may succeed
   * @throws InputException if nobody may read it
   */
  Body open(HubName name, String commit, String file, long from) throws IOException {
    URI uri = file(name, commit, file);
    Refusals refusals = new Refusals(settings, name, Optional.of(file));
    HttpResponse<InputStream> answer =
        answer("GET", uri, from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-"), refusals);
    InputStream content = body(answer);
    if (answer.statusCode() != 206) {
      return new Body(content, 0);
    }
    String range = answer.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + from + "-")) {
      content.close();
      throw new IOException(
          "bytes from %d on were asked for, and '%s' came"
              .formatted(from, HubName.printable(range)));
    }
    return new Body(content, from);
  }

  private InputStream body(HttpResponse<InputStream> answer) {
    return new TimedStream(answer.body(), patience.stall());
  }

  /**
   * The first answer that is no redirect, or that describes the file behind one.
   *
   * @throws BusyException when it says: not now
   */
  private HttpResponse<InputStream> answer(
      String method, URI first, Map<String, String> extraHeaders, Refusals refusals)
      throws IOException {
    URI uri = first;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<InputStream> answer = send(method, uri, extraHeaders);
      int status = answer.statusCode();
      if (status / 100 == 2) {
        return answer;
      }
      answer.body().close();
      if (BUSY.contains(status)) {
        throw new BusyException(
            "%s answered %d".formatted(uri.getHost(), status),
            askedToWait(answer.headers(), Clock.systemUTC()));
      }
      Optional<String> location = answer.headers().firstValue("Location");
      if (status / 100 != 3 || location.isEmpty()) {
        throw refusals.refused(method, uri, status, answer.headers());
      }
      URI next = redirect(uri, location.get(), refusals);
      // The store knows nothing of commits; what the hub says of a file comes with the way to it.
      if (method.equals("HEAD")
          && !isSameOrigin(uri, next)
          && answer.headers().firstValue("X-Linked-Etag").isPresent()) {
        return answer;
      }
      uri = next;
    }
    throw refusals.noHub("%s %s is redirected in circles".formatted(method, first));
  }

  private HttpResponse<InputStream> send(String method, URI uri, Map<String, String> extraHeaders)
      throws IOException {
    Map<String, String> headers = new HashMap<>(extraHeaders);
    headers.put("User-Agent", "labelmill");
    // Anything else would hide a file's size, and its bytes would not be those of the hash.
    headers.put("Accept-Encoding", "identity");
    if (settings.token().isPresent() && isSameOrigin(uri, settings.endpoint())) {
      headers.put("Authorization", "Bearer " + settings.token().get().text());
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(patience.answer());
    headers.forEach(request::header);
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (SSLHandshakeException e) {
      if (Cause.of(e) != Cause.DENIED) {
        throw e;
      }
      throw new InputException(
          "%s can't be trusted: %s. A proxy with its own certificate needs that in Java's trust store."
              .formatted(uri.getHost(), Retries.reason(e)),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static URI redirect(URI from, String location, Refusals refusals) {
    URI to;
    try {
      to = from.resolve(legal(location));
    } catch (IllegalArgumentException e) {
      throw refusals.noHub("it redirects to '%s'".formatted(HubName.printable(location)));
    }
    boolean isWeb =
        to.getHost() != null
            && ("https".equalsIgnoreCase(to.getScheme())
                || ("http".equalsIgnoreCase(to.getScheme())
                    && "http".equalsIgnoreCase(from.getScheme())));
    if (!isWeb) {
      throw refusals.noHub("it redirects to '%s'".formatted(HubName.printable(location)));
    }
    return to;
  }

  /** Signed addresses hold characters that Java's URI refuses and servers don't. */
  private static String legal(String location) {
    StringBuilder legal = new StringBuilder();
    for (byte b : location.strip().getBytes(StandardCharsets.UTF_8)) {
      if (b <= ' ' || b == 0x7f || "\"<>\\^`{|}".indexOf(b) >= 0) {
        legal.append("%%%02X".formatted(b));
      } else {
        legal.append((char) b);
      }
    }
    return legal.toString();
  }

  static boolean isSameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  /** {@code Retry-After} in seconds or as a date, else when the hub's rate limit ends. */
  static Optional<Duration> askedToWait(HttpHeaders headers, Clock clock) {
    Optional<String> after = headers.firstValue("Retry-After");
    if (after.isPresent()) {
      return RetryAfter.of(after.get(), clock.instant());
    }
    return headers
        .firstValue("RateLimit")
        .map(RATE_LIMIT_RESET::matcher)
        .filter(Matcher::find)
        .map(found -> Duration.ofSeconds(Long.parseLong(found.group(1)) + 1));
  }

  private static OptionalLong number(HttpHeaders headers, String name) {
    return headers
        .firstValue(name)
        .filter(text -> text.matches("\\d{1,18}"))
        .map(text -> OptionalLong.of(Long.parseLong(text)))
        .orElse(OptionalLong.empty());
  }

  /** Percent-encoded whole: a revision's slashes too. */
  private static String quoted(String text) {
    // As a form is encoded, but for three letters.
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }
}
