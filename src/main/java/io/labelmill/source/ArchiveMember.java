package io.labelmill.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Where the bytes of an archive's member lie, so that one read of a range brings them.
 *
 * @param archive as Hadoop opens it
 * @param archiveLength in bytes, when it was indexed
 * @param archiveModified milliseconds of the epoch, when it was indexed
 * @param offset of the first stored byte in the archive
 * @param stored bytes in the archive
 * @param length bytes of the member itself
 */
record ArchiveMember(
    String archive,
    long archiveLength,
    long archiveModified,
    Encoding encoding,
    long offset,
    long stored,
    long length) {
  /** A location that begins so is a member's; no path of a table has this scheme. */
  private static final String SCHEME = "member:";

  enum Encoding {
    PLAIN,
    DEFLATED
  }

  /** The member that a plan row's location names; empty for any other location. */
  static Optional<ArchiveMember> at(String location) {
    if (!location.startsWith(SCHEME)) {
      return Optional.empty();
    }
    String[] parts = location.substring(SCHEME.length()).split(":", 7);
    return Optional.of(
        new ArchiveMember(
            parts[6],
            Long.parseLong(parts[4]),
            Long.parseLong(parts[5]),
            Encoding.valueOf(parts[0]),
            Long.parseLong(parts[1]),
            Long.parseLong(parts[2]),
            Long.parseLong(parts[3])));
  }

  /** Where the file lies that a location names: the archive's for a member. */
  static String file(String location) {
    return at(location).map(ArchiveMember::archive).orElse(location);
  }

  /** What a plan row has for this member. */
  String location() {
    return SCHEME
        + String.join(
            ":",
            encoding.name(),
            Long.toString(offset),
            Long.toString(stored),
            Long.toString(length),
            Long.toString(archiveLength),
            Long.toString(archiveModified),
            archive);
  }

  /** The archive's own version: every member has a new one when the archive is written anew. */
  String version() {
    return archiveLength + "-" + archiveModified;
  }

  /** The archive as it was indexed. */
  FileStatus status() {
    return new FileStatus(archiveLength, false, 0, 0, archiveModified, new Path(archive));
  }

  /**
   * Reads the member.
   *
   * @param in the archive, at any position
   * @param bytes filled from index 0 to {@link #length}
   * @throws IOException when the archive ends before, or a deflated member is damaged or has
   *     another length than it declares
   */
  void read(FSDataInputStream in, byte[] bytes) throws IOException {
    in.seek(offset);
    if (encoding == Encoding.PLAIN) {
      in.readFully(bytes, 0, (int) length);
      return;
    }
    Inflater inflater = new Inflater(true);
    try (InputStream inflated = new InflaterInputStream(new Bounded(in, stored), inflater)) {
      int read = inflated.readNBytes(bytes, 0, (int) length);
      if (read < length) {
        throw new EOFException("it inflates to " + read + " bytes and declares " + length);
      }
      if (inflated.read() >= 0) {
        throw new IOException("it inflates to more than the " + length + " bytes it declares");
      }
    } finally {
      inflater.end();
    }
  }

  /** The next bytes of a stream that goes on, and that closing this leaves open. */
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private long left;

    Bounded(InputStream in, long left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      left--;
      return in.read();
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = in.read(target, from, (int) Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }
  }
}
