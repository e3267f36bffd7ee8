package io.labelmill.source;

import io.labelmill.source.KeyListing.Reach;
import io.labelmill.source.ListingParts.Depth;
import io.labelmill.source.ListingParts.Part;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Walks one part, depth first, or in the store's own flat order where it has one. Close it where it
 * may be left before its end.
 */
final class ListedFiles implements Iterator<FileStatus>, Closeable {
  private final Part part;
  private final Deque<RemoteIterator<? extends FileStatus>> open = new ArrayDeque<>();
  private final FileSystem fileSystem;
  private final boolean flat;
  private final CollectionAccumulator<FolderLink> links;
  private final int mostFolders;
  private int folders;
  private FileStatus next;

  /**
   * @param links gets links to folders that are gone into; null where nobody asks
   */
  ListedFiles(Part part, Configuration configuration, CollectionAccumulator<FolderLink> links) {
    this(part, configuration, links, Integer.MAX_VALUE);
  }

  /**
   * As the shorter form, for a look that is given up in a tree of many folders.
   *
   * @param mostFolders the walk ends where it would go into another one
   */
  ListedFiles(
      Part part,
      Configuration configuration,
      CollectionAccumulator<FolderLink> links,
      int mostFolders) {
    this.part = part;
    this.links = links;
    this.mostFolders = mostFolders;
    try {
      Path path = new Path(part.folder());
      fileSystem = path.getFileSystem(configuration);
      // One request lists a thousand keys below a prefix, however many folders they seem to have.
      flat = part.depth() == Depth.TREE && KeyListing.isS3a(fileSystem);
      if (part.depth() == Depth.FILE) {
        next = fileSystem.getFileStatus(path);
      } else {
        open(path);
        advance();
      }
    } catch (IOException e) {
      close();
      throw Listing.uncheckedly(part, e);
    }
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public FileStatus next() {
    if (next == null) {
      throw new NoSuchElementException();
    }
    FileStatus file = next;
    next = null;
    try {
      advance();
    } catch (IOException e) {
      throw Listing.uncheckedly(part, e);
    }
    return file;
  }

  /** Whether the walk ended before all folders were seen. */
  boolean isGivenUp() {
    return folders > mostFolders;
  }

  private void open(Path folder) throws IOException {
    if (++folders > mostFolders) {
      close();
      return;
    }
    try {
      open.addFirst(
          flat
              ? KeyListing.of(fileSystem, folder, Reach.TREE, part.range())
              : Listing.entries(part.root(), fileSystem, folder));
    } catch (FileNotFoundException e) {
      // Deleted since its parent was listed.
    }
  }

  private void advance() throws IOException {
    while (!open.isEmpty()) {
      if (!Listing.hasMore(open.getFirst())) {
        Listing.close(open.removeFirst());
        continue;
      }
      FileStatus entry = open.getFirst().next();
      if (entry.isDirectory()) {
        if (part.depth() == Depth.TREE && Listing.isEntered(part.root(), entry, links)) {
          open(entry.getPath());
        }
      } else if (isWanted(entry)) {
        next = entry;
        return;
      }
    }
  }

  @Override
  public void close() {
    open.forEach(Listing::close);
    open.clear();
  }

  private boolean isWanted(FileStatus file) {
    return !Listing.isSkipped(file) && Listing.relative(part.root(), file.getPath()).isPresent();
  }
}
