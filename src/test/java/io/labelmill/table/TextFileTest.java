package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
  @TempDir Path folder;

  @Test
  void filesAreReadFromPathsAndUris() throws IOException {
    Path file = Files.writeString(folder.resolve("ä b.json"), "grün");
    assertThat(TextFile.read("--threshold", file.toString())).isEqualTo("grün");
    assertThat(TextFile.read("--threshold", "file://" + file)).isEqualTo("grün");
  }

  @Test
  void whatCannotBeReadSaysWhy() throws IOException {
    refused(folder.resolve("none").toString(), ": there is no such file");
    refused("nowhere://x", " can't be read: No FileSystem for scheme \"nowhere\"");
    refused(":", " can't be read: ");
    Path large = Files.write(folder.resolve("large"), new byte[(16 << 20) + 1]);
    refused(large.toString(), " is longer than 16 MB");
  }

  private static void refused(String file, String reason) {
    assertThatThrownBy(() -> TextFile.read("--config", file))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--config " + file + reason);
  }
}
