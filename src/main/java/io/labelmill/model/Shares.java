package io.labelmill.model;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Values that several have at once. Each is opened for the first who asks for it, and closed when
 * the last one's {@link Share} of it is closed, or can't be reached any more. Thread-safe.
 *
 * @param <K> what tells values apart
 */
public final class Shares<K, V extends Closeable> {
  private static final Logger log = LoggerFactory.getLogger(Shares.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final Map<K, Entry<V>> entries = new HashMap<>();

  /** Guarded by the lock of all. */
  private static final class Entry<V> {
    private final V value;
    private int holders;

    Entry(V value) {
      this.value = value;
    }
  }

  public interface Opening<V> {
    V open() throws IOException;
  }

  /** One holder's part in a value. Closing it twice does nothing. */
  public static final class Share<V> implements Closeable {
    private final V value;
    private final Cleaner.Cleanable release;
    private volatile boolean closed;

    private Share(V value, Runnable release) {
      this.value = value;
      this.release = CLEANER.register(this, release);
    }

    /**
     * The value, which is open as long as this share is: keep the share, not the value.
     *
     * @throws IllegalStateException if this share is closed
     */
    public V value() {
      if (closed) {
        throw new IllegalStateException("a closed share has no value");
      }
      return value;
    }

    public boolean isClosed() {
      return closed;
    }

    @Override
    public void close() {
      closed = true;
      release.clean();
    }
  }

  /**
   * A share of the value for a key.
   *
   * @param opening asked where nobody has it
   * @throws IOException as {@code opening}; nothing is kept then
   */
  public synchronized Share<V> share(K key, Opening<V> opening) throws IOException {
    Entry<V> entry = entries.get(key);
    if (entry == null) {
      entry = new Entry<>(opening.open());
      entries.put(key, entry);
    }
    entry.holders++;
    Entry<V> shared = entry;
    return new Share<>(entry.value, () -> release(key, shared));
  }

  public synchronized int size() {
    return entries.size();
  }

  private void release(K key, Entry<V> entry) {
    synchronized (this) {
      entry.holders--;
      if (entry.holders > 0) {
        return;
      }
      entries.remove(key, entry);
    }
    try {
      entry.value.close();
    } catch (IOException | RuntimeException e) {
      // As often as not nobody waits for this; what is left lies in Spark's scratch folders.
      log.warn("{} could not be freed: {}", key, e.toString());
    }
  }
}
