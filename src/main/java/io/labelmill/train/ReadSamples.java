package io.labelmill.train;

import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.source.EncodedImage;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageReader;
import io.labelmill.source.ReadAhead;
import io.labelmill.tune.Augmentation;
import io.labelmill.tune.Front;
import io.labelmill.tune.Picture;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Reads and decodes images, changes those that are trained on, brings them to one size, and sends
 * them through the blocks that are not trained, where there are any.
 *
 * @param wanted images by their paths
 * @param configuration of those who named the images
 */
record ReadSamples(
    TunedNetwork network,
    Broadcast<Map<String, Item>> wanted,
    Broadcast<HadoopConfiguration> configuration)
    implements PairFlatMapFunction<Iterator<Row>, Integer, ReadSamples.Read>, Serializable {
  private static final Duration DECODE_TIME = Duration.ofSeconds(60);

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
   * @param problem why there is no picture; empty where there is one
   */
  record Read(Picture picture, String problem) implements Serializable {
    static Read failed(String problem) {
      return new Read(Picture.ofSamples(new byte[0]), problem);
    }
  }

  @Override
  public Iterator<Tuple2<Integer, Read>> call(Iterator<Row> planned) throws IOException {
    Map<String, Item> items = wanted.value();
    ProcessorConfig processor = network.processor();
    ImageDecoder decoder =
        new ImageDecoder(Embedding.PLAIN.maxPixels(), Embedding.PLAIN.orientation(), DECODE_TIME);
    Preprocessor preprocessor = new Preprocessor(processor);
    UnaryOperator<Picture> front = front();
    return new WantedImages(items.keySet(), configuration.value().value())
        .read(
            planned,
            read -> {
              Item item = items.get(WantedImages.path(read));
              return Optional.of(
                  new Tuple2<>(item.place, read(read, item, decoder, preprocessor, front)));
            });
  }

  private UnaryOperator<Picture> front() throws IOException {
    if (!network.recipe().extent().hasFront()) {
      return picture -> picture;
    }
    Front front = network.front();
    return picture -> Picture.ofState(front.state(picture.samples()));
  }

  private Read read(
      ReadAhead.Result read,
      Item item,
      ImageDecoder decoder,
      Preprocessor preprocessor,
      UnaryOperator<Picture> front) {
    if (read.failure() != null) {
      return Read.failed(read.failure().getMessage());
    }
    EncodedImage image = read.image();
    byte[] samples;
    try {
      samples =
          decoder.decode(
              image.bytes(), image.length(), picture -> samples(item, picture, preprocessor));
    } catch (ImageException e) {
      return Read.failed(ImageReader.shown(read.row(), e).getMessage());
    }
    return new Read(front.apply(Picture.ofSamples(samples)), "");
  }

  private byte[] samples(Item item, RgbImage picture, Preprocessor preprocessor) {
    byte[] samples = new byte[RgbImage.CHANNELS * preprocessor.width() * preprocessor.height()];
    if (item.epoch == 0) {
      preprocessor.samples(picture, ByteBuffer.wrap(samples));
    } else {
      Augmentation augmentation = new Augmentation(network.recipe().seed(), item.epoch, item.image);
      preprocessor.samples(augmentation.part(picture), ByteBuffer.wrap(samples));
      augmentation.change(samples, preprocessor.width());
    }
    return samples;
  }
}
