package io.labelmill.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.Network;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.train.ReadSamples.Read;
import io.labelmill.tune.Recipe;
import io.labelmill.tune.Sample;
import io.labelmill.tune.Tuner;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Trains an epoch in the one task that does so, and says what the network makes of the images
 * behind those. The network stays in the executor from epoch to epoch; another executor takes it
 * from where the last epoch left it.
 */
final class TuneEpoch
    implements FlatMapFunction<Iterator<Tuple2<Integer, Read>>, TuneEpoch.Outcome>, Serializable {
  private static final int SAMPLES = 256;

  /** The network of this JVM, of one training at a time. */
  private static Held held;

  private final Settings settings;
  private final int epoch;
  private final int done;
  private final long step;
  private final List<Target> trained;
  private final Broadcast<HadoopConfiguration> configuration;

  /**
   * What is the same for all epochs.
   *
   * @param config of the network with its classifier, {@code config.json}
   * @param threads that train
   */
  record Settings(
      TuneState state, String config, ProcessorConfig processor, Recipe recipe, int threads)
      implements Serializable {}

  /** What an image is to be taken for. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Target(float[] targets, float[] weights) implements Serializable {}

  /**
   * What came of it.
   *
   * @param logits of the images behind those that were trained on
   * @param problem an image that could not be read, which ended it; empty where all could
   */
  record Outcome(double loss, long step, List<float[]> logits, String problem)
      implements Serializable {}

  /**
   * @param epoch to train, from 1; 0 for none, to have logits alone
   * @param done the epoch whose weights it begins with, 0 for those of the start
   * @param step steps that were done then
   * @param trained the images to train on, in the order in which they come
   */
  TuneEpoch(
      Settings settings,
      int epoch,
      int done,
      long step,
      List<Target> trained,
      Broadcast<HadoopConfiguration> configuration) {
    this.settings = settings;
    this.epoch = epoch;
    this.done = done;
    this.step = step;
    this.trained = List.copyOf(trained);
    this.configuration = configuration;
  }

  private static final class Unread extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unread(String problem) {
      super(problem);
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
    synchronized (TuneEpoch.class) {
      try {
        return List.of(outcome(images)).iterator();
      } catch (Unread e) {
        release();
        return List.of(new Outcome(0, 0, List.of(), e.getMessage())).iterator();
      } catch (IOException | RuntimeException e) {
        release();
        throw e;
      }
    }
  }

  /** Lets the network of this JVM go. */
  static synchronized void release() {
    if (held != null) {
      held.tuner.close();
      held = null;
    }
  }

  private Outcome outcome(Iterator<Tuple2<Integer, Read>> images) throws IOException {
    Tuner tuner = tuner();
    double loss = 0;
    if (epoch > 0) {
      // Until the epoch's end the weights are of no use to anybody else.
      held.epoch = -1;
      loss = tuner.epoch(epoch, trained.size(), samples(images));
      save(tuner);
      held.epoch = epoch;
    }
    List<float[]> logits = new ArrayList<>();
    while (images.hasNext()) {
      logits.add(tuner.logits(read(images.next())));
    }
    long steps = tuner.step();
    if (epoch == 0) {
      release();
    }
    return new Outcome(loss, steps, logits, "");
  }

  private Iterator<Sample> samples(Iterator<Tuple2<Integer, Read>> images) {
    Iterator<Target> targets = trained.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return targets.hasNext();
      }

      @Override
      public Sample next() {
        Target target = targets.next();
        return new Sample(read(images.next()), target.targets, target.weights);
      }
    };
  }

  private static byte[] read(Tuple2<Integer, Read> image) {
    if (!image._2().problem().isEmpty()) {
      throw new Unread(image._2().problem());
    }
    return image._2().samples();
  }

  private Tuner tuner() throws IOException {
    if (held != null && held.training.equals(settings.state.folder()) && held.epoch == done) {
      return held.tuner;
    }
    release();
    Path folder = Files.createTempDirectory("labelmill-tune");
    try {
      Configuration hadoop = configuration.value().value();
      Path start = folder.resolve("start.safetensors");
      settings.state.get(settings.state.start(), start, hadoop);
      JsonNode config = new ObjectMapper().readTree(settings.config);
      try (TensorStore store = SafeTensorsFile.open(start)) {
        TunableNetwork network = Network.of(config, store).tunable();
        held =
            new Held(
                settings.state.folder(),
                Tuner.open(network, store, settings.recipe, pixelValues(), settings.threads));
      }
      if (done > 0) {
        resume(folder, hadoop);
      }
      held.epoch = done;
      return held.tuner;
    } finally {
      FileUtil.fullyDelete(folder.toFile());
    }
  }

  private void resume(Path folder, Configuration hadoop) throws IOException {
    Path model = folder.resolve("model");
    settings.state.get(settings.state.model(done), model, hadoop);
    if (epoch == 0) {
      // To have logits, what the optimiser remembers is not needed.
      held.tuner.resume(model);
      return;
    }
    Path memory = folder.resolve("memory");
    settings.state.get(settings.state.memory(done), memory, hadoop);
    held.tuner.resume(model, memory, step);
  }

  private float[][] pixelValues() {
    float[][] values = new float[3][SAMPLES];
    for (int channel = 0; channel < values.length; channel++) {
      for (int sample = 0; sample < SAMPLES; sample++) {
        values[channel][sample] = settings.processor.pixelValue(channel, sample);
      }
    }
    return values;
  }

  private void save(Tuner tuner) throws IOException {
    Path folder = Files.createTempDirectory("labelmill-tune");
    try {
      Configuration hadoop = configuration.value().value();
      Path model = folder.resolve("model");
      Path memory = folder.resolve("memory");
      tuner.write(model, memory);
      settings.state.put(model, settings.state.model(epoch), hadoop);
      settings.state.put(memory, settings.state.memory(epoch), hadoop);
    } finally {
      FileUtil.fullyDelete(folder.toFile());
    }
  }
}
