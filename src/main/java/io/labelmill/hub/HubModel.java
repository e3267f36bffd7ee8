package io.labelmill.hub;

import java.nio.file.Path;

/**
 * A model whose files are all on this machine.
 *
 * @param folder with config.json and the weights, in the cache: read it, don't write to it
 * @param repository {@code ORG/NAME}
 * @param commit that the revision meant, 40 hexadecimal digits
 */
public record HubModel(Path folder, String repository, String commit) {
  /** {@code ORG/NAME@COMMIT}; with hf:// before it, it names exactly these files for ever. */
  public String name() {
    return repository + "@" + commit;
  }
}
