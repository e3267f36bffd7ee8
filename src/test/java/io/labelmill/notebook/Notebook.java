package io.labelmill.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A Jupyter notebook as a file holds it.
 *
 * @param name of the file
 * @param isPython whether its kernel is Python's, else Java's
 * @param cells those with code
 */
record Notebook(String name, boolean isPython, List<Cell> cells) {
  /** The project's own folder. */
  static final Path FOLDER = Path.of("notebooks");

  /** Marks cells whose outputs hold times or hashes. */
  private static final String VARIES = "varies";

  /**
   * A cell of code.
   *
   * @param outputs texts, HTML and Markdown among them, in order
   * @param failed whether one of them is an error
   * @param varies whether another run gives other outputs
   */
  record Cell(String source, List<String> outputs, boolean failed, boolean varies) {}

  /** The project's notebooks, sorted by name. */
  static List<Path> files() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Notebook read(Path file) throws IOException {
    List<Cell> cells = new ArrayList<>();
    JsonNode notebook = new ObjectMapper().readTree(file.toFile());
    for (JsonNode cell : notebook.path("cells")) {
      if (cell.path("cell_type").asText().equals("code")) {
        cells.add(cell(cell));
      }
    }
    String language = notebook.path("metadata").path("kernelspec").path("language").asText();
    return new Notebook(file.getFileName().toString(), language.equals("python"), cells);
  }

  private static Cell cell(JsonNode cell) {
    List<String> outputs = new ArrayList<>();
    boolean failed = false;
    StringBuilder printed = new StringBuilder();
    for (JsonNode output : cell.path("outputs")) {
      switch (output.path("output_type").asText()) {
        // In how many pieces it arrives is a matter of time.
        case "stream" -> printed.append(printed(output));
        case "error" -> failed = true;
        default -> output.path("data").forEach(data -> outputs.add(text(data)));
      }
    }
    if (!printed.isEmpty()) {
      outputs.add(0, printed.toString());
    }
    boolean varies =
        StreamSupport.stream(cell.path("metadata").path("tags").spliterator(), false)
            .anyMatch(tag -> tag.asText().equals(VARIES));
    return new Cell(text(cell.path("source")), outputs, failed, varies);
  }

  /** Not the log, which goes to standard error. */
  private static String printed(JsonNode stream) {
    return stream.path("name").asText().equals("stdout") ? text(stream.path("text")) : "";
  }

  /** Texts are stored whole, or as a list of lines. */
  private static String text(JsonNode text) {
    StringBuilder whole = new StringBuilder(text.isTextual() ? text.asText() : "");
    if (text.isArray()) {
      text.forEach(line -> whole.append(line.asText()));
    }
    return whole.toString();
  }
}
