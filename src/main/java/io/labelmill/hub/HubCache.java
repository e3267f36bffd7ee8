package io.labelmill.hub;

import io.labelmill.checkpoint.CheckpointFiles;
import io.labelmill.error.Cause;
import io.labelmill.error.OutageException;
import io.labelmill.hub.HubClient.RemoteFile;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One repository's part of the cache, laid out as the Python client does it, so that both share
 * files:
 *
 * <pre>
 * .locks/models--ORG--NAME/ETAG.lock
 * models--ORG--NAME/blobs/ETAG                  contents
 * models--ORG--NAME/refs/main                   the commit that it was when last asked for
 * models--ORG--NAME/snapshots/COMMIT/config.json -> ../../blobs/ETAG
 * </pre>
 *
 * <p>Beside a blob, {@code ETAG.labelmill.incomplete} is what has come of it so far. The name is
 * our own: the Python client gives each process a file of its own and does not resume.
 */
final class HubCache {
  private static final Logger log = LoggerFactory.getLogger(HubCache.class);

  static final String CONFIG = "config.json";
  static final String PROCESSOR = "preprocessor_config.json";

  /** Where a model says how pictures are prepared; the second since Transformers 5. */
  static final List<String> PROCESSORS = List.of(PROCESSOR, "processor_config.json");

  private final Path cache;
  private final String folderName;
  private final Path folder;
  private final ToLongFunction<Path> freeBytes;

  HubCache(Path cache, HubName name, ToLongFunction<Path> freeBytes) {
    this.cache = cache;
    this.freeBytes = freeBytes;
    folderName = name.cacheFolder();
    folder = cache.resolve(folderName);
  }

  /** Bytes that may still be written where a path is; unlimited where nobody knows. */
  static long usableBytes(Path path) {
    try {
      long bytes = Files.getFileStore(path).getUsableSpace();
      // Some network file systems say 0 when they don't know.
      return bytes == 0 ? Long.MAX_VALUE : bytes;
    } catch (IOException e) {
      log.debug("the free space at {} is unknown", path, e);
      return Long.MAX_VALUE;
    }
  }

  Path root() {
    return cache;
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  /** Names of the files that a snapshot has, those of folders with slashes. */
  List<String> files(String commit) throws IOException {
    Path snapshot = snapshot(commit);
    if (!Files.isDirectory(snapshot)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(snapshot)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> snapshot.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  Path blob(RemoteFile file) {
    return folder.resolve("blobs").resolve(file.etag());
  }

  Path incomplete(RemoteFile file) {
    return folder.resolve("blobs").resolve(file.etag() + ".labelmill.incomplete");
  }

  CacheLock lock(RemoteFile file) throws IOException {
    return CacheLock.acquire(
        cache.resolve(".locks").resolve(folderName).resolve(file.etag() + ".lock"));
  }

  /** Whether a snapshot has a file, whole as far as its length tells. */
  boolean hasPointer(String commit, RemoteFile file) throws IOException {
    return hasBytes(snapshot(commit).resolve(file.name()), file.bytes());
  }

  boolean hasBlob(RemoteFile file) throws IOException {
    return hasBytes(blob(file), file.bytes());
  }

  long presentBytes(String commit, RemoteFile file) throws IOException {
    if (hasPointer(commit, file) || hasBlob(file)) {
      return file.bytes();
    }
    Path incomplete = incomplete(file);
    return Files.isRegularFile(incomplete) ? Math.min(Files.size(incomplete), file.bytes()) : 0;
  }

  private static boolean hasBytes(Path file, long bytes) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == bytes;
  }

  /** Makes the folders of a download. */
  void prepare(String commit) throws IOException {
    Files.createDirectories(folder.resolve("blobs"));
    Files.createDirectories(snapshot(commit));
    try {
      // What backup programs look for, see bford.info/cachedir.
      Files.writeString(
          cache.resolve("CACHEDIR.TAG"),
          "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of files from the Hugging Face hub.\n",
          StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      // Somebody was here before.
    }
  }

  /** Lets a snapshot show a blob under the file's name, in place of what the name showed before. */
  void point(String commit, RemoteFile file) throws IOException {
    Path pointer = snapshot(commit).resolve(file.name());
    Path beside = pointer.resolveSibling(pointer.getFileName() + "." + UUID.randomUUID() + ".tmp");
    Files.createDirectories(pointer.getParent());
    try {
      try {
        Files.createSymbolicLink(beside, pointer.getParent().relativize(blob(file)));
      } catch (UnsupportedOperationException | IOException e) {
        log.info("{} takes no symbolic links ({}): the file is copied", folder, e.toString());
        Files.copy(blob(file), beside, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(
          beside, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** Notes which commit a branch or tag is. */
  void remember(String revision, String commit) throws IOException {
    if (revision.equals(commit) || commitOf(revision).equals(Optional.of(commit))) {
      return;
    }
    Path ref = ref(revision);
    Path beside = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID() + ".tmp");
    Files.createDirectories(ref.getParent());
    try {
      Files.writeString(beside, commit);
      Files.move(beside, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** The commit that a revision was when it was last asked for. */
  Optional<String> commitOf(String revision) throws IOException {
    if (HubName.isCommit(revision)) {
      return Optional.of(revision);
    }
    Path ref = ref(revision);
    return Files.isRegularFile(ref)
        ? Optional.of(Files.readString(ref, StandardCharsets.UTF_8).strip())
            .filter(HubName::isCommit)
        : Optional.empty();
  }

  private Path ref(String revision) {
    return folder.resolve("refs").resolve(revision);
  }

  /**
   * The names of what a snapshot lacks of a checkpoint: config.json and one set of weights, with
   * all shards of it, or what a graph keeps outside of itself.
   *
   * @param weights names of weights, of which one is enough
   */
  List<String> missing(String commit, List<String> weights) {
    Path snapshot = snapshot(commit);
    List<String> missing = new ArrayList<>();
    if (!Files.isRegularFile(snapshot.resolve(CONFIG))) {
      missing.add(CONFIG);
    }
    Optional<String> found =
        weights.stream().filter(name -> Files.isRegularFile(snapshot.resolve(name))).findFirst();
    if (found.isEmpty()) {
      missing.add(weights.get(0));
    } else {
      partsBeside(commit, found.get()).stream()
          .filter(part -> !Files.isRegularFile(snapshot.resolve(part)))
          .forEach(missing::add);
    }
    return missing;
  }

  /**
   * The names of what a file of a snapshot needs beside it: the shards of an index, or the files
   * that hold a graph's numbers.
   *
   * @param weights name of a file that is there
   * @throws InputException if it can't be read
   */
  List<String> partsBeside(String commit, String weights) {
    Path file = snapshot(commit).resolve(weights);
    List<String> parts =
        CheckpointFiles.isIndex(weights)
            ? CheckpointFiles.shards(file)
            : CheckpointFiles.graphs().contains(weights)
                ? CheckpointFiles.dataFiles(file)
                : List.of();
    String folder = weights.substring(0, weights.lastIndexOf('/') + 1);
    return parts.stream().map(folder::concat).toList();
  }

  /**
   * @throws OutageException unless so much more fits
   */
  void requireSpace(HubName name, long bytes) {
    long free = freeBytes.applyAsLong(folder);
    if (bytes > free) {
      throw new OutageException(
          "%s: %.1f MB are still to be downloaded, and the disk of %s has %.1f MB left: free some, or name another cache by HF_HUB_CACHE."
              .formatted(name, bytes / 1e6, cache, free / 1e6));
    }
  }

  /** What a failure to write means to the user. */
  RuntimeException notWritten(HubName name, IOException failure, long missingBytes) {
    if (failure instanceof ClosedByInterruptException) {
      return new OutageException("%s: the download was interrupted.".formatted(name), failure);
    }
    requireSpace(name, missingBytes);
    if (String.valueOf(failure.getMessage()).contains("No space left")) {
      return new OutageException(
          "%s: the disk of %s is full: free some space, or name another cache by HF_HUB_CACHE."
              .formatted(name, cache),
          failure);
    }
    return Cause.failure(
        "%s: the cache %s can't be written: %s. HF_HUB_CACHE names another."
            .formatted(name, cache, reason(failure)),
        failure);
  }

  /** Exceptions of file systems often say nothing but the file's name. */
  private static String reason(IOException failure) {
    String reason =
        failure.getClass() == IOException.class ? "" : failure.getClass().getSimpleName();
    if (failure instanceof NoSuchFileException) {
      reason = "something else removes files there";
    }
    return (reason.isEmpty() ? "" : reason + ", ") + Retries.reason(failure);
  }
}
