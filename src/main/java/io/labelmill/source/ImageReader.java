package io.labelmill.source;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.sql.Row;

/**
 * Reads the bytes of plan rows. A listed file costs one GET, a path from a table one HEAD and one
 * GET, an address one GET; inline content is taken from the row.
 *
 * <p>Safe for use by several threads, each with its own buffer. It holds nothing that is to be
 * closed: Hadoop shares its file systems in the JVM.
 */
public final class ImageReader {
  /** Longest encoded image that is read, in bytes; a longer one is TOO_LARGE. */
  public static final int MAX_BYTES = 256 << 20;

  /** What stores say of an object that has to be brought back first: Amazon's, Azure's. */
  private static final List<String> IN_ARCHIVE = List.of("InvalidObjectState", "BlobArchived");

  private final Configuration configuration;
  private final int maxBytes;
  private final HttpImages http;

  /** Archives that were looked at since they were indexed: once for all their members. */
  private final Set<String> unchangedArchives = ConcurrentHashMap.newKeySet();

  /** Gives memory to a read, as soon as its length is known. */
  @FunctionalInterface
  public interface Buffers {
    /**
     * An array of at least this length, maybe after a wait.
     *
     * @throws InterruptedIOException when the thread is interrupted meanwhile
     */
    byte[] take(int length) throws InterruptedIOException;

    /**
     * A longer array that begins with what the one taken holds; that one is not to be used any
     * more. For contents whose length is not known before.
     *
     * @throws InterruptedIOException as {@link #take}
     */
    default byte[] extend(byte[] taken, int length) throws InterruptedIOException {
      byte[] longer = take(length);
      System.arraycopy(taken, 0, longer, 0, taken.length);
      return longer;
    }
  }

  /**
   * @param configuration of the file systems; of an {@link ImageSource} it has the allowed hosts
   *     too
   */
  public ImageReader(Configuration configuration) {
    this(configuration, MAX_BYTES, HttpImages.Patience.OF_USERS);
  }

  ImageReader(Configuration configuration, int maxBytes, HttpImages.Patience patience) {
    this.configuration = configuration;
    this.maxBytes = maxBytes;
    this.http = new HttpImages(ReadSettings.of(configuration), maxBytes, patience);
  }

  /**
   * The whole image of a plan row.
   *
   * @param buffers give the memory for a file; not asked for inline content
   * @return an image whose bytes are the buffer, or the row's own content
   * @throws ImageException INVALID_INPUT, NOT_FOUND, ACCESS_DENIED, READ_FAILED, TIMED_OUT or
   *     TOO_LARGE; its sentence names the path and has no credentials
   * @throws UsageException for a file of a machine whose names this JVM can't tell
   */
  public EncodedImage read(Row row, Buffers buffers) throws ImageException {
    if (!row.isNullAt(PlanColumns.PROBLEM)) {
      throw new ImageException(Status.INVALID_INPUT, row.getString(PlanColumns.PROBLEM));
    }
    return row.isNullAt(PlanColumns.LOCATION) ? inline(row) : stored(row, buffers);
  }

  private EncodedImage inline(Row row) throws ImageException {
    Object content = row.get(PlanColumns.CONTENT);
    if (content == null) {
      throw new ImageException(Status.INVALID_INPUT, "The content is null.");
    }
    byte[] bytes = content instanceof byte[] binary ? binary : decoded((String) content);
    if (bytes.length > maxBytes) {
      throw tooLarge("The content", bytes.length);
    }
    String version = row.getString(PlanColumns.VERSION);
    return new EncodedImage(bytes, bytes.length, version == null ? Sha256.of(bytes) : version);
  }

  /** The bytes of base64 text, standard or URL-safe, padded or not, or of a {@code data:} URI. */
  static byte[] decoded(String text) throws ImageException {
    String base64 = text.strip();
    if (base64.regionMatches(true, 0, "data:", 0, 5)) {
      int comma = base64.indexOf(',');
      if (comma < 0) {
        throw new ImageException(
            Status.INVALID_INPUT, "The data: URI has no comma: " + Location.of(base64).redacted());
      }
      if (!base64.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
        throw new ImageException(
            Status.INVALID_INPUT, "The data: URI is not base64: " + Location.of(base64).redacted());
      }
      base64 = base64.substring(comma + 1);
    }
    if (base64.isEmpty()) {
      throw new ImageException(Status.INVALID_INPUT, "The content is empty.");
    }
    // Lines are broken in MIME; the URL-safe alphabet differs in two characters.
    String standard = base64.replaceAll("\\s", "").replace('-', '+').replace('_', '/');
    try {
      return Base64.getDecoder().decode(standard);
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          Status.INVALID_INPUT,
          "The content is not base64 (" + e.getMessage() + "): " + beginning(text.strip()));
    }
  }

  /** What is shown of a content, which of a data: URI is what it says that it holds. */
  private static String beginning(String text) {
    if (text.regionMatches(true, 0, "data:", 0, 5)) {
      return Location.of(text).redacted();
    }
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  private EncodedImage stored(Row row, Buffers buffers) throws ImageException {
    String given = row.getString(PlanColumns.PATH);
    String location = row.getString(PlanColumns.LOCATION);
    try {
      if (AllowedHosts.isHttp(location)) {
        return http.read(location, row.getString(PlanColumns.VERSION), buffers);
      }
      Optional<ArchiveMember> member = ArchiveMember.at(location);
      if (member.isPresent()) {
        return member(given, member.get(), buffers);
      }
      Path path = new Path(location);
      FileSystem fileSystem = unchecked(path.getFileSystem(configuration));
      FileNames.check(fileSystem, path);
      boolean listed = !row.isNullAt(PlanColumns.LENGTH);
      FileStatus status =
          listed
              ? new FileStatus(
                  row.getLong(PlanColumns.LENGTH),
                  false,
                  0,
                  0,
                  row.getLong(PlanColumns.MODIFICATION_TIME),
                  path)
              : status(fileSystem, path);
      if (status.isDirectory()) {
        throw new ImageException(
            Status.INVALID_INPUT, "The path is a folder: " + Location.of(given).redacted());
      }
      if (status.getLen() > maxBytes) {
        throw tooLarge("The file " + Location.of(given).redacted(), status.getLen());
      }
      String version = row.getString(PlanColumns.VERSION);
      try (FSDataInputStream in = open(fileSystem, status, "whole-file")) {
        return whole(
            in,
            status,
            buffers,
            version == null ? status.getLen() + "-" + status.getModificationTime() : version);
      }
    } catch (UsageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw AllowedHosts.isHttp(location) ? webFailure(given, e) : failure(given, e);
    }
  }

  /**
   * The status of a file, which a table may name in other letters than its store does: as a URI,
   * escaped, as Spark's {@code input_file_name()} does, or with accents encoded otherwise, as names
   * are that went through macOS.
   *
   * @throws FileNotFoundException naming what was given, where there is no file of any such name
   */
  static FileStatus status(FileSystem fileSystem, Path path) throws IOException {
    try {
      return fileSystem.getFileStatus(path);
    } catch (FileNotFoundException e) {
      for (Path other : ImageUri.spellings(path)) {
        try {
          return fileSystem.getFileStatus(other);
        } catch (FileNotFoundException again) {
          e.addSuppressed(again);
        }
      }
      throw e;
    }
  }

  private EncodedImage member(String given, ArchiveMember member, Buffers buffers)
      throws ImageException, IOException {
    if (member.length() > maxBytes) {
      throw tooLarge("The member " + Location.of(given).redacted(), member.length());
    }
    FileStatus archive = member.status();
    if (!unchangedArchives.contains(member.archive())) {
      FileSystem fileSystem = archive.getPath().getFileSystem(configuration);
      FileNames.check(fileSystem, archive.getPath());
      FileStatus now = fileSystem.getFileStatus(archive.getPath());
      if (now.getLen() != archive.getLen()
          || now.getModificationTime() != archive.getModificationTime()) {
        throw new IOException("its archive changed meanwhile");
      }
      unchangedArchives.add(member.archive());
    }
    try (FSDataInputStream in = opened(archive.getPath(), archive, configuration, "random")) {
      byte[] bytes = buffers.take((int) member.length());
      member.read(in, bytes);
      return new EncodedImage(bytes, (int) member.length(), member.version());
    } catch (ZipException e) {
      throw sentence(
          Status.UNDECODABLE, "It cannot be inflated: ", given, FailureReason.ofStore(e));
    }
  }

  /** Opens a file whose status is known, to be read as a policy of Hadoop's says. */
  static FSDataInputStream opened(
      Path path, FileStatus status, Configuration configuration, String policy) throws IOException {
    FileSystem fileSystem = path.getFileSystem(configuration);
    FileNames.check(fileSystem, path);
    return open(unchecked(fileSystem), status, policy);
  }

  /**
   * Hadoop looks beside each local file for one with its checksums, which takes a third of the
   * read, and which only Hadoop writes: a picture that is damaged shows as it is decoded.
   */
  private static FileSystem unchecked(FileSystem fileSystem) {
    return fileSystem instanceof LocalFileSystem local ? local.getRaw() : fileSystem;
  }

  /** Opens without asking for the status again, where the file system knows how. */
  private static FSDataInputStream open(FileSystem fileSystem, FileStatus status, String policy)
      throws IOException {
    try {
      return fileSystem
          .openFile(status.getPath())
          .withFileStatus(status)
          .opt("fs.option.openfile.length", Long.toString(status.getLen()))
          .opt("fs.option.openfile.read.policy", policy)
          .build()
          .get();
    } catch (ExecutionException | CancellationException e) {
      if (e.getCause() instanceof OutOfMemoryError full) {
        throw full;
      }
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private static EncodedImage whole(
      InputStream in, FileStatus status, Buffers buffers, String contentVersion)
      throws IOException {
    int length = (int) status.getLen();
    byte[] bytes = buffers.take(length);
    int read = in.readNBytes(bytes, 0, length);
    if (read < length) {
      throw new IOException("it ended after " + read + " of " + length + " bytes");
    }
    if (in.read() >= 0) {
      throw new IOException(
          "it is longer than the " + length + " bytes it had: it changed meanwhile");
    }
    return new EncodedImage(bytes, length, contentVersion);
  }

  /**
   * How a content that is no image is shown in its row. Of a file its first letters help to see
   * what it is; of what a web server answered they are not for whoever wrote its address.
   */
  public static ImageException shown(Row planned, ImageException failure) {
    String location = planned.getString(PlanColumns.LOCATION);
    if (failure.status() != Status.NOT_AN_IMAGE
        || location == null
        || !AllowedHosts.isHttp(location)) {
      return failure;
    }
    String kind = failure.getMessage().replaceFirst("(?s)( \\(|;| of type ').*", "");
    return new ImageException(failure.status(), kind.endsWith(".") ? kind : kind + ".");
  }

  private ImageException tooLarge(String what, long length) {
    return new ImageException(
        Status.TOO_LARGE,
        what + " has " + length + " bytes, more than the " + maxBytes + " that are read.");
  }

  /** The status of a failure, by the first of its causes that tells. */
  private static ImageException failure(String given, Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (IN_ARCHIVE.stream().anyMatch(message::contains)) {
        return new ImageException(
            Status.ARCHIVED, "It is archived: restore it first: " + Location.of(given).redacted());
      }
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      Optional<Failed> failed = Failed.of(cause);
      if (failed.isPresent()) {
        return sentence(
            failed.get().status, failed.get().before, given, FailureReason.ofStore(cause));
      }
    }
    return sentence(Status.READ_FAILED, "Reading failed: ", given, FailureReason.ofStore(e));
  }

  private static ImageException webFailure(String given, Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException || cause instanceof HttpTimeoutException) {
        return sentence(
            Status.TIMED_OUT, "Reading took too long: ", given, FailureReason.ofAddress(e));
      }
    }
    return sentence(Status.READ_FAILED, "Reading failed: ", given, FailureReason.ofAddress(e));
  }

  /** What exceptions of file systems mean. */
  private record Failed(Status status, String before) {
    static Optional<Failed> of(Throwable cause) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof AccessControlException
          || cause instanceof AccessDeniedException
          || (cause instanceof FileNotFoundException && message.contains("Permission denied"))) {
        return Optional.of(new Failed(Status.ACCESS_DENIED, "Access is denied to "));
      }
      if (cause instanceof FileNotFoundException || cause instanceof NoSuchFileException) {
        return Optional.of(new Failed(Status.NOT_FOUND, "There is no file "));
      }
      if (cause instanceof UnsupportedFileSystemException) {
        return Optional.of(new Failed(Status.INVALID_INPUT, "No file system reads "));
      }
      if (cause instanceof SocketTimeoutException) {
        return Optional.of(new Failed(Status.TIMED_OUT, "Reading took too long: "));
      }
      return Optional.empty();
    }
  }

  private static ImageException sentence(
      Status status, String before, String given, String reason) {
    return new ImageException(status, before + Location.of(given).redacted() + " (" + reason + ")");
  }
}
