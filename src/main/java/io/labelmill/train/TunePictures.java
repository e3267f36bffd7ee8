package io.labelmill.train;

import io.labelmill.train.ReadSamples.Item;
import io.labelmill.train.ReadSamples.Read;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * The pictures that a training asks for, epoch by epoch. Those that are the same in each epoch are
 * made once, by all executors, and kept on their disks until this is closed. Used on the driver by
 * one thread.
 */
final class TunePictures implements AutoCloseable {
  /** Most that is kept; what shuffles bring to the executor that trains takes as much again. */
  static final long MOST_BYTES = 32L << 30;

  private static final Logger log = LoggerFactory.getLogger(TunePictures.class);

  private final JavaSparkContext context;
  private final TrainingImages images;
  private final TunedNetwork network;

  /** Numbers of the images that are kept, by their paths. */
  private final Map<String, Integer> numbers = new HashMap<>();

  private final List<Broadcast<?>> ofEpoch = new ArrayList<>();
  private Broadcast<Map<String, Item>> ofKept;
  private JavaPairRDD<Integer, Read> kept;

  /**
   * @param unchanged paths of images that are asked for in each epoch, as they are
   * @param bytesOfImage that a picture takes
   */
  TunePictures(
      JavaSparkContext context,
      TrainingImages images,
      TunedNetwork network,
      List<String> unchanged,
      long bytesOfImage) {
    this.context = context;
    this.images = images;
    this.network = network;
    String what =
        network.recipe().extent().hasFront()
            ? "what the frozen blocks make of them"
            : "their pixels";
    long bytes = unchanged.size() * bytesOfImage;
    if (bytes > MOST_BYTES) {
      log.info(
          "{} images are the same in each epoch, but {} would take {} MB, more than the {} MB that are kept: it is made anew in each epoch, by all executors",
          unchanged.size(),
          what,
          bytes >> 20,
          MOST_BYTES >> 20);
      return;
    }
    log.info(
        "{} images are the same in each epoch: {}, {} MB, is made once, by all executors, and kept on their disks",
        unchanged.size(),
        what,
        bytes >> 20);
    Map<String, Item> wanted = new HashMap<>();
    for (String path : unchanged) {
      numbers.put(path, numbers.size());
      wanted.put(path, new Item(numbers.get(path), path, 0, 0));
    }
    ofKept = context.broadcast(wanted);
    kept = read(ofKept).persist(StorageLevel.DISK_ONLY());
  }

  private JavaPairRDD<Integer, Read> read(Broadcast<Map<String, Item>> wanted) {
    return images
        .rows()
        .mapPartitionsToPair(new ReadSamples(network, wanted, images.configuration()));
  }

  /** Pictures by their places, dealt out and sorted. */
  JavaPairRDD<Integer, Read> sorted(List<Item> items, Partitioner dealt) {
    Map<String, Item> made = new HashMap<>();
    Map<Integer, Integer> places = new HashMap<>();
    for (Item item : items) {
      if (item.epoch() == 0 && numbers.containsKey(item.path())) {
        places.put(numbers.get(item.path()), item.place());
      } else {
        made.put(item.path(), item);
      }
    }
    List<JavaPairRDD<Integer, Read>> parts = new ArrayList<>();
    if (!places.isEmpty()) {
      Broadcast<Map<Integer, Integer>> broadcast = context.broadcast(places);
      ofEpoch.add(broadcast);
      parts.add(kept.mapPartitionsToPair(new Placed(broadcast)));
    }
    if (!made.isEmpty()) {
      Broadcast<Map<String, Item>> broadcast = context.broadcast(made);
      ofEpoch.add(broadcast);
      parts.add(read(broadcast));
    }
    JavaPairRDD<Integer, Read> all =
        parts.size() == 1 ? parts.get(0) : parts.get(0).union(parts.get(1));
    return all.repartitionAndSortWithinPartitions(dealt);
  }

  /** Puts what is kept into the places of an epoch. */
  private record Placed(Broadcast<Map<Integer, Integer>> places)
      implements PairFlatMapFunction<Iterator<Tuple2<Integer, Read>>, Integer, Read>, Serializable {
    @Override
    public Iterator<Tuple2<Integer, Read>> call(Iterator<Tuple2<Integer, Read>> kept) {
      Map<Integer, Integer> all = places.value();
      return WantedImages.stream(kept)
          .filter(one -> all.containsKey(one._1()))
          .map(one -> new Tuple2<>(all.get(one._1()), one._2()))
          .iterator();
    }
  }

  /** Lets go what an epoch alone needed, on the executors' disks, too. */
  void done(JavaPairRDD<Integer, Read> sorted) {
    sorted.rdd().cleanShuffleDependencies(false);
    ofEpoch.forEach(Broadcast::destroy);
    ofEpoch.clear();
  }

  @Override
  public void close() {
    ofEpoch.forEach(Broadcast::destroy);
    if (kept != null) {
      kept.unpersist();
      ofKept.destroy();
    }
  }
}
