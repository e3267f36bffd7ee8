package io.labelmill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the reference data lies. */
public final class Reference {
  private Reference() {}

  /** The golden folder that is part of the project: models, bad inputs, metrics, images. */
  public static Path golden() {
    try {
      return Path.of(Reference.class.getResource("/golden").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The folders of the golden checkpoints, sorted by name. */
  public static List<Path> goldenModels() {
    try (Stream<Path> entries = Files.list(golden().resolve("models"))) {
      return entries.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The folder of all reference data, larger than the project's own part: {@code golden}, {@code
   * trained}, {@code photos}. Empty, with one loud line, when {@code LABELMILL_REFERENCE} is not
   * set.
   */
  public static Optional<Path> folder() {
    String folder = System.getenv("LABELMILL_REFERENCE");
    if (folder == null || folder.isBlank()) {
      System.err.println(
          "WARNING: LABELMILL_REFERENCE is not set: tests against the full reference data do not run.");
      return Optional.empty();
    }
    return Optional.of(Path.of(folder));
  }
}
