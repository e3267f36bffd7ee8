package io.labelmill.model;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BroadcastBlockId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The files of a graph on their way to the executors: pieces of some megabytes, each a torrent
 * broadcast of its own.
 *
 * <p>One broadcast of the whole model would lie on the heap of driver and executors several times
 * over. Of small pieces each executor holds one at a time: it writes it at its offset into a local
 * file, from which the session opens, and keeps it only as an evictable block, in the compressed
 * form in which it serves the other executors. Every executor reads the pieces in an order of its
 * own, since in step they would all ask the driver for the same one.
 *
 * <p>Where tasks run in the driver's JVM nothing is broadcast: the session opens from the driver's
 * files.
 */
public final class BroadcastModel implements Serializable, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BroadcastModel.class);

  /** Below a block of Spark's broadcast, 4 MiB, whatever serialisation and compression add. */
  private static final int PIECE_BYTES = (4 << 20) - (64 << 10);

  private final String id = UUID.randomUUID().toString();

  /** Null where nothing is broadcast, and everywhere but on the driver. */
  private final transient SparkContext spark;

  private final ModelBundle bundle;
  private final List<Piece> pieces;

  private record Piece(String file, long offset, Broadcast<byte[]> bytes) implements Serializable {}

  private BroadcastModel(SparkContext spark, ModelBundle bundle, List<Piece> pieces) {
    this.spark = spark;
    this.bundle = bundle;
    this.pieces = pieces;
  }

  /**
   * Broadcasts a bundle. The files must stay in their folder until this is closed.
   *
   * @throws IOException if the files can't be read
   */
  public static BroadcastModel of(JavaSparkContext spark, ModelBundle bundle) throws IOException {
    if (spark.isLocal()) {
      return inDriver(bundle);
    }
    List<Piece> pieces = new ArrayList<>();
    for (String file : bundle.files()) {
      broadcast(spark, bundle.folder(), file, pieces);
    }
    log.info("Broadcast the model in {} pieces", pieces.size());
    return new BroadcastModel(spark.sc(), bundle, pieces);
  }

  /** A bundle whose tasks run in this JVM, and use the driver's files. */
  public static BroadcastModel inDriver(ModelBundle bundle) {
    return new BroadcastModel(null, bundle, List.of());
  }

  private static void broadcast(
      JavaSparkContext spark, Path folder, String file, List<Piece> pieces) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(folder.resolve(file))) {
      long size = channel.size();
      byte[] piece = new byte[(int) Math.min(PIECE_BYTES, size)];
      for (long offset = 0; offset < size; offset += piece.length) {
        if (size - offset < piece.length) {
          piece = new byte[(int) (size - offset)];
        }
        ByteBuffer buffer = ByteBuffer.wrap(piece);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        if (buffer.hasRemaining()) {
          throw new IOException(folder.resolve(file) + " became shorter while it was broadcast");
        }
        pieces.add(new Piece(file, offset, broadcast(spark, piece)));
      }
    }
  }

  /**
   * As {@code spark.broadcast} does, but keeps what is served only: the driver never asks for the
   * value itself, and would have every piece twice. Nor may it ask, since the array is used again:
   * a new one for each piece would grow the driver's heap by the size of the model.
   */
  private static Broadcast<byte[]> broadcast(JavaSparkContext spark, byte[] piece) {
    return spark.sc().broadcastInternal(piece, true, ClassTag$.MODULE$.apply(byte[].class));
  }

  /** Names this broadcast within the application. */
  public String id() {
    return id;
  }

  public ModelBundle bundle() {
    return bundle;
  }

  /**
   * The folder with the graph's files in the JVM that asks: the driver's own, or a new one on this
   * executor's scratch disk, filled from the broadcast.
   */
  Path localFolder() throws IOException {
    if (inDriver()) {
      return bundle.folder();
    }
    Path folder = Folders.scratch();
    long start = System.nanoTime();
    Folders.keptIfDone(folder, () -> receive(folder));
    log.info(
        "Received the model, {} pieces, in {} ms",
        pieces.size(),
        (System.nanoTime() - start) / 1_000_000);
    return folder;
  }

  private Path receive(Path folder) throws IOException {
    List<Piece> shuffled = new ArrayList<>(pieces);
    Collections.shuffle(shuffled);
    SerializerInstance serializer = SparkEnv.get().closureSerializer().newInstance();
    ClassTag<Broadcast<byte[]>> tag = ClassTag$.MODULE$.apply(Broadcast.class);
    for (Piece piece : shuffled) {
      try (RandomAccessFile file =
          new RandomAccessFile(folder.resolve(piece.file).toFile(), "rw")) {
        file.seek(piece.offset);
        // A broadcast keeps its value until memory is short; a copy of the broadcast goes at once.
        Broadcast<byte[]> copy =
            serializer.deserialize(serializer.serialize(piece.bytes, tag), tag);
        file.write(copy.value());
      }
      forgetValue(piece);
    }
    return folder;
  }

  /** Spark keeps a value beside the blocks it came in, for tasks that ask again: none does here. */
  private static void forgetValue(Piece piece) {
    BroadcastBlockId value = new BroadcastBlockId(piece.bytes.id(), "");
    BlockManager blocks = SparkEnv.get().blockManager();
    if (blocks.getStatus(value).isDefined()) {
      blocks.removeBlock(value, false);
    }
  }

  /** Whether this JVM is the driver's, whose files are never removed by a task. */
  static boolean inDriver() {
    return SparkEnv.get() == null || "driver".equals(SparkEnv.get().executorId());
  }

  /**
   * Frees the pieces on the executors, once these have opened their sessions. The driver keeps its
   * own, on disk where memory is short, for executors that come later.
   */
  public void unpersist() {
    for (Piece piece : pieces) {
      piece.bytes.unpersist(false);
    }
  }

  /** Frees the pieces everywhere, and the session that tasks in this JVM have opened. */
  @Override
  public void close() {
    // What another application broadcasts in this JVM later has the same numbers.
    if (spark != null && !spark.isStopped()) {
      pieces.forEach(piece -> piece.bytes.destroy());
    }
    ExecutorModels.close(id);
  }
}
