package io.labelmill.hub;

import io.labelmill.error.InputException;
import io.labelmill.hub.HubClient.Body;
import io.labelmill.hub.HubClient.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The download of one commit's files. A file is written beside its blob, at the position where an
 * earlier attempt ended; it becomes the blob when its length and hash are what the hub says. Safe
 * for use by several threads.
 */
record Download(HubName name, String commit, HubClient client, HubCache cache) {
  private static final Logger log = LoggerFactory.getLogger(Download.class);

  /** What all files together have come to. */
  static final class Tally {
    private final AtomicLong bytes;
    private final long totalBytes;
    private final DownloadProgress progress;

    private Tally(long bytes, long totalBytes, DownloadProgress progress) {
      this.bytes = new AtomicLong(bytes);
      this.totalBytes = totalBytes;
      this.progress = progress;
      progress.advanced(bytes, totalBytes);
    }

    private void add(long more) {
      progress.advanced(bytes.addAndGet(more), totalBytes);
    }
  }

  RemoteFile describe(String file) throws IOException {
    return client.describe(name, commit, file);
  }

  /**
   * Makes room for files.
   *
   * @throws InputException if the disk has too little
   */
  Tally begin(List<RemoteFile> files, DownloadProgress progress) throws IOException {
    long present = 0;
    long total = 0;
    boolean isAllThere = true;
    for (RemoteFile file : files) {
      present += cache.presentBytes(commit, file);
      total += file.bytes();
      isAllThere &= cache.hasPointer(commit, file);
    }
    if (!isAllThere) {
      try {
        cache.prepare(commit);
      } catch (IOException e) {
        throw cache.notWritten(name, e, total - present);
      }
      cache.requireSpace(name, total - present);
    }
    return new Tally(present, total, progress);
  }

  /** Brings a file into the snapshot, unless it is there. */
  void fetch(RemoteFile file, Tally tally) throws IOException {
    if (cache.hasPointer(commit, file)) {
      return;
    }
    CacheLock lock = locked(file);
    try {
      // Another process may have brought it while this one waited.
      if (!cache.hasBlob(file)) {
        complete(file, tally);
      }
      point(file);
    } finally {
      lock.close();
    }
  }

  private void point(RemoteFile file) {
    try {
      cache.point(commit, file);
    } catch (IOException e) {
      throw cache.notWritten(name, e, 0);
    }
  }

  private CacheLock locked(RemoteFile file) throws IOException {
    try {
      return cache.lock(file);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      throw cache.notWritten(name, e, 0);
    }
  }

  private void complete(RemoteFile file, Tally tally) throws IOException {
    Path incomplete = cache.incomplete(file);
    receive(file, incomplete, tally);
    String hash = ContentHash.of(incomplete, file.etag());
    if (!hash.equals(file.etag())) {
      // What an earlier, broken download left may be to blame.
      log.warn(
          "{} has {} {}, not {}: downloading it again",
          file.name(),
          ContentHash.kind(hash),
          hash,
          file.etag());
      tally.add(-file.bytes());
      Files.delete(incomplete);
      receive(file, incomplete, tally);
      hash = ContentHash.of(incomplete, file.etag());
    }
    if (!hash.equals(file.etag())) {
      Files.delete(incomplete);
      throw new InputException(
          "%s: %s came with the %s %s, and the hub says %s; nothing of it is kept. A proxy or mirror between may have another file."
              .formatted(name, file.name(), ContentHash.kind(hash), hash, file.etag()));
    }
    try {
      Files.move(
          incomplete,
          cache.blob(file),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw cache.notWritten(name, e, 0);
    }
  }

  /** Receives what is missing, in as many attempts as it takes. */
  private void receive(RemoteFile file, Path incomplete, Tally tally) throws IOException {
    Retries retries = client.retries("GET", client.file(name, commit, file.name()));
    try (FileChannel out = open(file, incomplete)) {
      retries.run(
          () -> {
            receive(file, out, tally, retries);
            return file;
          });
    }
  }

  private FileChannel open(RemoteFile file, Path incomplete) {
    try {
      return FileChannel.open(incomplete, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw cache.notWritten(name, e, file.bytes());
    }
  }

  private void receive(RemoteFile file, FileChannel out, Tally tally, Retries retries)
      throws IOException {
    long position = out.size();
    retries.reached(Math.min(position, file.bytes()));
    if (position > file.bytes()) {
      position = restart(out, file.bytes(), tally);
    }
    if (position < file.bytes()) {
      Body body = client.open(name, commit, file.name(), position);
      try (InputStream content = body.content()) {
        if (body.from() < position) {
          position = restart(out, position, tally);
        }
        byte[] buffer = new byte[1 << 16];
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
          if (position + read > file.bytes()) {
            restart(out, position, tally);
            throw new IOException(
                "more than the %d bytes that it has came".formatted(file.bytes()));
          }
          write(file, out, ByteBuffer.wrap(buffer, 0, read), position);
          position += read;
          tally.add(read);
          retries.reached(position);
        }
      }
    }
    if (position < file.bytes()) {
      throw new IOException(
          "the connection ended after %d of %d bytes".formatted(position, file.bytes()));
    }
    out.force(true);
  }

  private static long restart(FileChannel out, long counted, Tally tally) throws IOException {
    out.truncate(0);
    tally.add(-counted);
    return 0;
  }

  private void write(RemoteFile file, FileChannel out, ByteBuffer bytes, long position) {
    try {
      long at = position;
      while (bytes.hasRemaining()) {
        at += out.write(bytes, at);
      }
    } catch (IOException e) {
      throw cache.notWritten(name, e, file.bytes() - position);
    }
  }
}
