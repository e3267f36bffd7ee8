package io.labelmill.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A hub on this machine, and on a second port the store that it redirects to for large files. It
 * speaks the protocol as the hub's documentation and the Python client describe it: error codes in
 * {@code X-Error-Code}, the commit in {@code X-Repo-Commit}, of large files size and SHA-256 in
 * {@code X-Linked-Size} and {@code X-Linked-Etag}, ranges. Faults can be put before single answers.
 */
public final class LoopbackHub implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static final Pattern API =
      Pattern.compile("/api/(?:models/|(?=datasets/))((?:datasets/)?[^/]+/[^/]+)/revision/([^/]+)");
  private static final Pattern RESOLVE =
      Pattern.compile("/((?:datasets/)?[^/]+/[^/]+)/resolve/([^/]+)/(.+)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub;
  private final HttpServer store;
  private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
  private final Map<String, byte[]> stored = new ConcurrentHashMap<>();
  private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /** A request as it came. */
  public record Request(String server, String method, String path, Headers headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.getFirst(name));
    }
  }

  /** What is answered in place of the right answer. */
  @FunctionalInterface
  interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  /** Who may read a model. */
  public enum Access {
    PUBLIC,
    GATED,
    PRIVATE,
    DISABLED
  }

  /** A model: its files at the one commit that all its revisions mean. */
  public static final class Repository {
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, Boolean> isLarge = new TreeMap<>();
    private final Map<String, String> commits =
        new TreeMap<>(Map.of("main", COMMIT, COMMIT, COMMIT));
    private Access access = Access.PUBLIC;
    private String token = "";

    /** Held by git itself. */
    public Repository file(String name, byte[] content) {
      files.put(name, content);
      isLarge.put(name, false);
      return this;
    }

    public Repository file(String name, String content) {
      return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Held by the store. */
    public Repository large(String name, byte[] content) {
      files.put(name, content);
      isLarge.put(name, true);
      return this;
    }

    Repository revision(String name, String commit) {
      commits.put(name, commit);
      commits.put(commit, commit);
      return this;
    }

    public Repository readableWith(Access newAccess, String newToken) {
      access = newAccess;
      token = newToken;
      return this;
    }
  }

  public LoopbackHub() throws IOException {
    hub = server("hub");
    store = server("store");
  }

  private HttpServer server(String name) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", exchange -> handle(name, exchange));
    server.start();
    return server;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  public Repository model(String name) {
    return repositories.computeIfAbsent(name, key -> new Repository());
  }

  public Repository dataset(String name) {
    return model("datasets/" + name);
  }

  /** A model of a folder's files; JSON is git's, the rest the store's. */
  public Repository model(String name, Path folder) throws IOException {
    Repository repository = model(name);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String fileName = file.getFileName().toString();
        byte[] content = Files.readAllBytes(file);
        if (fileName.endsWith(".json")) {
          repository.file(fileName, content);
        } else {
          repository.large(fileName, content);
        }
      }
    }
    return repository;
  }

  /** Answers the next requests wrongly, one for each fault. */
  void fail(String server, String method, String pathPart, Fault... inTurn) {
    faults
        .computeIfAbsent(server + " " + method + " " + pathPart, key -> new ArrayDeque<>())
        .addAll(List.of(inTurn));
  }

  static Fault status(int status, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Breaks the connection in the middle of the body. */
  static Fault cutAfter(int bytes) {
    return (exchange, content) -> {
      int from = begin(exchange, content);
      exchange.getResponseBody().write(content, from, bytes);
      exchange.getResponseBody().flush();
    };
  }

  /** Falls silent in the middle of the body. */
  static Fault silentAfter(int bytes, long millis) {
    return (exchange, content) -> {
      int from = begin(exchange, content);
      exchange.getResponseBody().write(content, from, bytes);
      exchange.getResponseBody().flush();
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  /** Sends another content from the start, whatever was asked for. */
  static Fault content(byte[] other) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, other.length);
      exchange.getResponseBody().write(other);
    };
  }

  /** Sends everything from the start. */
  static Fault ignoringTheRange() {
    return (exchange, content) -> content(content).answer(exchange, content);
  }

  List<Request> requests() {
    return requests;
  }

  List<Request> requests(String server, String method, String pathPart) {
    return requests.stream()
        .filter(r -> r.server().equals(server) && r.method().equals(method))
        .filter(r -> r.path().contains(pathPart))
        .toList();
  }

  /** How often the store was asked for a file. */
  public int downloads() {
    return requests("store", "GET", "").size();
  }

  static String sha256(byte[] content) {
    return hash("SHA-256", content);
  }

  static String gitSha1(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] blob = new byte[head.length + content.length];
    System.arraycopy(head, 0, blob, 0, head.length);
    System.arraycopy(content, 0, blob, head.length, content.length);
    return hash("SHA-1", blob);
  }

  private static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void handle(String server, HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getRawPath();
      Headers headers = new Headers();
      headers.putAll(exchange.getRequestHeaders());
      requests.add(new Request(server, exchange.getRequestMethod(), path, headers));
      if (server.equals("hub")) {
        answerAsHub(exchange, path);
      } else {
        byte[] content = stored.get(path);
        if (content == null) {
          exchange.sendResponseHeaders(403, -1);
        } else {
          send(server, exchange, content);
        }
      }
    }
  }

  private Optional<Fault> fault(String server, HttpExchange exchange) {
    String line = exchange.getRequestMethod() + " ";
    for (Map.Entry<String, Queue<Fault>> entry : faults.entrySet()) {
      String prefix = server + " " + line;
      if (entry.getKey().startsWith(prefix)
          && exchange
              .getRequestURI()
              .getRawPath()
              .contains(entry.getKey().substring(prefix.length()))) {
        synchronized (entry.getValue()) {
          Fault next = entry.getValue().poll();
          if (next != null) {
            return Optional.of(next);
          }
        }
      }
    }
    return Optional.empty();
  }

  private void answerAsHub(HttpExchange exchange, String path) throws IOException {
    Matcher api = API.matcher(path);
    Matcher resolve = RESOLVE.matcher(path);
    boolean isApi = api.matches();
    if (!isApi && !resolve.matches()) {
      send("hub", exchange, "<html>".getBytes(StandardCharsets.UTF_8));
      return;
    }
    Matcher found = isApi ? api : resolve;
    Repository repository = repositories.get(found.group(1));
    Optional<String> token =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
            .map(text -> text.replaceFirst("^Bearer ", ""));
    if (repository == null || isHidden(repository, token)) {
      refuse(exchange, token.isPresent() ? 404 : 401, "RepoNotFound", "Repository not found");
      return;
    }
    if (repository.access == Access.DISABLED) {
      refuse(exchange, 403, "", "Access to this resource is disabled.");
      return;
    }
    String commit =
        repository.commits.get(URLDecoder.decode(found.group(2), StandardCharsets.UTF_8));
    if (commit == null) {
      refuse(exchange, 404, "RevisionNotFound", "Invalid rev id: " + found.group(2));
      return;
    }
    if (isApi) {
      ObjectNode listing = new ObjectMapper().createObjectNode();
      listing.put("id", found.group(1)).put("sha", commit);
      repository
          .files
          .keySet()
          .forEach(f -> listing.withArray("siblings").addObject().put("rfilename", f));
      send("hub", exchange, listing.toString().getBytes(StandardCharsets.UTF_8));
      return;
    }
    if (repository.access == Access.GATED && !token.equals(Optional.of(repository.token))) {
      refuse(
          exchange, token.isPresent() ? 403 : 401, "GatedRepo", "Access to model is restricted.");
      return;
    }
    String name = URLDecoder.decode(found.group(3).replace("+", "%2B"), StandardCharsets.UTF_8);
    byte[] content = repository.files.get(name);
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound", "Entry not found");
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    if (!repository.isLarge.get(name)) {
      exchange.getResponseHeaders().set("ETag", "\"" + gitSha1(content) + "\"");
      send("hub", exchange, content);
      return;
    }
    String sha256 = sha256(content);
    stored.put("/signed/" + sha256, content);
    exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256 + "\"");
    exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
    exchange.getResponseHeaders().set("ETag", "\"0-of-the-redirect\"");
    exchange
        .getResponseHeaders()
        .set(
            "Location",
            "http://127.0.0.1:%d/signed/%s?Expires=1&Signature=a|b%%2Fc"
                .formatted(store.getAddress().getPort(), sha256));
    Optional<Fault> fault = fault("hub", exchange);
    if (fault.isPresent()) {
      fault.get().answer(exchange, content);
    } else {
      exchange.sendResponseHeaders(302, -1);
    }
  }

  private static boolean isHidden(Repository repository, Optional<String> token) {
    return repository.access == Access.PRIVATE && !token.equals(Optional.of(repository.token));
  }

  private static void refuse(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    if (!code.isEmpty()) {
      exchange.getResponseHeaders().set("X-Error-Code", code);
    }
    exchange.getResponseHeaders().set("X-Error-Message", message);
    exchange.sendResponseHeaders(status, -1);
  }

  private void send(String server, HttpExchange exchange, byte[] content) throws IOException {
    Optional<Fault> fault = fault(server, exchange);
    if (fault.isPresent()) {
      fault.get().answer(exchange, content);
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + content.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    int from = begin(exchange, content);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(content, from, content.length - from);
    }
  }

  /** Sends the headers, and tells where the body begins. */
  private static int begin(HttpExchange exchange, byte[] content) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    Matcher from = RANGE.matcher(range == null ? "" : range);
    if (!from.matches()) {
      exchange.sendResponseHeaders(200, content.length);
      return 0;
    }
    int start = Integer.parseInt(from.group(1));
    exchange
        .getResponseHeaders()
        .set(
            "Content-Range", "bytes %d-%d/%d".formatted(start, content.length - 1, content.length));
    exchange.sendResponseHeaders(206, content.length - start);
    return start;
  }

  @Override
  public void close() {
    hub.stop(0);
    store.stop(0);
    threads.shutdownNow();
  }

  static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
