import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs the Python package into a wheel, as PEP 427 has it, on machines without Python too. Two
 * wheels of the same files are equal byte for byte.
 *
 * <p>{@code java src/build/Wheel.java src/main/python VERSION target}
 */
public final class Wheel {
  private static final String METADATA =
      """
      Metadata-Version: 2.1
      Name: labelmill
      Version: %s
      Summary: Labels images with BEiT, DeiT and ViT models on Apache Spark.
      License: Apache-2.0
      Requires-Python: >=3.9
      Provides-Extra: spark
      Requires-Dist: pyspark[ml]>=3.5; extra == "spark"
      Provides-Extra: connect
      Requires-Dist: pyspark[connect,ml]>=4.1; extra == "connect"

      Stages of pyspark.ml and the jobs of Labelmill as functions. Spark needs the application jar.
      """;

  private static final String KIND =
      """
      Wheel-Version: 1.0
      Generator: labelmill
      Root-Is-Purelib: true
      Tag: py3-none-any
      """;

  private Wheel() {}

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Path sources = Path.of(args[0]);
    // As PEP 440 writes what Maven calls a snapshot.
    String version = args[1].replace("-SNAPSHOT", ".dev0");
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(sources.resolve("labelmill"))) {
      for (Path file : found.filter(Wheel::isPart).toList()) {
        files.put(
            sources.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    String info = "labelmill-" + version + ".dist-info/";
    files.put(info + "METADATA", METADATA.formatted(version).getBytes(UTF_8));
    files.put(info + "WHEEL", KIND.getBytes(UTF_8));
    files.put(info + "licenses/LICENSE", Files.readAllBytes(Path.of("LICENSE")));
    StringBuilder record = new StringBuilder();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(file.getValue());
      record.append(
          "%s,sha256=%s,%d%n"
              .formatted(
                  file.getKey(),
                  Base64.getUrlEncoder().withoutPadding().encodeToString(hash),
                  file.getValue().length)
              .replace("\r", ""));
    }
    record.append(info).append("RECORD,,\n");
    files.put(info + "RECORD", record.toString().getBytes(UTF_8));
    ByteArrayOutputStream wheel = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(wheel)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTimeLocal(java.time.LocalDateTime.of(2026, 1, 1, 0, 0));
        zip.putNextEntry(entry);
        zip.write(file.getValue());
      }
    }
    Files.write(
        Path.of(args[2], "labelmill-" + version + "-py3-none-any.whl"), wheel.toByteArray());
  }

  private static boolean isPart(Path file) {
    return Files.isRegularFile(file) && !file.toString().contains("__pycache__");
  }
}
