package io.labelmill.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A file system of images that take no disk: {@code made:///nCOUNT} has so many files, {@code
 * A/B/I.png} for the image of number I, B its thousand and A its hundred thousand. Contents repeat
 * after a few.
 */
public final class GeneratedImages extends FileSystem {
  private static final int FILES = 1_000;
  private static final int FOLDERS = 100;
  private static final long MODIFIED_MILLIS = 1_700_000_000_000L;
  private static final byte[][] CONTENTS = contents();

  private URI uri = URI.create("made:///");

  private static byte[][] contents() {
    byte[][] contents = new byte[16][];
    for (int i = 0; i < contents.length; i++) {
      BufferedImage image = new BufferedImage(40 + i, 36, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < image.getWidth() * image.getHeight(); p++) {
        image.setRGB(p % image.getWidth(), p / image.getWidth(), p * 7919 + i * 65_537);
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        ImageIO.write(image, "png", bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      contents[i] = bytes.toByteArray();
    }
    return contents;
  }

  /** SQL for the path of the image with the number {@code id}, as a listing gives it. */
  static String pathSql(long count) {
    return "concat('made:/n%d/', id div %d, '/', id div %d %% %d, '/', id, '.png')"
        .formatted(count, FILES * FOLDERS, FILES, FOLDERS);
  }

  /** SQL for its content version. */
  static String versionSql() {
    StringBuilder lengths = new StringBuilder();
    for (byte[] content : CONTENTS) {
      lengths.append(lengths.isEmpty() ? "" : ", ").append(content.length);
    }
    return "concat(array(%s)[cast(id %% %d as int)], '-%d')"
        .formatted(lengths, CONTENTS.length, MODIFIED_MILLIS);
  }

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    super.initialize(name, conf);
    uri = URI.create(name.getScheme() + ":///");
  }

  @Override
  public String getScheme() {
    return "made";
  }

  @Override
  public URI getUri() {
    return uri;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    String[] names = path.toUri().getPath().substring(1).split("/", -1);
    if (!names[0].matches("n\\d+") || names.length > 4) {
      throw new FileNotFoundException(path.toString());
    }
    return names.length < 4 ? folder(path) : file(path, number(path));
  }

  private static long number(Path path) {
    return Long.parseLong(path.getName().replace(".png", ""));
  }

  private FileStatus folder(Path path) {
    return new FileStatus(0, true, 1, 1, MODIFIED_MILLIS, makeQualified(path));
  }

  private FileStatus file(Path path, long number) {
    int length = CONTENTS[(int) (number % CONTENTS.length)].length;
    return new FileStatus(length, false, 1, 1 << 20, MODIFIED_MILLIS, makeQualified(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    String[] names = path.toUri().getPath().substring(1).split("/", -1);
    long count = Long.parseLong(names[0].substring(1));
    int depth = names.length;
    long size = depth == 1 ? (long) FILES * FOLDERS : depth == 2 ? FILES : 1;
    long first = 0;
    long end = count;
    if (depth > 1) {
      first = Long.parseLong(names[1]) * FILES * FOLDERS;
      end = Math.min(count, first + (long) FILES * FOLDERS);
    }
    if (depth > 2) {
      first += Long.parseLong(names[2]) * FILES;
      end = Math.min(count, first + FILES);
    }
    FileStatus[] entries = new FileStatus[(int) ((end - first + size - 1) / size)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] =
          depth < 3
              ? folder(new Path(path, Integer.toString(i)))
              : file(new Path(path, (first + i) + ".png"), first + i);
    }
    return entries;
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) {
    return new FSDataInputStream(new Content(CONTENTS[(int) (number(path) % CONTENTS.length)]));
  }

  /** A content as Hadoop reads it. */
  private static final class Content extends ByteArrayInputStream
      implements Seekable, PositionedReadable {
    Content(byte[] bytes) {
      super(bytes);
    }

    @Override
    public synchronized void seek(long position) {
      pos = (int) position;
    }

    @Override
    public synchronized long getPos() {
      return pos;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) {
      byte[] rest = Arrays.copyOfRange(buf, (int) Math.min(position, count), count);
      int read = Math.min(length, rest.length);
      System.arraycopy(rest, 0, buffer, offset, read);
      return read == 0 ? -1 : read;
    }

    @Override
    public void readFully(long position, byte[] buffer, int offset, int length) throws IOException {
      if (read(position, buffer, offset, length) < length) {
        throw new EOFException();
      }
    }

    @Override
    public void readFully(long position, byte[] buffer) throws IOException {
      readFully(position, buffer, 0, buffer.length);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setWorkingDirectory(Path path) {}

  @Override
  public Path getWorkingDirectory() {
    return new Path("made:///");
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    throw new UnsupportedOperationException();
  }
}
