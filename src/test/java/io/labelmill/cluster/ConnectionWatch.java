package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.Permission;

/**
 * Notes each host that a JVM wants to look up or connect to, and lets it. The one place of Java 17
 * that all of its own networking asks, channels and lookups too, is the security manager. Native
 * code does not ask.
 *
 * <p>It is on the boot class path of the watched JVM, so it uses nothing but the JDK.
 */
@SuppressWarnings("removal")
public final class ConnectionWatch extends SecurityManager {
  static final String FILE = "labelmill.test.connections";

  private final Path file = Path.of(System.getProperty(FILE));

  @Override
  public void checkPermission(Permission permission) {}

  @Override
  public void checkPermission(Permission permission, Object context) {}

  @Override
  public void checkConnect(String host, int port) {
    note(host, port);
  }

  @Override
  public void checkConnect(String host, int port, Object context) {
    note(host, port);
  }

  private synchronized void note(String host, int port) {
    try {
      Files.writeString(
          file, host + " " + port + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tries what a library that reports on its users would try, one after the other. */
  static final class Talkative {
    private Talkative() {}

    @SuppressWarnings("AddressSelection") // as careless as such libraries are
    public static void main(String[] args) throws Exception {
      attempt(() -> InetAddress.getByName("looked-up.invalid"));
      attempt(() -> new Socket("socket.invalid", 443).close());
      attempt(
          () -> {
            URI uri = URI.create("http://url.invalid/");
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.getResponseCode();
          });
      attempt(
          () ->
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(URI.create("http://client.invalid/")).build(),
                      HttpResponse.BodyHandlers.discarding()));
      // An address of nobody (RFC 5737): there is no name to look up.
      attempt(
          () -> {
            try (Socket socket = new Socket()) {
              socket.connect(new java.net.InetSocketAddress("192.0.2.1", 443), 200);
            }
          });
    }

    private interface Attempt {
      void run() throws Exception;
    }

    private static void attempt(Attempt attempt) throws Exception {
      try {
        attempt.run();
        throw new IllegalStateException("somebody answers at an address of nobody");
      } catch (IOException e) {
        // As it must be.
      }
    }
  }
}
