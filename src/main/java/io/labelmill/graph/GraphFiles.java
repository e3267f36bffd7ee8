package io.labelmill.graph;

import java.nio.file.Path;
import java.util.List;

/**
 * A graph on disk. The model names the weights by their file name, so both stay in one folder.
 *
 * @param model the nodes, some hundred kilobytes
 * @param warnings sentences about the checkpoint and its graph that the user should see
 */
public record GraphFiles(Path model, Path weights, ModelFacts facts, List<String> warnings) {
  public GraphFiles {
    warnings = List.copyOf(warnings);
  }
}
