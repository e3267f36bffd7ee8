package io.labelmill.s3;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * An HTTP server that hands every request to another, and remembers, delays or spoils it on the
 * way. Bytes pass unchanged, the Host header among them, so that signatures hold.
 */
final class S3Front implements Closeable {
  private final ServerSocket server;
  private final int backendPort;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "s3-front");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Queue<LoopbackS3.Request> requests = new ConcurrentLinkedQueue<>();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger mostInFlight = new AtomicInteger();
  private final Map<String, Set<String>> pretended = new ConcurrentHashMap<>();
  private volatile Duration latency = Duration.ZERO;

  /** Spoils so many of the requests that fit. */
  private record Rule(
      Predicate<LoopbackS3.Request> fits, AtomicInteger left, LoopbackS3.Fault fault) {}

  /** First line and headers, and what follows them as it came. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Message(String firstLine, Map<String, String> headers, String head, byte[] body) {}

  S3Front(int backendPort) throws IOException {
    this.backendPort = backendPort;
    server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  Queue<LoopbackS3.Request> requests() {
    return requests;
  }

  /** How many requests were under way at once since the last {@link #forget}. */
  int mostInFlight() {
    return mostInFlight.get();
  }

  void forget() {
    requests.clear();
    mostInFlight.set(0);
  }

  void latency(Duration time) {
    latency = time;
  }

  void spoil(Predicate<LoopbackS3.Request> fits, int times, LoopbackS3.Fault fault) {
    rules.add(new Rule(fits, new AtomicInteger(times), fault));
  }

  void heal() {
    rules.clear();
  }

  void pretend(String bucket, String key) {
    pretended.computeIfAbsent(bucket, name -> ConcurrentHashMap.newKeySet()).add(key);
  }

  /** An answer to a listing with the pretended keys in its first page. */
  private Message withPretended(LoopbackS3.Request request, Message answer) {
    Set<String> keys = pretended.getOrDefault(request.bucket(), Set.of());
    Map<String, String> asked = new TreeMap<>();
    for (String parameter : request.query().split("&", -1)) {
      String[] words = (parameter + "=").split("=", 3);
      asked.put(words[0], URLDecoder.decode(words[1], StandardCharsets.UTF_8));
    }
    if (keys.isEmpty() || !request.isListing() || !asked.containsKey("list-type")) {
      return answer;
    }
    String prefix = asked.getOrDefault("prefix", "");
    Set<String> entries = new TreeSet<>();
    for (String key : keys) {
      boolean isSeen =
          key.startsWith(prefix)
              && !asked.containsKey("continuation-token")
              && key.compareTo(asked.getOrDefault("start-after", "")) > 0;
      int end = asked.containsKey("delimiter") ? key.indexOf('/', prefix.length()) : -1;
      if (isSeen) {
        entries.add(
            end < 0
                ? "<Contents><Key>%s</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>10</Size></Contents>"
                    .formatted(key)
                : "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>"
                    .formatted(key.substring(0, end + 1)));
      }
    }
    String listed = new String(plain(answer), StandardCharsets.UTF_8);
    entries.removeIf(listed::contains);
    String body =
        listed.replace("</ListBucketResult>", String.join("", entries) + "</ListBucketResult>");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        answer
            .head
            .replaceAll("(?i)\r\n(transfer-encoding|content-length):[^\r]*", "")
            .replaceFirst("\r\n\r\n$", "\r\nContent-Length: " + bytes.length + "\r\n\r\n");
    return new Message(answer.firstLine, answer.headers, head, bytes);
  }

  /** A body without the lengths of its chunks. */
  private static byte[] plain(Message answer) {
    if (!answer.headers.getOrDefault("transfer-encoding", "").contains("chunked")) {
      return answer.body;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; ; ) {
      int end = at;
      while (answer.body[end] != '\r') {
        end++;
      }
      int length =
          Integer.parseInt(new String(answer.body, at, end - at, StandardCharsets.US_ASCII), 16);
      if (length == 0) {
        return out.toByteArray();
      }
      out.write(answer.body, end + 2, length);
      at = end + 2 + length + 2;
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        client.setTcpNoDelay(true);
        sockets.add(client);
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  /** One connection of a client, which has one to the server behind. */
  private void serve(Socket client) {
    try (client;
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), backendPort)) {
      backend.setTcpNoDelay(true);
      sockets.add(backend);
      InputStream in = new BufferedInputStream(client.getInputStream());
      InputStream back = new BufferedInputStream(backend.getInputStream());
      while (answer(client, in, backend, back)) {}
    } catch (IOException e) {
      // Either side hung up.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
    }
  }

  private boolean answer(Socket client, InputStream in, Socket backend, InputStream back)
      throws IOException, InterruptedException {
    Optional<Message> received = request(client, in);
    if (received.isEmpty()) {
      return false;
    }
    Message message = received.get();
    String[] words = message.firstLine.split(" ", 3);
    LoopbackS3.Request request = LoopbackS3.Request.of(words[0], words[1], message.headers);
    requests.add(request);
    mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    try {
      if (!latency.isZero()) {
        TimeUnit.NANOSECONDS.sleep(latency.toNanos());
      }
      LoopbackS3.Fault fault = fault(request);
      if (fault.kind() == LoopbackS3.Fault.Kind.RESET) {
        client.setSoLinger(true, 0);
        return false;
      }
      if (fault.kind() == LoopbackS3.Fault.Kind.STATUS) {
        client.getOutputStream().write(error(fault, words[0]));
        return true;
      }
      backend.getOutputStream().write(message.head.getBytes(StandardCharsets.ISO_8859_1));
      backend.getOutputStream().write(message.body);
      backend.getOutputStream().flush();
      Message answer = withPretended(request, response(back, words[0].equals("HEAD")));
      OutputStream out = client.getOutputStream();
      out.write(answer.head.getBytes(StandardCharsets.ISO_8859_1));
      boolean isCut = fault.kind() == LoopbackS3.Fault.Kind.CUT;
      out.write(answer.body, 0, isCut ? answer.body.length / 2 : answer.body.length);
      out.flush();
      return !isCut && !"close".equals(answer.headers.get("connection"));
    } finally {
      inFlight.decrementAndGet();
    }
  }

  private LoopbackS3.Fault fault(LoopbackS3.Request request) {
    for (Rule rule : rules) {
      if (rule.fits.test(request) && rule.left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        return rule.fault;
      }
    }
    return LoopbackS3.Fault.NONE;
  }

  private static byte[] error(LoopbackS3.Fault fault, String method) {
    String body =
        method.equals("HEAD")
            ? ""
            : "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>made by a test</Message><RequestId>1</RequestId></Error>"
                .formatted(fault.code());
    return "HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(fault.status(), fault.code(), body.length(), body)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The next request, or empty when the client is done. Its body is asked for where it waits. */
  private static Optional<Message> request(Socket client, InputStream in) throws IOException {
    Optional<String> head = head(in);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> headers = headers(head.get());
    String forwarded = head.get();
    if (headers.containsKey("expect")) {
      client
          .getOutputStream()
          .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      forwarded = forwarded.replaceFirst("(?i)\r\nexpect:[^\r]*", "");
    }
    return Optional.of(
        new Message(
            head.get().substring(0, head.get().indexOf('\r')),
            headers,
            forwarded,
            body(in, headers, Ending.WITH_LENGTH)));
  }

  private static Message response(InputStream in, boolean isHead) throws IOException {
    String head = head(in).orElseThrow(() -> new IOException("the server hung up"));
    Map<String, String> headers = headers(head);
    String status = head.split(" ", 3)[1].substring(0, 3);
    boolean isEmpty = isHead || status.equals("204") || status.equals("304");
    return new Message(
        head.substring(0, head.indexOf('\r')),
        headers,
        head,
        isEmpty ? new byte[0] : body(in, headers, Ending.WITH_CONNECTION));
  }

  /** Where a body ends that has neither length nor chunks. */
  private enum Ending {
    WITH_LENGTH,
    WITH_CONNECTION
  }

  private static byte[] body(InputStream in, Map<String, String> headers, Ending ending)
      throws IOException {
    String length = headers.get("content-length");
    if (length != null) {
      return in.readNBytes(Integer.parseInt(length.strip()));
    }
    if (headers.getOrDefault("transfer-encoding", "").contains("chunked")) {
      return chunks(in);
    }
    return ending == Ending.WITH_LENGTH ? new byte[0] : in.readAllBytes();
  }

  /** A chunked body with its lengths, as it is passed on. */
  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (true) {
      String line = line(in);
      out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      int length = Integer.parseInt(line.split(";", 2)[0].strip(), 16);
      out.write(in.readNBytes(length));
      out.write((line(in) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      if (length == 0) {
        return out.toByteArray();
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("ended within a line");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static Optional<String> head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || head.lastIndexOf("\r\n\r\n") != head.length() - 4) {
      int c = in.read();
      if (c < 0) {
        return Optional.empty();
      }
      head.append((char) c);
    }
    return Optional.of(head.toString());
  }

  private static Map<String, String> headers(String head) {
    Map<String, String> headers = new TreeMap<>();
    head.lines()
        .skip(1)
        .filter(line -> line.contains(":"))
        .forEach(
            line -> {
              String[] parts = line.split(":", 2);
              headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
            });
    return headers;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
