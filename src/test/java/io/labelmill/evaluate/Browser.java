package io.labelmill.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A headless Chromium with one page, driven over its DevTools protocol. */
final class Browser implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();

  private Browser(Process process, String page) {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(page), new Listener())
            .join();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", JSON.createObjectNode());
    }
  }

  /** Chromium's path, or empty with one loud line. */
  static Optional<Path> find() {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      for (String name : NAMES) {
        Path path = Path.of(folder, name);
        if (Files.isExecutable(path)) {
          return Optional.of(path);
        }
      }
    }
    System.err.println(
        "WARNING: no Chromium is installed: tests of the report in a browser do not run."
            + " On Debian: apt-get install chromium");
    return Optional.empty();
  }

  static Browser start(Path chromium, Path profile, int width, int height) throws IOException {
    Process process =
        new ProcessBuilder(
                chromium.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--user-data-dir=" + profile,
                "--window-size=" + width + "," + height,
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String prefix = "DevTools listening on ";
    String line = output.readLine();
    while (line != null && !line.startsWith(prefix)) {
      line = output.readLine();
    }
    if (line == null) {
      throw new IOException("Chromium ended without opening its port");
    }
    // A full pipe would stop it.
    Thread drain = new Thread(() -> output.lines().forEach(ignored -> {}), "chromium output");
    drain.setDaemon(true);
    drain.start();
    return new Browser(process, page(line.substring(prefix.length())));
  }

  private static String page(String browser) throws IOException {
    URI list = URI.create("http://" + URI.create(browser).getAuthority() + "/json/list");
    try {
      String answer =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      for (JsonNode target : JSON.readTree(answer)) {
        if (target.path("type").asText().equals("page")) {
          return target.path("webSocketDebuggerUrl").asText();
        }
      }
      throw new IOException("Chromium has no page: " + answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  void open(Path file, String fragment) {
    loaded = new CompletableFuture<>();
    // Another fragment of the same file would not load it again.
    call("Page.navigate", JSON.createObjectNode().put("url", "about:blank"));
    loaded.orTimeout(30, TimeUnit.SECONDS).join();
    errors.clear();
    requests.clear();
    loaded = new CompletableFuture<>();
    call("Page.navigate", JSON.createObjectNode().put("url", file.toUri() + fragment));
    loaded.orTimeout(60, TimeUnit.SECONDS).join();
    evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(1))))");
  }

  /** The value of an expression, a promise's when it is settled. */
  JsonNode evaluate(String expression) {
    ObjectNode parameters = JSON.createObjectNode();
    parameters.put("expression", expression);
    parameters.put("returnByValue", true);
    parameters.put("awaitPromise", true);
    JsonNode result = call("Runtime.evaluate", parameters);
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** The whole page as PNG. */
  void screenshot(Path file) throws IOException {
    ObjectNode parameters = JSON.createObjectNode().put("format", "png");
    parameters.put("captureBeyondViewport", true);
    JsonNode size = call("Page.getLayoutMetrics", JSON.createObjectNode()).get("cssContentSize");
    ObjectNode clip = parameters.putObject("clip");
    clip.put("x", 0).put("y", 0).put("scale", 1);
    clip.put("width", size.get("width").asDouble()).put("height", size.get("height").asDouble());
    JsonNode data = call("Page.captureScreenshot", parameters).get("data");
    Files.write(file, Base64.getDecoder().decode(data.asText()));
  }

  /** Errors and warnings of the console since the page was opened. */
  List<String> errors() {
    return new ArrayList<>(errors);
  }

  /** URLs asked for since the page was opened, the page itself and {@code data:} apart. */
  List<String> requests() {
    return requests.stream().filter(url -> !url.startsWith("data:")).toList();
  }

  private JsonNode call(String method, ObjectNode parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", parameters);
    socket.sendText(message.toString(), true).join();
    return answer.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() throws IOException {
    socket.abort();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private void receive(JsonNode message) {
    if (message.has("id")) {
      answers.remove(message.get("id").asInt()).complete(message.path("result"));
      return;
    }
    JsonNode parameters = message.path("params");
    switch (message.path("method").asText()) {
      case "Page.loadEventFired" -> loaded.complete(null);
      case "Runtime.exceptionThrown" -> errors.add(parameters.path("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> errors.add(parameters.path("args").toString());
      case "Log.entryAdded" -> errors.add(parameters.path("entry").toString());
      case "Network.requestWillBeSent" ->
          requests.add(parameters.path("request").path("url").asText());
      default -> {}
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          receive(JSON.readTree(text.toString()));
        } catch (IOException e) {
          errors.add(e.toString());
        }
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }
  }
}
