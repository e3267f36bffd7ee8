package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.hub.RetryAfter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HttpImagesTest {
  private static final int MAX_BYTES = 1_000_000;
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);
  private static final HttpImages.Patience SHORT =
      new HttpImages.Patience(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          2,
          Duration.ofMillis(1),
          Duration.ofSeconds(5));

  private final LoopbackWeb web = new LoopbackWeb();
  private final LoopbackWeb other = new LoopbackWeb();

  HttpImagesTest() throws IOException {}

  @AfterEach
  void close() {
    web.close();
    other.close();
  }

  @Test
  void anImageCostsOneRequest() throws Exception {
    web.on("/a.jpg", LoopbackWeb.content(CONTENT));
    EncodedImage image = read("/a.jpg", null);
    assertThat(Arrays.copyOf(image.bytes(), image.length())).isEqualTo(CONTENT);
    assertThat(web.requests()).containsExactly("GET /a.jpg");
  }

  @Test
  void theVersionIsOfTheColumnElseOfLengthAndTimeElseOfTheContent() throws Exception {
    web.on("/a", LoopbackWeb.content(CONTENT));
    web.on("/b", LoopbackWeb.content(CONTENT, "Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT"));
    web.on("/c", LoopbackWeb.content(CONTENT, "Last-Modified", "yesterday"));
    assertThat(read("/a", null).contentVersion()).isEqualTo(Sha256.of(CONTENT));
    assertThat(read("/b", null).contentVersion()).isEqualTo("7-1767225601000");
    assertThat(read("/c", null).contentVersion()).isEqualTo(Sha256.of(CONTENT));
    assertThat(read("/b", "v1").contentVersion()).isEqualTo("v1");
    HttpImages images = images(web.host());
    assertThat(images.version(web.uri("/b"))).hasValue("7-1767225601000");
    assertThat(images.version(web.uri("/a"))).isEmpty();
    assertThat(web.requests()).endsWith("HEAD /b", "HEAD /a");
  }

  @Test
  void pathsMayHoldWhatUrisMayNot() throws Exception {
    web.on("/a%20b/%C3%A4+%7C%25.jpg", LoopbackWeb.content(CONTENT));
    assertThat(read("/a b/ä+|%25.jpg#here", null).length()).isEqualTo(7);
  }

  @Test
  void aLengthNeedNotBeDeclared() throws Exception {
    byte[] content = new byte[900_001];
    new Random(7).nextBytes(content);
    web.on("/a.jpg", LoopbackWeb.chunked(content));
    EncodedImage image = read("/a.jpg", null);
    assertThat(Arrays.copyOf(image.bytes(), image.length())).isEqualTo(content);
  }

  @Test
  void whatIsTooLongIsNotRead() {
    web.on("/declared", LoopbackWeb.content(new byte[MAX_BYTES + 1]));
    web.on("/chunked", LoopbackWeb.chunked(new byte[3 * MAX_BYTES]));
    assertFails(
        "/declared",
        Status.TOO_LARGE,
        "The file %s has 1000001 bytes, more than the 1000000 that are read.");
    assertFails(
        "/chunked",
        Status.TOO_LARGE,
        "The file %s has more than 1000000 bytes, more than the 1000000 that are read.");
  }

  @Test
  void redirectsOnAllowedHostsAreFollowed() throws Exception {
    web.on("/a", LoopbackWeb.redirect("/b?x=1"));
    web.on("/b", LoopbackWeb.status(308, "Location", other.uri("/c")));
    other.on("/c", LoopbackWeb.content(CONTENT));
    EncodedImage image =
        reader(web.host(), other.host())
            .read(RowFactory.create(null, web.uri("/a"), null, null, null, null), byte[]::new);
    assertThat(image.length()).isEqualTo(7);
  }

  @Test
  void redirectsElsewhereAreRefusedWithoutARequest() {
    web.on("/host", LoopbackWeb.redirect(other.uri("/c?token=secret")));
    web.on("/scheme", LoopbackWeb.redirect("file:///etc/passwd"));
    web.on("/user", LoopbackWeb.redirect("http://u:secret@" + web.host() + "/a"));
    web.on("/nowhere", LoopbackWeb.redirect(""));
    web.on("/round", LoopbackWeb.redirect("/round"));
    other.on("/c", LoopbackWeb.content(CONTENT));
    assertFails(
        "/host",
        Status.INVALID_INPUT,
        "The path %s is redirected to an address that is on a host that --allow-hosts does not name: "
            + other.host()
            + ".");
    assertFails(
        "/scheme",
        Status.INVALID_INPUT,
        "The path %s is redirected to an address that is neither http nor https.");
    assertFails(
        "/user",
        Status.INVALID_INPUT,
        "The path %s is redirected to an address that holds a user name or password, which is not"
            + " sent.");
    assertFails(
        "/nowhere",
        Status.READ_FAILED,
        "Reading failed: %s (it is redirected to what is no address)");
    assertFails(
        "/round", Status.READ_FAILED, "Reading failed: %s (it is redirected more than 5 times)");
    assertThat(other.requests()).isEmpty();
  }

  @Test
  void redirectsMayEncryptAndNotBare() {
    HttpImages images = images("h");
    assertThat(images.problem(HttpAddress.of("http://h/"), HttpAddress.of("https://h/"))).isEmpty();
    assertThat(images.problem(HttpAddress.of("https://h/"), HttpAddress.of("http://h/")))
        .hasValue("is not encrypted any more");
  }

  @Test
  void refusalsHaveTheirStatus() {
    web.on("/forbidden", LoopbackWeb.status(403));
    web.on("/teapot", LoopbackWeb.status(418));
    assertFails("/gone", Status.NOT_FOUND, "There is no file %s (status 404)");
    assertFails("/forbidden", Status.ACCESS_DENIED, "Access is denied to %s (status 403)");
    assertFails(
        "/teapot", Status.READ_FAILED, "Reading failed: %s (the server answered with status 418)");
    assertThat(web.requests()).as("no retries").hasSize(3);
  }

  @Test
  void whatMayPassIsTriedAgain() throws Exception {
    web.on("/busy", LoopbackWeb.status(503), LoopbackWeb.status(429), LoopbackWeb.content(CONTENT));
    web.on("/cut", LoopbackWeb.cut(CONTENT), LoopbackWeb.content(CONTENT));
    web.on("/down", LoopbackWeb.status(500));
    assertThat(read("/busy", null).length()).isEqualTo(7);
    assertThat(read("/cut", null).length()).isEqualTo(7);
    web.forget();
    assertFails(
        "/down", Status.READ_FAILED, "Reading failed: %s (the server answered with status 500)");
    assertThat(web.requests()).hasSize(3);
  }

  @Test
  void aServerIsLeftAloneForAsLongAsItAsks() throws Exception {
    web.on("/a", LoopbackWeb.status(429, "Retry-After", "1"), LoopbackWeb.content(CONTENT));
    long start = System.nanoTime();
    assertThat(read("/a", null).length()).isEqualTo(7);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(web.requests()).hasSize(2);

    other.on("/a", LoopbackWeb.status(503, "Retry-After", "3000"));
    other.on("/b", LoopbackWeb.content(CONTENT));
    for (String path : List.of("/a", "/b")) {
      assertThatThrownBy(
              () ->
                  reader(other.host())
                      .read(
                          RowFactory.create(
                              other.uri(path), other.uri(path), null, null, null, null),
                          byte[]::new))
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.READ_FAILED))
          .message()
          .matches(
              "Reading failed: \\S+ \\(the server asks to be left alone for (2999|3000) s yet\\)");
    }
    assertThat(other.requests()).as("nobody asks again").hasSize(1);
  }

  @Test
  void retryAfterIsSecondsOrAMoment() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(RetryAfter.of(" 120 ", now)).hasValue(Duration.ofMinutes(2));
    assertThat(RetryAfter.of("Thu, 01 Jan 2026 00:00:30 GMT", now))
        .hasValue(Duration.ofSeconds(30));
    assertThat(RetryAfter.of("Wed, 31 Dec 2025 00:00:00 GMT", now)).hasValue(Duration.ZERO);
    assertThat(RetryAfter.of("soon", now)).isEmpty();
    HostRests rests = new HostRests();
    rests.rest("h", Duration.ofDays(10_000));
    assertThat(rests.left("h"))
        .as("no server closes itself for days")
        .isLessThan(HostRests.LONGEST);
    assertThat(rests.left("other")).isZero();
  }

  @Test
  void contentsThatServersCompressAreInflated() throws Exception {
    web.on("/gzip", LoopbackWeb.content(gzip(CONTENT), "Content-Encoding", "gzip"));
    web.on("/deflate", LoopbackWeb.content(deflated(CONTENT), "Content-Encoding", "deflate"));
    web.on("/br", LoopbackWeb.content(CONTENT, "Content-Encoding", "br"));
    web.on("/bomb", LoopbackWeb.content(gzip(new byte[5 * MAX_BYTES]), "Content-Encoding", "gzip"));
    assertThat(text(read("/gzip", null))).isEqualTo("content");
    assertThat(text(read("/deflate", null))).isEqualTo("content");
    assertFails(
        "/br",
        Status.READ_FAILED,
        "Reading failed: %s (the server compressed it in a way that is not read: not gzip)");
    assertFails(
        "/bomb",
        Status.TOO_LARGE,
        "The file %s has more than 1000000 bytes, more than the 1000000 that are read.");
  }

  @Test
  void aUserAgentIsSent() throws Exception {
    List<String> agents = new CopyOnWriteArrayList<>();
    web.on(
        "/a",
        exchange -> {
          agents.add(exchange.getRequestHeaders().getFirst("User-Agent"));
          LoopbackWeb.content(CONTENT).to(exchange);
        });
    assertThat(read("/a", null).length()).isEqualTo(7);
    ReadSettings named =
        new ReadSettings(
            AllowedHosts.of(List.of(web.host())), Optional.of("shelf/1 ${a}"), OptionalInt.empty());
    Configuration configuration = new Configuration(false);
    named.put(configuration);
    assertThat(ReadSettings.of(configuration)).isEqualTo(named);
    new HttpImages(named, MAX_BYTES, SHORT).read(web.uri("/a"), null, byte[]::new);
    assertThat(agents.get(0)).startsWith("Labelmill/");
    assertThat(agents.get(1)).isEqualTo("shelf/1 ${a}");
  }

  /** Whoever writes paths chooses what is asked, and reads the rows. */
  @Test
  void nothingThatAServerSaysIsInAnError() throws Exception {
    String secret = "s3cr3t";
    web.on(
        "/status",
        exchange -> {
          exchange.getResponseHeaders().set("X-Secret", secret);
          byte[] body = secret.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(500, body.length);
          exchange.getResponseBody().write(body);
        });
    web.on("/redirect", LoopbackWeb.redirect("ftp://" + secret + "/"));
    web.on("/encoding", LoopbackWeb.content(CONTENT, "Content-Encoding", secret));
    web.on("/length", LoopbackWeb.content(CONTENT, "Last-Modified", secret));
    for (String path : List.of("/status", "/redirect", "/encoding")) {
      assertThatThrownBy(() -> read(path + "?token", null))
          .isInstanceOf(ImageException.class)
          .message()
          .doesNotContain(secret, "token");
    }
    assertThat(read("/length", null).length()).isEqualTo(7);
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread server = new Thread(() -> greet(socket, "220 " + secret + " ready\r\n\r\n"));
      server.setDaemon(true);
      server.start();
      String host = "127.0.0.1:" + socket.getLocalPort();
      String uri = "http://" + host + "/a.jpg";
      assertThatThrownBy(
              () ->
                  reader(host)
                      .read(RowFactory.create(uri, uri, null, null, null, null), byte[]::new))
          .isInstanceOf(ImageException.class)
          .hasMessage(
              "Reading failed: " + uri + " (the connection broke, or the answer is no HTTP)");
    }
  }

  private static void greet(ServerSocket socket, String greeting) {
    try {
      while (true) {
        try (Socket one = socket.accept()) {
          one.getOutputStream().write(greeting.getBytes(StandardCharsets.UTF_8));
          one.getOutputStream().flush();
          // Closed before the request was read, the greeting would be lost.
          one.getInputStream().readNBytes(20);
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] deflated(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out)) {
      deflate.write(content);
    }
    return out.toByteArray();
  }

  private static String text(EncodedImage image) {
    return new String(image.bytes(), 0, image.length(), StandardCharsets.UTF_8);
  }

  @Test
  void whatIsAlwaysCutShortIsReadFailed() {
    web.on("/cut", LoopbackWeb.cut(CONTENT));
    assertThatThrownBy(() -> read("/cut", null))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.READ_FAILED))
        .hasMessageStartingWith("Reading failed: " + web.uri("/cut") + " (");
  }

  @Test
  void silenceIsTimedOut() {
    HttpImages.Patience impatient =
        new HttpImages.Patience(
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            2,
            Duration.ofMillis(1),
            Duration.ofSeconds(5));
    ImageReader reader = new ImageReader(configuration(web.host()), MAX_BYTES, impatient);
    web.on("/silent", web.silent());
    web.on("/stalled", web.stalled(CONTENT));
    for (String path : List.of("/silent", "/stalled")) {
      assertThatThrownBy(() -> reader.read(row(path, null), byte[]::new))
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.TIMED_OUT))
          .hasMessageStartingWith("Reading took too long: " + web.uri(path) + " (");
    }
  }

  @Test
  void aServerThatIsNotThereIsReadFailed() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    String uri = "http://127.0.0.1:" + free + "/a.jpg";
    assertThatThrownBy(
            () ->
                reader("127.0.0.1:" + free)
                    .read(RowFactory.create(uri, uri, null, null, null, null), byte[]::new))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.READ_FAILED));
  }

  @Test
  void noHostIsAllowedThatIsNotNamed() {
    assertThatThrownBy(() -> reader().read(row("/a.jpg", null), byte[]::new))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "The path "
                + web.uri("/a.jpg")
                + " is on a host that --allow-hosts does not name: "
                + web.host());
    assertThat(web.requests()).isEmpty();
    assertThat(ImageUri.problem("https://h/a.jpg?sig=secret", AllowedPlaces.STORES))
        .hasValue(
            "The scheme https is not allowed in the path https://h/a.jpg, since --allow-hosts names"
                + " no host");
  }

  @ParameterizedTest
  @CsvSource({
    "http://images.example/a, ",
    "HTTPS://Images.Example/a, ",
    "http://images.example:80/a, ",
    "http://images.example:8080/a, is on a host that --allow-hosts does not name: images.example:8080",
    "https://images.example:80/a, is on a host that --allow-hosts does not name: images.example:80",
    "http://mirror.example:8443/a, ",
    "http://mirror.example/a, is on a host that --allow-hosts does not name: mirror.example",
    "http://evil.example/images.example, is on a host that --allow-hosts does not name: evil.example",
    "http://images.example.evil.example/, is on a host that --allow-hosts does not name: images.example.evil.example",
    "'http://images.example@evil.example/', 'holds a user name or password, which is not sent'",
    "'http://u:secret@images.example/', 'holds a user name or password, which is not sent'",
    "http:///a, has no host",
    "http://[::1]:8080/a, ",
    "ftp://images.example/a, is neither http nor https",
  })
  void hostsAndPortsMustBeNamed(String uri, String problem) {
    AllowedHosts hosts =
        AllowedHosts.of(List.of("Images.example", "mirror.example:8443", "[::1]:8080"));
    assertThat(hosts.problem(HttpAddress.of(uri)).orElse(null)).isEqualTo(problem);
  }

  @Test
  void problemsOfPathsShowNoSecrets() {
    AllowedPlaces hosts =
        new AllowedPlaces(AllowedHosts.of(List.of("h")), AllowedSchemes.OF_STORES);
    assertThat(ImageUri.problem("https://user:pass@h/a.jpg?sig=secret", hosts))
        .hasValue("The path https://h/a.jpg holds a user name or password, which is not sent");
    assertThat(ImageUri.problem("https://h:x/a.jpg", hosts))
        .hasValue("The path https://h:x/a.jpg has no host");
  }

  private EncodedImage read(String path, String version) throws ImageException {
    return reader(web.host()).read(row(path, version), byte[]::new);
  }

  private void assertFails(String path, Status status, String sentence) {
    assertThatThrownBy(() -> read(path, null))
        .isInstanceOf(ImageException.class)
        .hasMessage(sentence.formatted(web.uri(path)))
        .satisfies(e -> assertThat(((ImageException) e).status()).isEqualTo(status));
  }

  private org.apache.spark.sql.Row row(String path, String version) {
    return RowFactory.create(web.uri(path), web.uri(path), null, null, null, version);
  }

  private static ImageReader reader(String... hosts) {
    return new ImageReader(configuration(hosts), MAX_BYTES, SHORT);
  }

  private static HttpImages images(String... hosts) {
    return new HttpImages(settings(hosts), MAX_BYTES, SHORT);
  }

  private static Configuration configuration(String... hosts) {
    Configuration configuration = new Configuration(false);
    settings(hosts).put(configuration);
    return configuration;
  }

  private static ReadSettings settings(String... hosts) {
    return new ReadSettings(AllowedHosts.of(List.of(hosts)), Optional.empty(), OptionalInt.empty());
  }
}
