package io.labelmill;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Which Labelmill this is, from the manifest of its jar.
 *
 * @param version such as {@code 0.1.0}; {@code development} when it does not run from a jar
 * @param commit abbreviated hash, {@code -dirty} behind it when the build had uncommitted changes;
 *     {@code unknown} when the build had no repository
 */
public record BuildVersion(String version, String commit) {
  private static final BuildVersion CURRENT = read();

  public static BuildVersion current() {
    return CURRENT;
  }

  /** Version of the ONNX Runtime that is in the jar; {@code unknown} outside of one. */
  public static String onnxRuntime() {
    return manifest().map(manifest -> manifest.getValue("Onnx-Runtime-Version")).orElse("unknown");
  }

  private static BuildVersion read() {
    return manifest().map(BuildVersion::of).orElse(new BuildVersion("development", "unknown"));
  }

  /** The main attributes of the jar that this class came in; empty when it came in none. */
  private static Optional<Attributes> manifest() {
    String self = BuildVersion.class.getName().replace('.', '/') + ".class";
    URL location = BuildVersion.class.getClassLoader().getResource(self);
    if (location == null || !location.getProtocol().equals("jar")) {
      return Optional.empty();
    }
    String jar = location.toString();
    try (InputStream in =
        new URL(jar.substring(0, jar.length() - self.length()) + "META-INF/MANIFEST.MF")
            .openStream()) {
      return Optional.of(new Manifest(in).getMainAttributes());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static BuildVersion of(Attributes manifest) {
    String commit = manifest.getValue("Implementation-Commit");
    // The build leaves the placeholder where it found no repository.
    boolean known = commit != null && !commit.startsWith("$");
    boolean dirty = "true".equals(manifest.getValue("Implementation-Dirty"));
    return new BuildVersion(
        String.valueOf(manifest.getValue("Implementation-Version")),
        known ? commit + (dirty ? "-dirty" : "") : "unknown");
  }
}
