package io.labelmill.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;

/**
 * The images in one archive. A member whose name ends as a side file of WebDataset does, such as
 * {@code .cls} or {@code .json}, belongs to the images of the same key before or behind it: their
 * names are the same up to the first dot.
 *
 * <p>Nothing is written anywhere, so that a name of a member reaches no file system.
 */
final class ArchiveIndex implements Closeable {
  /** Side files longer than this are not kept, in bytes. */
  static final int LONGEST_SIDE_FILE = 1 << 20;

  /** Longer names are not read, in characters: they would be rows' paths. */
  static final int LONGEST_NAME = 1_024;

  /** Members of one key that are looked at together. */
  private static final int LARGEST_GROUP = 1_000;

  /** Endings of what WebDataset's writers put beside pictures. */
  private static final Set<String> SIDE_FILES =
      Set.of(
          "cls",
          "cls2",
          "class",
          "count",
          "index",
          "inx",
          "id",
          "json",
          "jsn",
          "txt",
          "text",
          "transcript",
          "info",
          "pyd",
          "pickle",
          "pkl",
          "pth",
          "ten",
          "tb",
          "mp",
          "msg",
          "msgpack",
          "npy",
          "npz",
          "cbor");

  private final FileStatus archive;
  private final FSDataInputStream in;
  private final ArchiveEntries entries;
  private final List<String> keep;
  private final int mostMembers;
  private final Deque<Image> ready = new ArrayDeque<>();
  private ArchiveEntries.Entry ahead;
  private long members;

  /**
   * An image in an archive.
   *
   * @param name in the archive; empty for the rest of one that cannot be read on
   * @param member where it lies
   * @param problem why it cannot be read, else null
   * @param kept side files as text, in the order asked for, null where there is none
   */
  record Image(String name, ArchiveMember member, String problem, List<String> kept) {}

  /**
   * @param in at its beginning; closed with this
   * @param keep endings of side files whose text is wanted
   * @param mostMembers of an archive that are looked at; the rest is one image that tells of it
   */
  ArchiveIndex(FileStatus archive, FSDataInputStream in, List<String> keep, int mostMembers)
      throws IOException {
    this.archive = archive;
    this.in = in;
    this.entries = ArchiveEntries.of(archive.getPath().getName(), in, archive.getLen());
    this.keep = keep;
    this.mostMembers = mostMembers;
    ahead = read();
  }

  /** The next image, or null after the last. */
  Image next() throws IOException {
    while (ready.isEmpty() && ahead != null) {
      group();
    }
    return ready.pollFirst();
  }

  /** Entries one after another that have the same key. */
  private void group() throws IOException {
    List<ArchiveEntries.Entry> group = new ArrayList<>();
    String key = key(ahead.name());
    while (ahead != null && key(ahead.name()).equals(key) && group.size() < LARGEST_GROUP) {
      group.add(ahead);
      ahead = read();
    }
    boolean hasImage = group.stream().anyMatch(entry -> !isSideFile(entry));
    List<String> kept = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String ending : keep) {
      kept.add(hasImage ? sideFile(group, ending, problems) : null);
    }
    for (ArchiveEntries.Entry entry : group) {
      if (!hasImage || !isSideFile(entry)) {
        String problem = problem(entry);
        ready.add(
            new Image(
                shortened(entry.name()),
                member(entry),
                problem != null || problems.isEmpty() ? problem : problems.get(0),
                kept));
      }
    }
  }

  private String problem(ArchiveEntries.Entry entry) {
    if (entry.problem() != null) {
      return entry.problem();
    }
    if (entry.name().length() > LONGEST_NAME) {
      return "Its name has %s characters, more than the %s that are read."
          .formatted(entry.name().length(), LONGEST_NAME);
    }
    return entry.name().chars().anyMatch(Character::isISOControl)
        ? "Its name has control characters."
        : null;
  }

  private static String shortened(String name) {
    String printable =
        name.codePoints().anyMatch(Character::isISOControl)
            ? name.replaceAll("\\p{Cntrl}", "?")
            : name;
    return printable.length() > LONGEST_NAME ? printable.substring(0, LONGEST_NAME) : printable;
  }

  private ArchiveMember member(ArchiveEntries.Entry entry) {
    return new ArchiveMember(
        archive.getPath().toString(),
        archive.getLen(),
        archive.getModificationTime(),
        entry.encoding(),
        entry.offset(),
        entry.stored(),
        entry.length());
  }

  private String sideFile(List<ArchiveEntries.Entry> group, String ending, List<String> problems)
      throws IOException {
    for (ArchiveEntries.Entry entry : group) {
      if (!ending(entry.name()).equals(ending.toLowerCase(Locale.ROOT))
          || entry.problem() != null) {
        continue;
      }
      if (entry.length() > LONGEST_SIDE_FILE) {
        problems.add(
            "Its side file %s has %s bytes, more than the %s that are kept."
                .formatted(entry.name(), entry.length(), LONGEST_SIDE_FILE));
        return null;
      }
      byte[] bytes = new byte[(int) entry.length()];
      long position = in.getPos();
      try {
        member(entry).read(in, bytes);
      } catch (IOException e) {
        problems.add("Its side file " + entry.name() + " cannot be read: " + e.getMessage());
        return null;
      } finally {
        in.seek(position);
      }
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
    return null;
  }

  /** The next entry that is to be looked at. */
  private ArchiveEntries.Entry read() {
    for (ArchiveEntries.Entry entry = entries.next(); entry != null; entry = entries.next()) {
      if (entry.name().isEmpty() || !isLeftOut(entry.name())) {
        if (members == mostMembers && !entry.name().isEmpty()) {
          members++;
          return ArchiveEntries.Entry.rest(
              "The archive has more than "
                  + mostMembers
                  + " members: those behind are not read. Cut it into several.");
        }
        if (members > mostMembers) {
          return null;
        }
        members++;
        return entry;
      }
    }
    return null;
  }

  /** As in a listing of folders; and what macOS puts into archives beside each file. */
  private static boolean isLeftOut(String name) {
    return base(name).startsWith(".") || name.startsWith("__MACOSX/");
  }

  private static String base(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** The name up to the first dot behind the folders. */
  static String key(String name) {
    int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    return dot < 0 ? name : name.substring(0, dot);
  }

  /** What follows that dot, lower case: {@code cls}, or {@code seg.png}. */
  private static String ending(String name) {
    String key = key(name);
    return key.length() == name.length()
        ? ""
        : name.substring(key.length() + 1).toLowerCase(Locale.ROOT);
  }

  private static boolean isSideFile(ArchiveEntries.Entry entry) {
    String ending = ending(entry.name());
    return SIDE_FILES.contains(ending.substring(ending.lastIndexOf('.') + 1));
  }

  @Override
  public void close() throws IOException {
    entries.close();
  }
}
