package io.labelmill.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * Files of a data set that are all on this machine.
 *
 * @param files in the cache, by name: read them, don't write to them
 * @param commit that the revision meant, 40 hexadecimal digits
 */
public record HubFiles(List<Path> files, String commit) {
  public HubFiles {
    files = List.copyOf(files);
  }
}
