package io.labelmill.source;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * What is in a folder of this machine. Hadoop's own listing leaves out links that lead nowhere and
 * names that are no text, and follows a link to a folder that it is in.
 *
 * <p>A link to a folder is a folder, unless that is listed under its own name too, or holds the
 * link. It is closed at its end; who leaves it before closes it.
 */
final class LocalFolder implements RemoteIterator<FileStatus>, Closeable {
  /** The length of a file of which nothing is known but its name. */
  static final long UNKNOWN = -1;

  private final Listing.Root root;
  private final DirectoryStream<Path> stream;
  private final Iterator<Path> entries;
  private FileStatus next;

  private static final String PROBLEM =
      "The name of the file is no text in the encoding of this machine, so that it cannot be"
          + " opened: rename it: ";

  /** A link to a folder elsewhere. */
  static final class Linked extends FileStatus {
    private static final long serialVersionUID = 1;

    private final FolderLink link;

    private Linked(Listing.Root root, Path path) throws IOException {
      super(0, true, 0, 0, 0, hadoop(path));
      link = new FolderLink(root.path(), path.toString(), path.toRealPath().toString());
    }

    FolderLink link() {
      return link;
    }
  }

  /**
   * @param root below which the folder is
   * @throws FileNotFoundException where it is gone
   */
  @SuppressWarnings("StreamResourceLeak") // closed with this
  LocalFolder(Listing.Root root, org.apache.hadoop.fs.Path folder) throws IOException {
    this.root = root;
    try {
      stream = Files.newDirectoryStream(local(folder));
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw (IOException) new FileNotFoundException(folder.toString()).initCause(e);
    }
    entries = stream.iterator();
  }

  private static Path local(org.apache.hadoop.fs.Path path) {
    return Path.of(path.toUri().getPath());
  }

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path("file", null, path.toString());
  }

  @Override
  public boolean hasNext() throws IOException {
    try {
      while (next == null && entries.hasNext()) {
        next = status(entries.next());
      }
    } catch (DirectoryIteratorException e) {
      close();
      throw e.getCause();
    }
    if (next == null) {
      close();
    }
    return next != null;
  }

  @Override
  public FileStatus next() throws IOException {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    FileStatus status = next;
    next = null;
    return status;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }

  /** Null for what went since it was seen, and for links that are not followed. */
  private FileStatus status(Path entry) throws IOException {
    if (!Path.of(entry.toString()).equals(entry)) {
      return new UnnamedFile(hadoop(entry), hadoop(entry).toString(), PROBLEM);
    }
    BasicFileAttributes own;
    try {
      own = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
    if (!own.isSymbolicLink()) {
      return status(entry, own);
    }
    try {
      BasicFileAttributes target = Files.readAttributes(entry, BasicFileAttributes.class);
      if (!target.isDirectory()) {
        return status(entry, target);
      }
      return isEntered(entry) ? new Linked(root, entry) : null;
    } catch (IOException e) {
      // It leads nowhere, or round in a circle: opening it says so.
      return new FileStatus(UNKNOWN, false, 0, 0, own.lastModifiedTime().toMillis(), hadoop(entry));
    }
  }

  private static FileStatus status(Path entry, BasicFileAttributes attributes) {
    return new FileStatus(
        attributes.isDirectory() ? 0 : attributes.size(),
        attributes.isDirectory(),
        0,
        0,
        attributes.lastModifiedTime().toMillis(),
        hadoop(entry));
  }

  /**
   * Whether the folder behind a link is gone into. It is not where the link lies within it, and not
   * where it lies below one of the folders that are gone through anyway, nor where another link
   * leads to it.
   */
  private boolean isEntered(Path link) throws IOException {
    if (root.closedLinks().contains(link.toString())) {
      return false;
    }
    Path real = link.toRealPath();
    if (link.getParent().toRealPath().startsWith(real)) {
      return false;
    }
    for (Path base : bases(link)) {
      boolean isListed =
          root.glob() == null
              && real.startsWith(base)
              && Listing.isVisible(base.relativize(real).toString());
      if (base.startsWith(real) || isListed) {
        return false;
      }
    }
    return true;
  }

  /** The real folders of the root, and of the links through which the way to a link leads. */
  private List<Path> bases(Path link) throws IOException {
    Path top = local(new org.apache.hadoop.fs.Path(root.path()));
    List<Path> bases = new ArrayList<>(List.of(top.toRealPath()));
    for (Path above = link.getParent();
        above != null && !above.equals(top);
        above = above.getParent()) {
      if (Files.isSymbolicLink(above)) {
        bases.add(above.toRealPath());
      }
    }
    return bases;
  }
}
