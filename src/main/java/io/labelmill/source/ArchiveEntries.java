package io.labelmill.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Locale;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * The files in a tar or zip archive, in the order in which they lie there, found from its headers
 * alone. Contents are passed over. What comes after damage is one last entry that tells of it.
 */
abstract class ArchiveEntries implements Closeable {
  private static final int TAR_BLOCK = 512;

  /** Deflate ends at 1,032; a picture that shrinks so much is made to fill a machine. */
  private static final long LARGEST_RATIO = 200;

  private static final long RATIO_MATTERS = 1 << 20;

  /**
   * A file in an archive, or the rest of one that cannot be read on.
   *
   * @param name empty for the rest
   * @param problem why the file cannot be read, else null
   */
  record Entry(
      String name,
      ArchiveMember.Encoding encoding,
      long offset,
      long stored,
      long length,
      String problem) {
    static Entry rest(String problem) {
      return new Entry("", ArchiveMember.Encoding.PLAIN, 0, 0, 0, problem);
    }
  }

  /** The kinds by the ends of their names, lower case. */
  static boolean isArchive(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".tar") || lower.endsWith(".zip");
  }

  /** Whether a name is that of a tar as a whole compressed. */
  static boolean isCompressedTar(String name) {
    return name.toLowerCase(Locale.ROOT).matches(".*\\.(tgz|tbz2?|txz|tar\\.(gz|bz2|xz|zst|lz4))");
  }

  /**
   * @param in at its beginning; it is read until the entries are closed, which closes it
   */
  static ArchiveEntries of(String name, FSDataInputStream in, long length) throws IOException {
    return name.toLowerCase(Locale.ROOT).endsWith(".zip")
        ? new Zip(in, length)
        : new Tar(in, length);
  }

  /** The next file, or null after the last. */
  abstract Entry next();

  private static String ended(long length) {
    return "The archive ends after " + length + " bytes, within this member: it was cut.";
  }

  private static String unreadable(long at, Exception e) {
    return "The archive cannot be read on behind byte %s (%s): members behind it are not known."
        .formatted(at, e.getMessage());
  }

  private static final class Tar extends ArchiveEntries {
    private final FSDataInputStream in;
    private final long length;
    private final TarArchiveInputStream tar;

    /** Where what is known ends: behind the contents of the last entry. */
    private long known;

    private boolean ended;

    Tar(FSDataInputStream in, long length) {
      this.in = in;
      this.length = length;
      this.tar = new TarArchiveInputStream(new Skipping(in, length));
    }

    @Override
    Entry next() {
      while (!ended) {
        try {
          TarArchiveEntry entry = tar.getNextEntry();
          if (entry == null) {
            ended = true;
            return length - known < TAR_BLOCK
                ? Entry.rest(
                    ("The archive ends after %s bytes without the mark that ends a tar: it may have"
                            + " been cut, and members behind that are not known.")
                        .formatted(length))
                : null;
          }
          long offset = in.getPos();
          known = offset + (entry.getSize() + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
          if (entry.isLink() || entry.isSymbolicLink()) {
            return entry(entry, offset, "It is a link to another member, which is not followed.");
          }
          if (entry.isFile() && !entry.isDirectory()) {
            boolean cut = offset + entry.getSize() > length;
            ended = cut;
            return entry(
                entry,
                offset,
                cut
                    ? ended(length)
                    : entry.isSparse() ? "It is a sparse member, which is not read." : null);
          }
        } catch (IOException | IllegalArgumentException e) {
          ended = true;
          return Entry.rest(unreadable(known, e));
        }
      }
      return null;
    }

    private static Entry entry(TarArchiveEntry entry, long offset, String problem) {
      return new Entry(
          entry.getName(),
          ArchiveMember.Encoding.PLAIN,
          offset,
          entry.getSize(),
          entry.getSize(),
          problem);
    }

    @Override
    public void close() throws IOException {
      tar.close();
    }
  }

  /** Passes over contents by seeking. */
  private static final class Skipping extends InputStream {
    private final FSDataInputStream in;
    private final long length;

    Skipping(FSDataInputStream in, long length) {
      this.in = in;
      this.length = length;
    }

    @Override
    public int read() throws IOException {
      return in.read();
    }

    @Override
    public int read(byte[] target, int from, int count) throws IOException {
      return in.read(target, from, count);
    }

    @Override
    public long skip(long count) throws IOException {
      long skipped = Math.max(0, Math.min(count, length - in.getPos()));
      in.seek(in.getPos() + skipped);
      return skipped;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(Integer.MAX_VALUE, length - in.getPos());
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** By the directory at its end, else, where that is cut off, from header to header. */
  private static final class Zip extends ArchiveEntries {
    private final FSDataInputStream in;
    private final long length;
    private ZipFile zip;
    private Iterator<ZipArchiveEntry> entries;
    private ZipArchiveInputStream headers;
    private String cause;
    private long known;
    private boolean ended;

    @SuppressWarnings("deprecation") // The builder is not there on Spark 3.5.
    Zip(FSDataInputStream in, long length) throws IOException {
      this.in = in;
      this.length = length;
      try {
        zip = new ZipFile(new SeekableInput(in, length), "zip", "UTF-8", true, true);
        entries = zip.getEntriesInPhysicalOrder().asIterator();
      } catch (IOException | IllegalArgumentException e) {
        cause = e.getMessage();
        in.seek(0);
        headers = new ZipArchiveInputStream(new Skipping(in, length));
      }
    }

    @Override
    Entry next() {
      while (!ended) {
        ZipArchiveEntry entry = null;
        try {
          if (zip == null) {
            ArchiveEntry found = headers.getNextEntry();
            entry = (ZipArchiveEntry) found;
          } else if (entries.hasNext()) {
            entry = entries.next();
            // Asked for, it looks up where the contents begin.
            zip.getRawInputStream(entry);
          }
          if (entry == null) {
            ended = true;
            return zip == null ? rest() : null;
          }
          if (entry.isDirectory()) {
            continue;
          }
          return entry(entry);
        } catch (IOException | IllegalArgumentException e) {
          if (zip != null && entry != null) {
            return new Entry(
                entry.getName(),
                ArchiveMember.Encoding.PLAIN,
                0,
                0,
                0,
                "The archive's directory names it where it is not (" + e.getMessage() + ").");
          }
          ended = true;
          return rest();
        }
      }
      return null;
    }

    private Entry rest() {
      return Entry.rest(
          ("The archive has no directory at its end (%s): it was cut, and members behind byte %s"
                  + " are not known.")
              .formatted(cause, known));
    }

    private Entry entry(ZipArchiveEntry entry) {
      long offset = entry.getDataOffset();
      long stored = entry.getCompressedSize();
      String problem = null;
      if (entry.getGeneralPurposeBit().usesEncryption()) {
        problem = "It is encrypted.";
      } else if (entry.getMethod() != ZipArchiveEntry.STORED
          && entry.getMethod() != ZipArchiveEntry.DEFLATED) {
        ZipMethod method = ZipMethod.getMethodByCode(entry.getMethod());
        problem =
            "It is compressed by %s, which is not read: store pictures as they are."
                .formatted(method == null ? "method " + entry.getMethod() : method);
      } else if (stored < 0 || entry.getSize() < 0) {
        problem = "Its length stands in the directory alone, which the archive lacks.";
      } else if (offset + stored > length) {
        problem = ended(length);
        // A directory knows of the others all the same.
        ended = zip == null;
      } else if (entry.getSize() > RATIO_MATTERS && entry.getSize() > LARGEST_RATIO * stored) {
        problem =
            "It declares %s bytes in %s, more than %s times as many: it is not inflated."
                .formatted(entry.getSize(), stored, LARGEST_RATIO);
      }
      known = offset + Math.max(0, stored);
      return new Entry(
          entry.getName(),
          entry.getMethod() == ZipArchiveEntry.DEFLATED
              ? ArchiveMember.Encoding.DEFLATED
              : ArchiveMember.Encoding.PLAIN,
          offset,
          stored,
          entry.getSize(),
          problem);
    }

    @Override
    public void close() throws IOException {
      if (zip != null) {
        zip.close();
      }
      in.close();
    }
  }
}
