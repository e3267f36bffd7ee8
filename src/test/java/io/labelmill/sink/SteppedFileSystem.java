package io.labelmill.sink;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploaderBuilder;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.impl.FileSystemMultipartUploader;
import org.apache.hadoop.fs.impl.FileSystemMultipartUploaderBuilder;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A store in memory, {@code mem:/}, whose every operation is a step of {@link Interleavings}. It
 * keeps no more promises than stores do: a file that is made is empty until it is closed, and a
 * folder is deleted name by name, while others make new ones in it. Uploads that are not complete
 * lie below {@code /uploads}.
 */
public class SteppedFileSystem extends FileSystem {
  static final String FOLDER = "";
  static final String UPLOADS = "/uploads";

  private final String scheme;

  /** {@code mem:/}. */
  public SteppedFileSystem() {
    this("mem");
  }

  private SteppedFileSystem(String scheme) {
    this.scheme = scheme;
  }

  @Override
  public URI getUri() {
    return URI.create(scheme + ":///");
  }

  @Override
  public String getScheme() {
    return scheme;
  }

  private static String name(Path path) {
    return path.toUri().getPath();
  }

  private static String parent(String name) {
    int slash = name.lastIndexOf('/');
    return slash <= 0 ? "/" : name.substring(0, slash);
  }

  private static boolean isFile(SortedMap<String, String> files, String name) {
    return files.containsKey(name) && !files.get(name).equals(FOLDER);
  }

  private static boolean isFolder(SortedMap<String, String> files, String name) {
    return name.equals("/") || FOLDER.equals(files.get(name));
  }

  private static void makeFolder(SortedMap<String, String> files, String name) throws IOException {
    if (isFile(files, name)) {
      throw new FileAlreadyExistsException(name);
    }
    if (!name.equals("/")) {
      makeFolder(files, parent(name));
      files.put(name, FOLDER);
    }
  }

  private static Stream<String> children(SortedMap<String, String> files, String name) {
    String prefix = name.equals("/") ? "/" : name + "/";
    return files.tailMap(prefix).keySet().stream()
        .takeWhile(other -> other.startsWith(prefix))
        .filter(other -> other.indexOf('/', prefix.length()) < 0);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    String content =
        Interleavings.step(
            files -> {
              if (!isFile(files, name(path))) {
                throw new FileNotFoundException(name(path));
              }
              return files.get(name(path)).substring(1);
            });
    return new FSDataInputStream(new Content(content.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    Interleavings.step(
        files -> {
          if (isFolder(files, name(path)) || (!overwrite && isFile(files, name(path)))) {
            throw new FileAlreadyExistsException(name(path));
          }
          makeFolder(files, parent(name(path)));
          files.put(name(path), "=");
          return "made";
        });
    ByteArrayOutputStream content =
        new ByteArrayOutputStream() {
          @Override
          public void close() throws IOException {
            Interleavings.step(
                files -> {
                  // Whoever deletes a file that is written has deleted it.
                  if (isFile(files, name(path))) {
                    files.put(name(path), "=" + toString(StandardCharsets.UTF_8));
                  }
                  return "closed";
                });
          }
        };
    return new FSDataOutputStream(content, null);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    return Interleavings.step(
            files -> {
              String source = name(from);
              String target = name(to);
              if (!files.containsKey(source)
                  || files.containsKey(target)
                  || !isFolder(files, parent(target))) {
                return "no";
              }
              for (String below : List.copyOf(files.tailMap(source + "/").keySet())) {
                if (below.startsWith(source + "/")) {
                  files.put(target + below.substring(source.length()), files.remove(below));
                }
              }
              files.put(target, files.remove(source));
              return "yes";
            })
        .equals("yes");
  }

  /** Nobody asks whether there was something. */
  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    while (Interleavings.step(files -> deletedOne(files, name(path), recursive)).equals("more")) {
      // What others make in it meanwhile is deleted, too.
    }
    return true;
  }

  private static String deletedOne(SortedMap<String, String> files, String name, boolean recursive)
      throws IOException {
    String last = name;
    for (String below : files.tailMap(name + "/").keySet()) {
      if (!below.startsWith(name + "/")) {
        break;
      }
      last = below;
    }
    if (!last.equals(name) && !recursive) {
      throw new IOException(name + " is not empty");
    }
    files.remove(last);
    return last.equals(name) ? "done" : "more";
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    String found =
        Interleavings.step(
            files -> {
              if (!isFolder(files, name(path))) {
                throw new FileNotFoundException(name(path));
              }
              return new TreeSet<>(children(files, name(path)).toList())
                  .stream()
                      .map(child -> (isFolder(files, child) ? "" : "1") + ":" + child)
                      .collect(Collectors.joining("\n"));
            });
    return found.lines().map(this::status).toArray(FileStatus[]::new);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return status(
        Interleavings.step(
            files -> {
              if (!isFolder(files, name(path)) && !isFile(files, name(path))) {
                throw new FileNotFoundException(name(path));
              }
              return entry(files, name(path));
            }));
  }

  /** Its length, which no folder has, and its name. */
  private static String entry(SortedMap<String, String> files, String name) {
    return (isFolder(files, name) ? "" : files.get(name).length() - 1) + ":" + name;
  }

  private FileStatus status(String entry) {
    String[] parts = entry.split(":", 2);
    boolean isFolder = parts[0].isEmpty();
    return new FileStatus(
        isFolder ? 0 : Long.parseLong(parts[0]), isFolder, 1, 1, 0, path(parts[1]));
  }

  Path path(String name) {
    return new Path(scheme, "", name);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    Interleavings.step(
        files -> {
          makeFolder(files, name(path));
          return "made";
        });
    return true;
  }

  @Override
  public boolean hasPathCapability(Path path, String capability) {
    return false;
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setWorkingDirectory(Path path) {}

  @Override
  public Path getWorkingDirectory() {
    return path("/");
  }

  /** {@code store:/}, the same, with uploads. */
  public static final class Store extends SteppedFileSystem {
    public Store() {
      super("store");
    }

    @Override
    public boolean hasPathCapability(Path path, String capability) {
      return capability.equals(CommonPathCapabilities.FS_MULTIPART_UPLOADER);
    }

    @Override
    public MultipartUploaderBuilder<?, ?> createMultipartUploader(Path path) {
      return new FileSystemMultipartUploaderBuilder(this, path) {
        @Override
        public FileSystemMultipartUploader build() throws IOException {
          return new FileSystemMultipartUploader(this, Store.this) {
            @Override
            public CompletableFuture<Integer> abortUploadsUnderPath(Path below) throws IOException {
              try {
                for (FileStatus upload : listStatus(path(UPLOADS))) {
                  delete(upload.getPath(), false);
                }
              } catch (FileNotFoundException e) {
                // There are none.
              }
              return CompletableFuture.completedFuture(0);
            }
          };
        }
      };
    }
  }

  private static final class Content extends FSInputStream {
    private final byte[] bytes;
    private int position;

    Content(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return position < bytes.length ? bytes[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      int count = Math.min(length, bytes.length - position);
      if (count <= 0) {
        return length == 0 ? 0 : -1;
      }
      System.arraycopy(bytes, position, into, offset, count);
      position += count;
      return count;
    }

    @Override
    public void seek(long to) {
      position = (int) to;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }
  }
}
