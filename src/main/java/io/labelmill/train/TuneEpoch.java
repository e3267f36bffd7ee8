package io.labelmill.train;

import io.labelmill.score.TaskSlots;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.train.ReadSamples.Read;
import io.labelmill.tune.Picture;
import io.labelmill.tune.Sample;
import io.labelmill.tune.Tuner;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Trains an epoch in the tasks that do so, each on its share of the images, and says what the
 * network makes of the images behind those. The network stays in the executor from epoch to epoch;
 * another executor takes it from where the last epoch left it.
 */
final class TuneEpoch
    implements FlatMapFunction<Iterator<Tuple2<Integer, Read>>, TuneEpoch.Outcome>, Serializable {
  /** Images whose logits are asked for at once. */
  private static final int TOGETHER = 16;

  /** The networks of this JVM, by the number of who trains. */
  private static final Map<Integer, Place> PLACES = new ConcurrentHashMap<>();

  private final Settings settings;
  private final int epoch;
  private final int done;
  private final long step;
  private final List<Target> trained;

  /**
   * What is the same for all epochs.
   *
   * @param trainers tasks that train at once
   * @param averageEvery steps behind which they take the mean of their weights; 0 for those of an
   *     epoch
   */
  record Settings(TunedNetwork network, int trainers, int averageEvery) implements Serializable {}

  /** What an image is to be taken for. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Target(float[] targets, float[] weights) implements Serializable {}

  /**
   * What came of a share.
   *
   * @param trainer whose share it is, from 0
   * @param loss mean of its images
   * @param logits of the images behind those that were trained on
   * @param problem why an image ended it; empty where none did
   * @param place of that image; -1 where it is another trainer's
   */
  record Outcome(
      int trainer,
      int images,
      double loss,
      long step,
      List<float[]> logits,
      String problem,
      int place)
      implements Serializable {
    boolean isFinite() {
      boolean finite = Double.isFinite(loss);
      for (float[] one : logits) {
        for (float logit : one) {
          finite &= Float.isFinite(logit);
        }
      }
      return finite;
    }
  }

  /**
   * @param epoch to train, from 1; 0 for none, to have logits alone
   * @param done the epoch whose weights it begins with, 0 for those of the start
   * @param step steps that were done then
   * @param trained the images to train on, in the order in which they come
   */
  TuneEpoch(Settings settings, int epoch, int done, long step, List<Target> trained) {
    this.settings = settings;
    this.epoch = epoch;
    this.done = done;
    this.step = step;
    this.trained = List.copyOf(trained);
  }

  private static final class Unread extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int place;

    Unread(String problem, int place) {
      super(problem);
      this.place = place;
    }
  }

  /** Where the network of one who trains is kept. */
  private static final class Place {
    private Held held;

    synchronized void release() {
      if (held != null) {
        held.tuner.close();
        held = null;
      }
    }
  }

  /** A network, and the epoch whose weights it has. */
  private static final class Held {
    private final String training;
    private final Tuner tuner;
    private int epoch;

    Held(String training, Tuner tuner) {
      this.training = training;
      this.tuner = tuner;
    }
  }

  @Override
  public Iterator<Outcome> call(Iterator<Tuple2<Integer, Read>> images) throws IOException {
    int trainer = TaskContext.getPartitionId();
    Place place = PLACES.computeIfAbsent(trainer, number -> new Place());
    // A task of an attempt that was given up may be there still.
    synchronized (place) {
      try {
        return List.of(outcome(place, new Share(images, trainer))).iterator();
      } catch (Unread e) {
        place.release();
        return List.of(new Outcome(trainer, 0, 0, 0, List.of(), e.getMessage(), e.place))
            .iterator();
      } catch (IOException | RuntimeException e) {
        place.release();
        throw e;
      }
    }
  }

  /** Lets the networks of this JVM go. */
  static void release() {
    PLACES.values().forEach(Place::release);
  }

  /** The images of one who trains, of which all are asked for in their order. */
  private final class Share {
    private final Iterator<Tuple2<Integer, Read>> images;
    private final int trainer;
    private Tuple2<Integer, Read> next;
    private int place;

    Share(Iterator<Tuple2<Integer, Read>> images, int trainer) {
      this.images = images;
      this.trainer = trainer;
      this.place = trainer;
    }

    int size() {
      return (trained.size() - trainer + settings.trainers - 1) / settings.trainers;
    }

    /** Goes on behind the images to train on. */
    void behindTrained() {
      place = trained.size() + trainer;
    }

    boolean hasNext() {
      return next != null || images.hasNext();
    }

    Picture picture() {
      Tuple2<Integer, Read> image = next == null && images.hasNext() ? images.next() : next;
      next = null;
      if (image == null || image._1() != place) {
        throw new Unread("It is not among the images any more.", place);
      }
      Read read = image._2();
      while (next == null && images.hasNext()) {
        Tuple2<Integer, Read> again = images.next();
        if (again._1() != place) {
          next = again;
        } else if (!isSame(read, again._2())) {
          throw new Unread("There are different images of this path.", place);
        }
      }
      if (!read.problem().isEmpty()) {
        throw new Unread(read.problem(), place);
      }
      place += settings.trainers;
      return read.picture();
    }

    private static boolean isSame(Read read, Read other) {
      return read.problem().equals(other.problem())
          && Arrays.equals(read.picture().samples(), other.picture().samples())
          && Arrays.equals(read.picture().state(), other.picture().state());
    }

    Iterator<Sample> samples() {
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return place < trained.size();
        }

        @Override
        public Sample next() {
          Target target = trained.get(place);
          return new Sample(picture(), target.targets, target.weights);
        }
      };
    }
  }

  private Outcome outcome(Place place, Share share) throws IOException {
    Tuner tuner = tuner(place, share.trainer);
    double loss = 0;
    if (epoch > 0) {
      // Until the epoch's end the weights are of no use to anybody else.
      place.held.epoch = -1;
      loss = trained(tuner, share);
      if (share.trainer == 0) {
        TuneState state = settings.network.state();
        state.put(tuner::write, state.model(epoch), state.memory(epoch), hadoop());
      }
      place.held.epoch = epoch;
    }
    share.behindTrained();
    List<float[]> logits = new ArrayList<>();
    while (share.hasNext()) {
      List<Picture> pictures = new ArrayList<>();
      while (share.hasNext() && pictures.size() < TOGETHER) {
        pictures.add(share.picture());
      }
      logits.addAll(tuner.logits(pictures));
    }
    long steps = tuner.step();
    if (epoch == 0) {
      place.release();
    }
    return new Outcome(share.trainer, share.size(), loss, steps, logits, "", -1);
  }

  private double trained(Tuner tuner, Share share) throws IOException {
    int longest = (trained.size() + settings.trainers - 1) / settings.trainers;
    if (settings.trainers == 1) {
      return tuner.epoch(epoch, longest, share.samples());
    }
    int steps = settings.network.recipe().stepsOfEpoch(longest);
    int every = settings.averageEvery == 0 ? steps : settings.averageEvery;
    TuneExchange exchange =
        new TuneExchange(settings.network.state(), epoch, share.trainer, hadoop());
    try {
      double loss =
          tuner.epoch(
              epoch,
              share.size(),
              longest,
              share.samples(),
              done -> {
                if (done % every == 0 && done < steps) {
                  exchange.average(tuner, done, step + done);
                }
              });
      // A smaller share may have a step less.
      int own = settings.network.recipe().stepsOfEpoch(share.size());
      for (int missing = own + 1; missing < steps; missing++) {
        if (missing % every == 0) {
          exchange.average(tuner, missing, step + missing);
        }
      }
      exchange.average(tuner, steps, step + steps);
      return loss;
    } catch (Unread e) {
      exchange.giveUp(e.getMessage());
      throw e;
    } catch (TuneExchange.GivenUp e) {
      throw new Unread(e.getMessage(), -1);
    }
  }

  private Configuration hadoop() {
    Broadcast<HadoopConfiguration> configuration = settings.network.configuration();
    return configuration.value().value();
  }

  private Tuner tuner(Place place, int trainer) throws IOException {
    Held held = place.held;
    String training = settings.network.fingerprint();
    if (held != null && held.training.equals(training) && held.epoch == done) {
      return held.tuner;
    }
    place.release();
    place.held = new Held(training, settings.network.tuner(trainer, threads()));
    if (done > 0) {
      resume(place.held.tuner);
    }
    place.held.epoch = done;
    return place.held.tuner;
  }

  /** All cores of the executor; on one machine those who train at once share them. */
  private int threads() {
    SparkConf conf = SparkEnv.get().conf();
    boolean local = conf.get("spark.master", "").matches("local(\\[.*)?");
    return Math.max(1, TaskSlots.coresOfThisJvm(conf) / (local ? settings.trainers : 1));
  }

  private void resume(Tuner tuner) throws IOException {
    TuneState state = settings.network.state();
    if (epoch == 0) {
      // To have logits, what the optimiser remembers is not needed.
      state.get(tuner::resume, state.model(done), hadoop());
    } else {
      state.get(
          (model, memory) -> tuner.resume(model, memory, step),
          state.model(done),
          state.memory(done),
          hadoop());
    }
  }
}
