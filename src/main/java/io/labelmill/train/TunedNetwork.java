package io.labelmill.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.Network;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.preprocess.ProcessorConfig;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.tune.Front;
import io.labelmill.tune.Recipe;
import io.labelmill.tune.Tuner;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A network in training as tasks open it, from the weights that it began with.
 *
 * @param state with those weights
 * @param config of the network with its classifier, {@code config.json}
 * @param configuration with which the state is read
 */
record TunedNetwork(
    String fingerprint,
    TuneState state,
    String config,
    ProcessorConfig processor,
    Recipe recipe,
    Broadcast<HadoopConfiguration> configuration)
    implements Serializable {
  private static final int SAMPLES = 256;

  /** The frozen blocks of this JVM, of one training at a time, and which. */
  private static Front held;

  private static String heldOf;

  private interface Opening<T> {
    T open(TunableNetwork network, TensorStore store);
  }

  private <T> T opened(Opening<T> opening) throws IOException {
    Path folder = Files.createTempDirectory("labelmill-tune");
    try {
      Path start = folder.resolve("start.safetensors");
      state.get(state.start(), start, configuration.value().value());
      try (TensorStore store = SafeTensorsFile.open(start)) {
        return opening.open(
            Network.of(new ObjectMapper().readTree(config), store).tunable(), store);
      }
    } finally {
      FileUtil.fullyDelete(folder.toFile());
    }
  }

  /**
   * The network as it begins.
   *
   * @param trainer of several, from 0
   * @return to be closed by whoever asked
   */
  Tuner tuner(int trainer, int threads) throws IOException {
    return opened(
        (network, store) ->
            Tuner.open(network, store, recipe.ofTrainer(trainer), pixelValues(), threads));
  }

  /** What tasks of this executor share; open until {@link #releaseFront}. */
  Front front() throws IOException {
    synchronized (TunedNetwork.class) {
      if (held == null || !heldOf.equals(fingerprint)) {
        releaseFront();
        int threads = TaskContext.get().cpus();
        held =
            opened(
                (network, store) ->
                    Front.open(network, store, recipe.extent(), pixelValues(), threads));
        heldOf = fingerprint;
      }
      return held;
    }
  }

  /** Lets the frozen blocks of this JVM go. */
  static synchronized void releaseFront() {
    if (held != null) {
      held.close();
      held = null;
    }
  }

  private float[][] pixelValues() {
    float[][] values = new float[3][SAMPLES];
    for (int channel = 0; channel < values.length; channel++) {
      for (int sample = 0; sample < SAMPLES; sample++) {
        values[channel][sample] = processor.pixelValue(channel, sample);
      }
    }
    return values;
  }
}
