package io.labelmill.train;

import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.source.AllowedPlaces;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageUri;
import io.labelmill.table.Location;
import io.labelmill.tune.Augmentation;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Reads and decodes images, changes those that are trained on, and brings them to one size. */
final class ReadSamples
    implements PairFlatMapFunction<Iterator<ReadSamples.Item>, Integer, ReadSamples.Read>,
        Serializable {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

  private final Broadcast<HadoopConfiguration> configuration;
  private final ProcessorConfig processor;
  private final long seed;

  /**
   * An image at its place.
   *
   * @param place in the order in which it is wanted
   * @param epoch in which it is changed, with its number among the images; 0 for as it is
   */
  record Item(int place, String path, int epoch, int image) implements Serializable {}

  /**
   * What was read.
   *
   * @param samples 0 to 255, [3, height, width]
   * @param problem why there are none; empty where there are
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Read(byte[] samples, String problem) implements Serializable {}

  ReadSamples(Broadcast<HadoopConfiguration> configuration, ProcessorConfig processor, long seed) {
    this.configuration = configuration;
    this.processor = processor;
    this.seed = seed;
  }

  @Override
  public Iterator<Tuple2<Integer, Read>> call(Iterator<Item> items) {
    ImageDecoder decoder =
        new ImageDecoder(Embedding.PLAIN.maxPixels(), Embedding.PLAIN.orientation(), DECODE_TIME);
    Preprocessor preprocessor = new Preprocessor(processor);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Tuple2<Integer, Read> next() {
        Item item = items.next();
        return new Tuple2<>(item.place, read(item, decoder, preprocessor));
      }
    };
  }

  private Read read(Item item, ImageDecoder decoder, Preprocessor preprocessor) {
    // Tables are written by others, and what they may name is the same as for a job that scores.
    Optional<String> refused = ImageUri.problem(item.path, AllowedPlaces.STORES);
    if (refused.isPresent()) {
      return new Read(new byte[0], refused.get());
    }
    try {
      Path file = Location.of(item.path).hadoop();
      byte[] encoded;
      try (InputStream in = file.getFileSystem(configuration.value().value()).open(file)) {
        encoded = in.readAllBytes();
      }
      byte[] samples =
          decoder.decode(encoded, encoded.length, picture -> samples(item, picture, preprocessor));
      return new Read(samples, "");
    } catch (IOException | IllegalArgumentException | ImageException e) {
      return new Read(new byte[0], String.valueOf(e.getMessage()));
    }
  }

  private byte[] samples(Item item, RgbImage picture, Preprocessor preprocessor) {
    byte[] samples = new byte[RgbImage.CHANNELS * preprocessor.width() * preprocessor.height()];
    if (item.epoch == 0) {
      preprocessor.samples(picture, ByteBuffer.wrap(samples));
    } else {
      Augmentation augmentation = new Augmentation(seed, item.epoch, item.image);
      preprocessor.samples(augmentation.part(picture), ByteBuffer.wrap(samples));
      augmentation.change(samples, preprocessor.width());
    }
    return samples;
  }
}
