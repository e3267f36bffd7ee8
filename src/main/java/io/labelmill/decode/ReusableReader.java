package io.labelmill.decode;

import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/** One ImageIO reader of a known provider, kept from picture to picture until one fails in it. */
final class ReusableReader {
  private final String format;
  private final String classPrefix;
  private ImageReader reader;

  /** What to do with the reader once its input is set. */
  interface Reading<T> {
    T with(ImageReader reader) throws IOException;
  }

  /**
   * @param format a format name of ImageIO
   * @param classPrefix how the provider's class name begins; several may read one format
   */
  ReusableReader(String format, String classPrefix) {
    this.format = format;
    this.classPrefix = classPrefix;
  }

  /**
   * Reads; whatever the reader throws at a broken file comes out as an {@link IOException}.
   *
   * <p>Readers of ImageIO answer broken files with any unchecked exception: here, where their code
   * is called, all of that means a broken file.
   */
  <T> T read(EncodedStream input, Reading<T> reading) throws IOException {
    if (reader == null) {
      reader = provider().createReaderInstance();
    }
    boolean done = false;
    try {
      reader.setInput(input, true, true);
      T result = reading.with(reader);
      done = true;
      return result;
    } catch (ImageDecoder.UseFailed e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IOException("the " + format + " reader failed: " + e, e);
    } catch (StackOverflowError e) {
      throw new IOException("the " + format + " reader failed: structures too deep", e);
    } finally {
      if (done) {
        reader.reset();
      } else {
        reader.dispose();
        reader = null;
      }
    }
  }

  private ImageReaderSpi provider() {
    Iterator<ImageReaderSpi> providers =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
    while (providers.hasNext()) {
      ImageReaderSpi provider = providers.next();
      if (provider.getClass().getName().startsWith(classPrefix)) {
        for (String name : provider.getFormatNames()) {
          if (name.equalsIgnoreCase(format)) {
            return provider;
          }
        }
      }
    }
    throw new IllegalStateException("no ImageIO reader for " + format + " in " + classPrefix);
  }
}
