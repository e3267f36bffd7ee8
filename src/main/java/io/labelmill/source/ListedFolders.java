package io.labelmill.source;

import io.labelmill.source.ListingParts.Depth;
import io.labelmill.source.ListingParts.Part;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.RemoteIterators;
import org.apache.spark.util.CollectionAccumulator;

/**
 * The subfolders of a folder, each a part to be listed whole; none of a folder that is deleted
 * meanwhile. Close it where it may be left before its end.
 */
final class ListedFolders implements Iterator<Part>, Closeable {
  private final Part wide;
  private final CollectionAccumulator<FolderLink> links;
  private final RemoteIterator<FileStatus> entries;
  private String folder;

  /**
   * @param links gets links to folders that are gone into
   */
  ListedFolders(Part wide, Configuration configuration, CollectionAccumulator<FolderLink> links) {
    this.wide = wide;
    this.links = links;
    Path path = new Path(wide.folder());
    try {
      entries = entries(wide, path, configuration);
    } catch (IOException e) {
      throw Listing.uncheckedly(wide, e);
    }
  }

  private static RemoteIterator<FileStatus> entries(
      Part wide, Path path, Configuration configuration) throws IOException {
    try {
      return Listing.entries(wide.root(), path.getFileSystem(configuration), path);
    } catch (FileNotFoundException e) {
      return RemoteIterators.remoteIteratorFromArray(new FileStatus[0]);
    }
  }

  @Override
  public boolean hasNext() {
    try {
      while (folder == null && Listing.hasMore(entries)) {
        FileStatus entry = entries.next();
        if (Listing.isEntered(wide.root(), entry, links)) {
          folder = entry.getPath().toString();
        }
      }
    } catch (IOException e) {
      throw Listing.uncheckedly(wide, e);
    }
    return folder != null;
  }

  @Override
  public Part next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Part part = new Part(wide.root(), folder, Depth.TREE);
    folder = null;
    return part;
  }

  @Override
  public void close() {
    Listing.close(entries);
  }
}
