package io.labelmill.source;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A link of this machine through which a listing left its root.
 *
 * @param root as in {@link Listing.Root}
 * @param real the folder that it leads to, without links
 */
record FolderLink(String root, String path, String real) implements Serializable {
  /** Folders above first; of several links to one folder, the one that is first by its path. */
  private static final Comparator<FolderLink> ORDER =
      Comparator.comparingInt((FolderLink link) -> Path.of(link.real).getNameCount())
          .thenComparing(FolderLink::path);

  /**
   * Which of the links of one root have to be left closed for each folder to be listed once: all
   * but one of those that lead to the same, and those into a folder that another leads to.
   */
  static Set<String> closed(Collection<FolderLink> links) {
    List<FolderLink> sorted = new ArrayList<>(new HashSet<>(links));
    sorted.sort(ORDER);
    // What lies behind a closed link is not met, and can keep no other closed.
    Set<String> closed = Set.of();
    for (int round = 0; round <= sorted.size(); round++) {
      Set<String> now = closed(sorted, closed);
      if (now.equals(closed)) {
        return closed;
      }
      closed = now;
    }
    // A folder that is listed twice is better than one that is not.
    return Set.of();
  }

  private static Set<String> closed(List<FolderLink> sorted, Set<String> before) {
    Map<String, String> open = new HashMap<>();
    Set<String> closed = new TreeSet<>();
    for (FolderLink link : sorted) {
      if (link.isBelow(before)) {
        continue;
      }
      if (link.isListedBy(open.keySet())) {
        closed.add(link.path);
      } else {
        open.put(link.real, link.path);
      }
    }
    return closed;
  }

  private boolean isBelow(Set<String> closed) {
    for (Path above = Path.of(path).getParent(); above != null; above = above.getParent()) {
      if (closed.contains(above.toString())) {
        return true;
      }
    }
    return false;
  }

  private boolean isListedBy(Set<String> open) {
    Path folder = Path.of(real);
    for (Path above = folder; above != null; above = above.getParent()) {
      if (open.contains(above.toString())) {
        String relative = above.relativize(folder).toString();
        return relative.isEmpty() || Listing.isVisible(relative);
      }
    }
    return false;
  }
}
