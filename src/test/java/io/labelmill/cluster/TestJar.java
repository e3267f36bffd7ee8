package io.labelmill.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/**
 * A jar of single test classes for {@code --jars}: what looks on at drivers and executors of the
 * packaged job, without all the other tests on their class path.
 */
final class TestJar {
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /** Adds a class, not those inside of it. */
  TestJar with(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
      entries.put(name, in.readAllBytes());
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a class that {@link java.util.ServiceLoader} is to find. */
  TestJar withService(Class<?> service, Class<?> type) {
    entries.put(
        "META-INF/services/" + service.getName(), type.getName().getBytes(StandardCharsets.UTF_8));
    return with(type);
  }

  /**
   * @return {@code file}, written
   */
  Path write(Path file) {
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        jar.putNextEntry(new ZipEntry(entry.getKey()));
        jar.write(entry.getValue());
        jar.closeEntry();
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " could not be written", e);
    }
  }
}
