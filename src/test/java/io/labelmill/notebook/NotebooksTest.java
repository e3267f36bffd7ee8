package io.labelmill.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The notebooks as they lie in the project, where people read them without running them. */
class NotebooksTest {
  private static final long LARGEST = 300_000;

  @Test
  void theyAreCommittedWithOutputsAndPictures() throws IOException {
    assertThat(Notebook.files())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("evaluate.ipynb", "python.ipynb", "score.ipynb");
    for (Path file : Notebook.files()) {
      Notebook notebook = Notebook.read(file);
      assertThat(Files.size(file)).as(notebook.name()).isLessThan(LARGEST);
      assertThat(notebook.cells()).as(notebook.name()).noneMatch(Notebook.Cell::failed);
      assertThat(notebook.cells())
          .as(notebook.name())
          .flatExtracting(Notebook.Cell::outputs)
          .hasSizeGreaterThan(5)
          .anyMatch(output -> output.contains("data:image/jpeg;base64,"))
          .as("a path of one machine")
          .noneMatch(output -> output.matches("(?s).*(file:/|[ '\"`]/)[A-Za-z]+/.*"));
    }
  }

  @Test
  void theyCallTheProductAndDefineNothing() throws IOException {
    for (Path file : Notebook.files()) {
      for (Notebook.Cell cell : Notebook.read(file).cells()) {
        assertThat(cell.source())
            .as(file.toString())
            .doesNotContainPattern("\\b(class|record|enum|interface)\\s+\\w+")
            .doesNotContainPattern("(?m)^\\s*(static|private|public|void)\\b")
            .doesNotContainPattern("(?m)^\\s*def\\b");
      }
    }
  }

  /** Longer lines run off a page. */
  @Test
  void noLineOfCodeIsLong() throws IOException {
    for (Path file : Notebook.files()) {
      for (Notebook.Cell cell : Notebook.read(file).cells()) {
        assertThat(cell.source().lines())
            .as(file.toString())
            .allMatch(line -> line.length() <= 96, "at most 96 characters");
      }
    }
  }
}
