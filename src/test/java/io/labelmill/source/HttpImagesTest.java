package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
          Duration.ofSeconds(2), Duration.ofSeconds(2), 2, Duration.ofMillis(1));

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
    web.on("/nowhere", LoopbackWeb.redirect("http://[/"));
    web.on("/round", LoopbackWeb.redirect("/round"));
    other.on("/c", LoopbackWeb.content(CONTENT));
    assertFails(
        "/host",
        Status.INVALID_INPUT,
        "The path %s is redirected to "
            + other.uri("/c")
            + ", which is on a host that --allow-hosts does not name: "
            + other.host()
            + ".");
    assertFails(
        "/scheme",
        Status.INVALID_INPUT,
        "The path %s is redirected to file:///etc/passwd, which is neither http nor https.");
    assertFails(
        "/user",
        Status.INVALID_INPUT,
        "The path %s is redirected to "
            + web.uri("/a")
            + ", which holds a user name or password, which is not sent.");
    assertFails(
        "/nowhere",
        Status.READ_FAILED,
        "Reading failed: %s (it is redirected to http://[/, which is no address)");
    assertFails(
        "/round", Status.READ_FAILED, "Reading failed: %s (it is redirected more than 5 times)");
    assertThat(other.requests()).isEmpty();
  }

  @Test
  void redirectsMayEncryptAndNotBare() {
    HttpImages images = images("h");
    assertThat(images.problem(URI.create("http://h/"), URI.create("https://h/"))).isEmpty();
    assertThat(images.problem(URI.create("https://h/"), URI.create("http://h/")))
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
            Duration.ofMillis(200), Duration.ofMillis(200), 2, Duration.ofMillis(1));
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
    assertThat(ImageUri.problem("https://h/a.jpg?sig=secret"))
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
    assertThat(hosts.problem(URI.create(uri)).orElse(null)).isEqualTo(problem);
  }

  @Test
  void problemsOfPathsShowNoSecrets() {
    AllowedHosts hosts = AllowedHosts.of(List.of("h"));
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
    return new HttpImages(AllowedHosts.of(List.of(hosts)), MAX_BYTES, SHORT);
  }

  private static Configuration configuration(String... hosts) {
    Configuration configuration = new Configuration(false);
    AllowedHosts.of(List.of(hosts)).put(configuration);
    return configuration;
  }
}
