package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of a zip file lie, so that they can be mapped. Only entries stored as they are
 * can; PyTorch writes no others. Files above 4 GB (zip64) are read.
 *
 * <p>Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *
 * @param entries by name, in the order of the directory
 */
record ZipDirectory(Path file, Map<String, Entry> entries) {
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT_BYTES = 65_535;
  private static final long MAX_DIRECTORY_BYTES = 16_000_000;
  private static final long ELSEWHERE = 0xffffffffL;

  /** The bytes of one entry: {@code position} counts from the beginning of the file. */
  record Entry(long position, long bytes) {}

  /**
   * @throws InputException when the file is cut short, or an entry is compressed, encrypted,
   *     outside the file, or named like a path out of it
   */
  static ZipDirectory read(Path file, FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    int tailBytes = (int) Math.min(fileBytes, END_BYTES + MAX_COMMENT_BYTES);
    long tailStart = fileBytes - tailBytes;
    ByteBuffer tail = Channels.read(channel, tailStart, tailBytes);
    int end = tailBytes - END_BYTES;
    while (end >= 0 && tail.getInt(end) != 0x06054b50) {
      end--;
    }
    if (end < 0) {
      throw new InputException("%s is cut short: its zip directory is missing.".formatted(file));
    }
    long count = tail.getShort(end + 10) & 0xffff;
    long bytes = tail.getInt(end + 12) & ELSEWHERE;
    long start = tail.getInt(end + 16) & ELSEWHERE;
    long limit = tailStart + end;
    if (count == 0xffff || bytes == ELSEWHERE || start == ELSEWHERE) {
      long locator = limit - 20;
      if (locator >= 0 && Channels.read(channel, locator, 20).getInt(0) == 0x07064b50) {
        long end64 = Channels.read(channel, locator, 20).getLong(8);
        if (end64 < 0 || end64 > locator - 56) {
          throw broken(file, "its zip64 end record lies outside");
        }
        ByteBuffer record = Channels.read(channel, end64, 56);
        if (record.getInt(0) != 0x06064b50) {
          throw broken(file, "its zip64 end record is missing");
        }
        count = record.getLong(32);
        bytes = record.getLong(40);
        start = record.getLong(48);
        limit = end64;
      }
    }
    if (start < 0 || bytes < 0 || start > limit || bytes > limit - start) {
      throw broken(file, "its directory lies outside");
    }
    if (bytes > MAX_DIRECTORY_BYTES || count < 0 || count > bytes / 46) {
      throw broken(
          file,
          "%s entries in a directory of %d bytes".formatted(Long.toUnsignedString(count), bytes));
    }
    ByteBuffer directory = Channels.read(channel, start, (int) bytes);
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      if (directory.remaining() < 46 || directory.getInt(directory.position()) != 0x02014b50) {
        throw broken(file, "its directory ends early");
      }
      readEntry(file, channel, directory, start, entries);
    }
    return new ZipDirectory(file, entries);
  }

  private static void readEntry(
      Path file, FileChannel channel, ByteBuffer directory, long limit, Map<String, Entry> entries)
      throws IOException {
    int at = directory.position();
    int flags = directory.getShort(at + 8);
    int method = directory.getShort(at + 10) & 0xffff;
    long compressed = directory.getInt(at + 20) & ELSEWHERE;
    long bytes = directory.getInt(at + 24) & ELSEWHERE;
    int nameBytes = directory.getShort(at + 28) & 0xffff;
    int extraBytes = directory.getShort(at + 30) & 0xffff;
    int commentBytes = directory.getShort(at + 32) & 0xffff;
    long header = directory.getInt(at + 42) & ELSEWHERE;
    if (directory.remaining() < 46 + nameBytes + extraBytes + commentBytes) {
      throw broken(file, "its directory ends early");
    }
    String name = StandardCharsets.UTF_8.decode(directory.slice(at + 46, nameBytes)).toString();
    if (!isInside(name)) {
      throw broken(
          file, "entry '%s' is named like a path out of it".formatted(TensorInfo.printable(name)));
    }
    ByteBuffer extra = directory.slice(at + 46 + nameBytes, extraBytes).order(directory.order());
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      int length = extra.getShort() & 0xffff;
      if (length > extra.remaining()) {
        break;
      }
      int next = extra.position() + length;
      if (id == 1) {
        // Zip64: only the numbers that did not fit, in this order.
        extra.limit(next);
        bytes = bytes == ELSEWHERE ? wide(file, extra) : bytes;
        compressed = compressed == ELSEWHERE ? wide(file, extra) : compressed;
        header = header == ELSEWHERE ? wide(file, extra) : header;
        break;
      }
      extra.position(next);
    }
    directory.position(at + 46 + nameBytes + extraBytes + commentBytes);

    if ((flags & 1) != 0) {
      throw broken(file, "entry '%s' is encrypted".formatted(name));
    }
    if (method != 0) {
      throw broken(
          file,
          "entry '%s' is compressed (method %d), torch.save stores entries as they are"
              .formatted(name, method));
    }
    if (bytes != compressed) {
      throw broken(file, "entry '%s' has two sizes, %d and %d".formatted(name, compressed, bytes));
    }
    if (header < 0 || header > limit - 30) {
      throw broken(file, "entry '%s' lies outside".formatted(name));
    }
    ByteBuffer local = Channels.read(channel, header, 30);
    if (local.getInt(0) != 0x04034b50) {
      throw broken(file, "entry '%s' is not where the directory says".formatted(name));
    }
    long position = header + 30 + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
    if (bytes < 0 || position > limit || bytes > limit - position) {
      throw broken(file, "entry '%s' lies outside".formatted(name));
    }
    if (entries.put(name, new Entry(position, bytes)) != null) {
      throw broken(file, "entry '%s' is there twice".formatted(name));
    }
  }

  private static long wide(Path file, ByteBuffer extra) {
    if (extra.remaining() < 8) {
      throw broken(file, "its directory ends early");
    }
    return extra.getLong();
  }

  /** Nothing is ever unpacked, but a name that leaves its folder is no honest file's. */
  private static boolean isInside(String name) {
    if (name.startsWith("/")
        || TensorInfo.isUnprintable(name)
        || name.contains("\\")
        || name.contains(":")) {
      return false;
    }
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        return false;
      }
    }
    return true;
  }

  private static InputException broken(Path file, String problem) {
    return new InputException(
        "%s is not a zip file that can be read: %s.".formatted(file, problem));
  }
}
