package io.labelmill.s3;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * An S3 server on the loopback address: S3Proxy in a process of its own over a folder, and before
 * it a front that counts requests and spoils those that a test names. It checks signatures.
 *
 * <p>All tests of a JVM share one, each with buckets of its own. It ends with the JVM.
 */
public final class LoopbackS3 {
  public static final String ACCESS_KEY = "AKIALOOPBACKONLY0001";

  /** With a slash and a plus sign, as real ones have them. */
  public static final String SECRET_KEY = "loopback/only+Secret0123456789abcdefghij";

  private static final int ATTEMPTS = 5;

  private final Path folder;
  private final S3Front front;

  private LoopbackS3(Path folder, S3Front front) {
    this.folder = folder;
    this.front = front;
  }

  /**
   * A request as it came.
   *
   * @param bucket decoded; empty in a listing of buckets
   * @param key decoded; empty for requests to the bucket itself
   * @param query as it came, empty without one
   */
  public record Request(
      String method, String bucket, String key, String query, Map<String, String> headers) {
    static Request of(String method, String target, Map<String, String> headers) {
      String[] parts = target.split("\\?", 2);
      String path =
          URLDecoder.decode(parts[0].replace("+", "%2B"), StandardCharsets.UTF_8).substring(1);
      int slash = path.indexOf('/');
      return new Request(
          method,
          slash < 0 ? path : path.substring(0, slash),
          slash < 0 ? "" : path.substring(slash + 1),
          parts.length > 1 ? parts[1] : "",
          headers);
    }

    /** Whether it asks for names of objects. */
    public boolean isListing() {
      return method.equals("GET") && key.isEmpty();
    }
  }

  /**
   * What comes in place of an answer.
   *
   * @param status of HTTP, where it is one
   * @param code of S3, likewise
   */
  public record Fault(Kind kind, int status, String code) {
    static final Fault NONE = new Fault(Kind.NONE, 0, "");
    public static final Fault SLOW_DOWN = new Fault(Kind.STATUS, 503, "SlowDown");
    public static final Fault DENIED = new Fault(Kind.STATUS, 403, "AccessDenied");
    public static final Fault GONE = new Fault(Kind.STATUS, 404, "NoSuchKey");

    /** The connection breaks before anything is answered. */
    public static final Fault RESET = new Fault(Kind.RESET, 0, "");

    /** The connection ends in the middle of the body. */
    public static final Fault CUT = new Fault(Kind.CUT, 0, "");

    enum Kind {
      NONE,
      STATUS,
      RESET,
      CUT
    }
  }

  /** The server of this JVM, started when it is first asked for. */
  public static LoopbackS3 shared() {
    return Holder.SHARED;
  }

  private static final class Holder {
    private static final LoopbackS3 SHARED = start();
  }

  private static LoopbackS3 start() {
    try {
      Path folder = Files.createTempDirectory("loopback-s3");
      FileUtils.forceDeleteOnExit(folder.toFile());
      Path buckets = Files.createDirectory(folder.resolve("buckets"));
      return new LoopbackS3(buckets, new S3Front(startServer(folder, buckets)));
    } catch (IOException e) {
      throw new UncheckedIOException("the S3 server of the tests can't be started", e);
    }
  }

  /** The port of a server that answers. */
  private static int startServer(Path folder, Path buckets) throws IOException {
    Path log = folder.resolve("s3proxy.log");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        // Free at this moment: another process may be faster.
        port = free.getLocalPort();
      }
      Process process =
          new ProcessBuilder(command(folder, settings(folder, buckets, port)))
              .redirectError(log.toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals(S3ServerMain.READY)) {
          return port;
        }
      }
    }
    throw new IOException("S3Proxy ended before it answered: " + Files.readString(log));
  }

  private static List<String> command(Path folder, Path settings) throws IOException {
    Path logging =
        Files.writeString(
            folder.resolve("logback.xml"),
            """
            <configuration>
              <appender name="err" class="ch.qos.logback.core.ConsoleAppender">
                <target>System.err</target>
                <encoder><pattern>%level %logger %msg%n</pattern></encoder>
              </appender>
              <root level="warn"><appender-ref ref="err"/></root>
            </configuration>
            """);
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m",
        "-Dlogback.configurationFile=" + logging,
        "-cp",
        String.join(File.pathSeparator, classPath()),
        S3ServerMain.class.getName(),
        "--properties",
        settings.toString());
  }

  private static List<String> classPath() throws IOException {
    Path jars = Path.of("target/s3proxy").toAbsolutePath();
    List<String> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(jars)) {
      files.map(Path::toString).filter(name -> name.endsWith(".jar")).forEach(entries::add);
    } catch (IOException e) {
      throw new IOException(jars + " is made by ./mvnw process-test-resources", e);
    }
    entries.add(Path.of("target/test-classes").toAbsolutePath().toString());
    return entries;
  }

  private static Path settings(Path folder, Path buckets, int port) throws IOException {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "s3proxy.endpoint",
            "http://127.0.0.1:" + port,
            "s3proxy.authorization",
            "aws-v2-or-v4",
            "s3proxy.identity",
            ACCESS_KEY,
            "s3proxy.credential",
            SECRET_KEY,
            "jclouds.provider",
            "filesystem-nio2",
            "jclouds.identity",
            ACCESS_KEY,
            "jclouds.credential",
            SECRET_KEY,
            "jclouds.filesystem.basedir",
            buckets.toString()));
    Path file = folder.resolve("s3proxy.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    return file;
  }

  /** Where it is reached, through the front. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + front.port());
  }

  /** Makes a bucket, where it is not there yet. */
  public Bucket bucket(String name) {
    try {
      Files.createDirectories(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Bucket(name);
  }

  /** A bucket that the server does not have. */
  public Bucket missing(String name) {
    return new Bucket(name);
  }

  /** One bucket, whether the server has it or not. */
  public final class Bucket {
    private final String name;

    private Bucket(String name) {
      this.name = name;
    }

    public String name() {
      return name;
    }

    /** The {@code s3a://} URI of a key, which is not escaped in any way. */
    public String uri(String key) {
      return "s3a://" + name + "/" + key;
    }

    /** Stores an object behind the server's back, at once and without a request. */
    public void put(String key, byte[] content) {
      try {
        Path file = folder.resolve(name).resolve(key);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        // Readable by all others, it would be a public object.
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /**
     * Lists an object that there is not: keys with an empty or dotted part, which the server, whose
     * objects are files, cannot hold.
     */
    public void pretend(String key) {
      front.pretend(name, key);
    }

    /** Stores the files of a folder, with their paths in it behind a prefix. */
    public void putAll(String prefix, Path from) {
      try (Stream<Path> files = Files.walk(from)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          put(prefix + from.relativize(file), Files.readAllBytes(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The content of an object, asked of nobody. */
    public byte[] get(String key) {
      try {
        return Files.readAllBytes(folder.resolve(name).resolve(key));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The keys of all objects, asked of nobody. */
    public List<String> keys() {
      Path root = folder.resolve(name);
      try (Stream<Path> files = Files.walk(root)) {
        return files
            .filter(Files::isRegularFile)
            .map(file -> root.relativize(file).toString())
            .sorted()
            .toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The keys that a folder's name stands before, and nothing below; while runs write to it. */
    public List<String> children(String prefix) {
      Path root = folder.resolve(name).resolve(prefix);
      if (Files.notExists(root)) {
        return List.of();
      }
      try (Stream<Path> files = Files.list(root)) {
        return files.map(file -> prefix + "/" + file.getFileName()).sorted().toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Hadoop's settings for this bucket and no other. */
    public Map<String, String> settings() {
      Map<String, String> bare = new TreeMap<>();
      bare.put("endpoint", endpoint().toString());
      bare.put("endpoint.region", "us-east-1");
      bare.put("path.style.access", "true");
      bare.put("connection.ssl.enabled", "false");
      bare.put("aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
      bare.put("access.key", ACCESS_KEY);
      bare.put("secret.key", SECRET_KEY);
      // Objects that are put there as files have no ETag.
      bare.put("change.detection.version.required", "false");
      // By default 7 with half a second and more between them.
      bare.put("attempts.maximum", "2");
      bare.put("retry.limit", "4");
      bare.put("retry.interval", "10ms");
      bare.put("retry.throttle.interval", "10ms");
      Map<String, String> settings = new TreeMap<>();
      bare.forEach((key, value) -> settings.put("fs.s3a.bucket." + name + "." + key, value));
      return settings;
    }

    /** Puts {@link #settings()} into a configuration. */
    public Bucket configure(Configuration configuration) {
      settings().forEach(configuration::set);
      return this;
    }

    /** Requests to this bucket since the last {@link #forget}. */
    public List<Request> requests() {
      return front.requests().stream().filter(this::isOurs).toList();
    }

    /** Spoils the next requests to this bucket that fit. */
    public void spoil(Predicate<Request> fits, int times, Fault fault) {
      front.spoil(request -> isOurs(request) && fits.test(request), times, fault);
    }

    private boolean isOurs(Request request) {
      return request.bucket().equals(name);
    }
  }

  /** Forgets all requests so far. */
  public void forget() {
    front.forget();
  }

  /** No request is spoilt or delayed any more. */
  public void heal() {
    front.heal();
    front.latency(Duration.ZERO);
  }

  /** Delays every answer. */
  public void latency(Duration time) {
    front.latency(time);
  }

  /** How many requests were under way at once since the last {@link #forget}. */
  public int mostInFlight() {
    return front.mostInFlight();
  }
}
