package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.ShortProcess;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole job of the application jar, its model library and ONNX Runtime asks for no host but this
 * one. Java is watched by a security manager, everything, native code too, by strace where that is
 * installed ({@code .ci/setup} does). Both see what {@link ConnectionWatch.Talkative} tries.
 */
@EnabledForJreRange(max = JRE.JAVA_23)
class NoTelemetryIT {
  private static final long LIMIT_SECONDS = 300;

  /** {@code sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, and the form of IPv6. */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "AF_INET6?, sin6?_port=htons\\((\\d+)\\).*?(?:inet_addr\\(|inet_pton\\(AF_INET6, )"
              + "\"([^\"]+)\"");

  @TempDir static Path folder;
  private static boolean traced;

  /** What a process wanted: by Java, and by system calls. */
  private record Seen(int exitCode, String out, Set<String> hosts, Set<String> addresses) {}

  @BeforeAll
  static void askForStrace() throws InterruptedException {
    try {
      traced = new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0;
    } catch (IOException e) {
      traced = false;
    }
    if (!traced) {
      System.err.println(
          "NATIVE CODE IS NOT WATCHED FOR CONNECTIONS: strace is not there or not allowed;"
              + " apt-get install strace");
    }
  }

  @Test
  void aJobAsksForNoHostButThisOne() throws Exception {
    Path images = new FridgePictures(6, 7).write(folder);
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    Seen seen =
        watch(
            List.of(
                SparkJars.project().resolve("jobs/score").toString(),
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve("table").toString(),
                "--",
                "--master",
                "local[1]"));
    assertThat(seen.exitCode()).as(seen.out()).isZero();
    assertThat(seen.out()).containsPattern("OK +6\\b");
    assertThat(seen.hosts()).as("hosts asked for by Java").isEmpty();
    assertThat(seen.addresses()).as("addresses of system calls").isEmpty();
  }

  @Test
  void whoTalksIsSeen() throws Exception {
    Seen seen =
        watch(
            List.of(
                SparkJars.java().toString(),
                "-cp",
                SparkJars.project().resolve("target/test-classes").toString(),
                ConnectionWatch.Talkative.class.getName()));
    assertThat(seen.exitCode()).as(seen.out()).isZero();
    assertThat(seen.hosts())
        .containsExactly(
            "192.0.2.1", "client.invalid", "looked-up.invalid", "socket.invalid", "url.invalid");
    if (traced) {
      assertThat(seen.addresses()).contains("192.0.2.1:443");
    }
  }

  private static Seen watch(List<String> command) throws IOException, InterruptedException {
    Path hosts = Files.createTempFile(folder, "hosts", "");
    Path calls = Files.createTempFile(folder, "calls", "");
    Path out = Files.createTempFile(folder, "out", "");
    Path jar = new TestJar().with(ConnectionWatch.class).write(folder.resolve("watch.jar"));
    List<String> all = new ArrayList<>();
    if (traced) {
      all.addAll(
          List.of(
              "strace",
              "-f",
              "-qq",
              "--seccomp-bpf",
              "-e",
              "trace=connect,sendto,sendmsg,sendmmsg",
              "-o",
              calls.toString()));
    }
    all.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.redirectOutput(out.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("LABELMILL_JAR", SparkJars.application().toString());
    builder.environment().putAll(ShortProcess.environment());
    builder
        .environment()
        .put(
            "JAVA_TOOL_OPTIONS",
            "-Xbootclasspath/a:"
                + jar
                + " -Djava.security.manager="
                + ConnectionWatch.class.getName()
                + " -D"
                + ConnectionWatch.FILE
                + "="
                + hosts);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Seen(process.exitValue(), Files.readString(out), hosts(hosts), addresses(calls));
  }

  private static Set<String> hosts(Path file) throws IOException {
    String thisHost = InetAddress.getLocalHost().getHostName();
    Set<String> hosts = new TreeSet<>();
    for (String line : Files.readAllLines(file)) {
      String host = line.substring(0, line.lastIndexOf(' '));
      if (!host.equals(thisHost) && !isLoopback(host)) {
        hosts.add(host);
      }
    }
    return hosts;
  }

  private static Set<String> addresses(Path calls) throws IOException {
    Set<String> addresses = new TreeSet<>();
    for (String line : Files.readAllLines(calls)) {
      Matcher address = ADDRESS.matcher(line);
      if (address.find() && !isLoopback(address.group(2))) {
        // Java speaks IPv6 to both.
        addresses.add(address.group(2).replaceFirst("^::ffff:", "") + ":" + address.group(1));
      }
    }
    return addresses;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.startsWith("127.")
        || host.startsWith("::ffff:127.")
        || host.equals("::1")
        || host.matches("(0+:){7}0*1");
  }
}
