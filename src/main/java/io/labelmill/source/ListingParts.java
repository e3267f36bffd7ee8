package io.labelmill.source;

import io.labelmill.source.KeyListing.Range;
import io.labelmill.source.Listing.Root;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.util.CollectionAccumulator;

/** How a listing is shared out among tasks, as far as the driver looks into folders for it. */
final class ListingParts {
  private static final int FOLDERS_LOOKED_AT = 1_000;

  /** Of a bucket's folder, so that the driver's requests stay few beside those of the tasks. */
  private static final int PAGES_LOOKED_AT = 100;

  private final List<Part> listed = new ArrayList<>();
  private final List<Part> wide = new ArrayList<>();

  private ListingParts() {}

  enum Depth {
    FILE,
    /** The files of a folder, not those of its subfolders. */
    CHILDREN,
    /** All files beneath a folder. */
    TREE
  }

  /**
   * What one task lists.
   *
   * @param range of its keys, in a bucket
   */
  record Part(Root root, String folder, Depth depth, Range range) implements Serializable {
    Part(Root root, String folder, Depth depth) {
      this(root, folder, depth, Range.ALL);
    }
  }

  /**
   * How a listing is cut.
   *
   * @param entries a folder with more of them is cut into pages of so many
   * @param links gets those to folders that are gone into
   */
  record Cut(int entries, CollectionAccumulator<FolderLink> links) implements Serializable {
    private static final int ENTRIES = 10_000;

    Cut(CollectionAccumulator<FolderLink> links) {
      this(ENTRIES, links);
    }
  }

  static ListingParts of(List<Root> roots, Configuration configuration, int wanted, Cut cut) {
    ListingParts parts = new ListingParts();
    for (Root root : roots) {
      parts.cut(root, configuration, wanted, cut);
    }
    return parts;
  }

  List<Part> listed() {
    return listed;
  }

  /** Folders of which a task looks for the subfolders, which others list. */
  List<Part> wide() {
    return wide;
  }

  /** Cuts a root into parts that tasks can list beside each other. */
  private void cut(Root root, Configuration configuration, int wanted, Cut cut) {
    if (Listing.depthOf(root, configuration) == Depth.FILE) {
      listed.add(new Part(root, root.path(), Depth.FILE));
      return;
    }
    Deque<String> open = new ArrayDeque<>(List.of(root.path()));
    int before = listed.size();
    for (int looked = 0; !open.isEmpty(); looked++) {
      String folder = open.removeFirst();
      int known = listed.size() - before + open.size();
      if (known < wanted && looked < FOLDERS_LOOKED_AT) {
        open.addAll(look(root, folder, configuration, cut));
      } else {
        listed.add(new Part(root, folder, Depth.TREE));
      }
    }
  }

  /** Adds a folder's files to the parts, and its subfolders too unless they are given back. */
  private List<String> look(Root root, String folder, Configuration configuration, Cut cut) {
    RemoteIterator<FileStatus> entries = null;
    try {
      Path path = new Path(folder);
      FileSystem fileSystem = path.getFileSystem(configuration);
      entries = Listing.entries(root, fileSystem, path);
      List<String> folders = new ArrayList<>();
      for (int i = 0; entries.hasNext(); i++) {
        if (i == cut.entries()) {
          addWide(new Part(root, folder, Depth.TREE), !folders.isEmpty(), entries, cut);
          return List.of();
        }
        FileStatus entry = entries.next();
        if (Listing.isEntered(root, entry, cut.links())) {
          folders.add(entry.getPath().toString());
        }
      }
      listed.add(new Part(root, folder, Depth.CHILDREN));
      return folders;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw Listing.unlistable(folder, e);
    } finally {
      Listing.close(entries);
    }
  }

  /**
   * Adds a folder of many entries. A bucket's is cut where pages of them begin; any other store has
   * to go through all of a folder's entries, so that a task does, for others to list the
   * subfolders. Where the first page has none, there is nothing to gain by that.
   */
  private void addWide(Part tree, boolean hasFolders, RemoteIterator<FileStatus> entries, Cut cut)
      throws IOException {
    if (!hasFolders) {
      listed.add(tree);
      return;
    }
    if (!(entries instanceof KeyListing keys && keys.hasRanges())) {
      listed.add(new Part(tree.root(), tree.folder(), Depth.CHILDREN));
      wide.add(tree);
      return;
    }
    String after = null;
    for (int page = 1; page <= PAGES_LOOKED_AT && keys.hasNext(); page++) {
      String first = keys.nextKey();
      if (after == null || Range.order(after, first) < 0) {
        listed.add(new Part(tree.root(), tree.folder(), Depth.TREE, new Range(after, first)));
        after = first;
      }
      for (int i = 0; i < cut.entries() && keys.hasNext(); i++) {
        keys.next();
      }
    }
    listed.add(new Part(tree.root(), tree.folder(), Depth.TREE, new Range(after, null)));
  }
}
