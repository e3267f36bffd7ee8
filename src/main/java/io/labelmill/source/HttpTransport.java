package io.labelmill.source;

import io.labelmill.hub.TimedStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One request and its answer, without redirects. Safe for use by several threads.
 *
 * @param stallTime for the next bytes of a body
 */
record HttpTransport(Map<String, String> headers, Duration answerTime, Duration stallTime) {
  /** One for all tasks of the JVM, since it keeps connections; its threads end with the JVM. */
  private static final class Client {
    private static final HttpClient SHARED =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(HttpImages.Patience.OF_USERS.answer().dividedBy(2))
            .build();
  }

  /** The value of a header, empty where there is none. */
  @FunctionalInterface
  interface Headers {
    Optional<String> value(String name);
  }

  /**
   * An answer.
   *
   * @param body to be closed; its bytes must keep coming
   */
  record Answer(int status, Headers headers, InputStream body) {}

  /**
   * @param method GET or HEAD
   */
  Answer send(String method, HttpAddress address) throws IOException {
    URI uri = URI.create(address.toString());
    return uri.getHost() == null ? sendToOddHost(method, address) : send(method, uri);
  }

  private Answer send(String method, URI uri) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(answerTime);
    headers.forEach(request::header);
    try {
      HttpResponse<InputStream> answer =
          Client.SHARED.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      return new Answer(
          answer.statusCode(),
          name -> answer.headers().firstValue(name),
          new TimedStream(answer.body(), stallTime));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** To a host with an underscore, which Java's newer client refuses. */
  private Answer sendToOddHost(String method, HttpAddress address) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(address.toString()).openConnection();
    connection.setRequestMethod(method);
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) answerTime.dividedBy(2).toMillis());
    connection.setReadTimeout((int) answerTime.toMillis());
    headers.forEach(connection::setRequestProperty);
    int status = connection.getResponseCode();
    if (status < 0) {
      throw new ReadFailure("the answer is no HTTP");
    }
    InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    return new Answer(
        status,
        name -> Optional.ofNullable(connection.getHeaderField(name)),
        body == null ? InputStream.nullInputStream() : new TimedStream(body, stallTime));
  }
}
