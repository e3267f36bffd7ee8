package io.labelmill.train;

import java.util.List;
import java.util.Optional;

/**
 * An image with its labels, without its embedding.
 *
 * @param key under which truth and embedding met
 * @param path of the embedding
 * @param labels indices, sorted
 * @param sha256 of the image's content; empty where nobody needs it
 * @param column value of the column that tells the part; empty where there is none
 */
record LabelledPath(
    String key, String path, List<Integer> labels, String sha256, Optional<String> column) {
  LabelledPath {
    labels = List.copyOf(labels);
  }
}
