package io.labelmill.source;

import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What S3A lists, with the keys that objects really have. A path of Hadoop has no empty and no
 * dotted part: of {@code in//a.jpg} and {@code in/./a.jpg} S3A's own listings make {@code
 * in/a.jpg}, which is another object or none, or leave them out.
 *
 * <p>The requests are S3A's, with its credentials and retries. What it has no public method for is
 * called by name, alike in all of its versions.
 */
final class KeyListing implements RemoteIterator<FileStatus> {
  private static final Logger log = LoggerFactory.getLogger(KeyListing.class);

  private static final String PROBLEM =
      "The object's key has an empty or dotted part (//, /./ or /../), by which nothing can be"
          + " opened through Hadoop: rename it: ";

  private final FileSystem s3a;
  private final String prefix;
  private final Range range;
  private final Deque<Key> keys = new ArrayDeque<>();
  private final RemoteIterator<? extends FileStatus> statuses;
  private boolean hasRanges;
  private KeyListing within;
  private String nextKey;
  private FileStatus next;

  enum Reach {
    /** Objects of a folder, and its subfolders. */
    CHILDREN("/"),
    /** All objects that begin so. */
    TREE(null);

    private final String delimiter;

    Reach(String delimiter) {
      this.delimiter = delimiter;
    }
  }

  /**
   * A part of a listing, which is in the order of the keys' bytes.
   *
   * @param after the key behind which it begins, or null
   * @param last the last key that may be in it, or null
   */
  record Range(String after, String last) implements Serializable {
    static final Range ALL = new Range(null, null);

    /** As {@link java.util.Comparator#compare}. */
    static int order(String one, String other) {
      return Arrays.compareUnsigned(
          one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private boolean endsBefore(String key) {
      return last != null && order(key, last) > 0;
    }
  }

  /** What S3A made the next status of: an object, or what many keys begin with. */
  private record Key(String text, boolean isPrefix) {}

  private KeyListing(FileSystem s3a, String prefix, Reach reach, Range range)
      throws IOException, ReflectiveOperationException {
    this.s3a = s3a;
    this.prefix = prefix;
    this.range = range;
    this.statuses = statuses(reach);
  }

  /**
   * A folder's listing; S3A's own, with a warning, where S3A is not as it is known.
   *
   * @throws IOException as S3A's own
   */
  @SuppressWarnings("unchecked")
  static RemoteIterator<FileStatus> of(FileSystem s3a, Path folder, Reach reach, Range range)
      throws IOException {
    String key = folder.toUri().getPath().substring(1);
    try {
      return new KeyListing(s3a, key.isEmpty() ? "" : key + "/", reach, range);
    } catch (ReflectiveOperationException e) {
      log.warn("Keys with // or /./ can't be told from others in {}: {}", folder, e.toString());
      RemoteIterator<? extends FileStatus> own =
          reach == Reach.TREE ? s3a.listFiles(folder, true) : s3a.listStatusIterator(folder);
      return (RemoteIterator<FileStatus>) own;
    }
  }

  /** Whether a part of it can be asked for: the bucket has an order, and the client a way. */
  boolean hasRanges() {
    return hasRanges && !s3a.getUri().getHost().endsWith("--x-s3");
  }

  static boolean isS3a(FileSystem fileSystem) {
    // Connectors need not have FileSystem.getScheme().
    return "s3a".equals(fileSystem.getUri().getScheme());
  }

  @SuppressWarnings("unchecked")
  private RemoteIterator<? extends FileStatus> statuses(Reach reach)
      throws IOException, ReflectiveOperationException {
    Object span = call(s3a, "createSpan", "op_list_files", "/" + prefix, null);
    Object listing = call(s3a, "getListing");
    Object request = call(listing, "createListObjectsRequest", prefix, reach.delimiter, span);
    hasRanges = canBegin(request);
    if (range.after != null) {
      request = after(request);
    }
    Method list = method(listing, "createFileStatusListingIterator", 5);
    Class<?> acceptor = list.getParameterTypes()[3];
    Object accept =
        Proxy.newProxyInstance(
            acceptor.getClassLoader(),
            new Class<?>[] {acceptor},
            (proxy, asked, arguments) -> note(asked, arguments));
    PathFilter all = path -> true;
    Path folder = s3a.makeQualified(new Path("/" + prefix));
    return (RemoteIterator<? extends FileStatus>)
        invoke(list, listing, folder, request, all, accept, span);
  }

  /** Every object and prefix becomes a status, in the order in which S3A asks about them. */
  private Object note(Method asked, Object[] arguments) throws ReflectiveOperationException {
    if (!asked.getName().equals("accept")) {
      return asked.getName().equals("hashCode") ? System.identityHashCode(this) : null;
    }
    if (arguments.length == 2) {
      keys.addLast(
          arguments[1] instanceof String prefix
              ? new Key(prefix, true)
              : new Key(objectKey(arguments[1]), false));
    }
    return true;
  }

  /** By the name that the older client has for it, too. */
  private static String objectKey(Object summary) throws ReflectiveOperationException {
    try {
      return (String) summary.getClass().getMethod("key").invoke(summary);
    } catch (NoSuchMethodException e) {
      return (String) summary.getClass().getMethod("getKey").invoke(summary);
    }
  }

  /** The older client has no such builder, and the older request no such place to begin at. */
  private static boolean canBegin(Object request) throws IOException, ReflectiveOperationException {
    try {
      return !(boolean) call(request, "isV1")
          && method(call(request, "getV2"), "toBuilder", 0) != null;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  private Object after(Object request) throws IOException, ReflectiveOperationException {
    Object v2 = call(request, "getV2");
    Method toBuilder = method(v2, "toBuilder", 0);
    Object builder = toBuilder.invoke(v2);
    // Its class is not public, the interface is.
    Class<?> type = toBuilder.getReturnType();
    type.getMethod("startAfter", String.class).invoke(builder, range.after);
    return method(request, "v2", 1).invoke(null, type.getMethod("build").invoke(builder));
  }

  private static Object call(Object of, String name, Object... arguments)
      throws IOException, ReflectiveOperationException {
    return invoke(method(of, name, arguments.length), of, arguments);
  }

  private static Object invoke(Method method, Object of, Object... arguments)
      throws IOException, ReflectiveOperationException {
    try {
      return method.invoke(of, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private static Method method(Object of, String name, int parameters)
      throws NoSuchMethodException {
    return Arrays.stream(of.getClass().getMethods())
        .filter(method -> method.getName().equals(name))
        .filter(method -> method.getParameterCount() == parameters && !method.isBridge())
        .findFirst()
        .orElseThrow(() -> new NoSuchMethodException(of.getClass().getName() + "." + name));
  }

  @Override
  public boolean hasNext() throws IOException {
    while (next == null && (within != null || statuses.hasNext())) {
      if (within != null) {
        if (within.hasNext()) {
          nextKey = within.nextKey();
          next = within.next();
        } else {
          within = null;
        }
        continue;
      }
      FileStatus status = statuses.next();
      Key key = keys.removeFirst();
      if (range.endsBefore(key.text())) {
        return false;
      }
      // Servers over folders take in// for in/, whose objects are listed anyway.
      next = key.text().startsWith(prefix) ? status(status, key) : null;
      nextKey = key.text();
    }
    return next != null;
  }

  /**
   * The key of what {@link #next} gives, or what its keys begin with.
   *
   * @throws NoSuchElementException where there is no more
   */
  String nextKey() throws IOException {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return nextKey;
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

  /** Null for marks of folders, and for a prefix that no path has: its objects come one by one. */
  private FileStatus status(FileStatus status, Key key) throws IOException {
    boolean isFolder = key.text().endsWith("/");
    String path = "/" + (isFolder ? key.text().substring(0, key.text().length() - 1) : key.text());
    boolean isNamed = path.length() > 1 && status.getPath().toUri().getPath().equals(path);
    if (!isFolder) {
      return isNamed
          ? status
          : new UnnamedFile(status.getPath(), s3a.getUri() + "/" + key.text(), PROBLEM);
    }
    if (key.isPrefix() && !isNamed) {
      try {
        within = new KeyListing(s3a, key.text(), Reach.TREE, Range.ALL);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("S3A lists no more as it did", e);
      }
    }
    return key.isPrefix() && isNamed ? status : null;
  }
}
