package io.labelmill.tune;

import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.EndGraph.Loss;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A network in training: epochs, what it says of pictures, and its state on disk. Used by one
 * thread at a time; whoever opened it closes it.
 */
public final class Tuner implements AutoCloseable {
  /**
   * Images of one pass: longer passes gain nothing, and leave fewer to go beside each other; of
   * single images, products by weights take a tenth longer.
   */
  public static final int PASS = 2;

  private static final String MEAN = "mean/";
  private static final String SQUARE = "square/";

  private final TunableNetwork network;
  private final Recipe recipe;
  private final float[][] pixelValues;
  private final Weights weights;
  private final Passes passes;
  private final AdamW optimiser;
  private FloatBuffer input;

  private Tuner(
      TunableNetwork network,
      Recipe recipe,
      float[][] pixelValues,
      Weights weights,
      Passes passes,
      AdamW optimiser) {
    this.network = network;
    this.recipe = recipe;
    this.pixelValues = pixelValues;
    this.weights = weights;
    this.passes = passes;
    this.optimiser = optimiser;
    input = Weight.direct(PASS * pixelsOfImage());
  }

  /**
   * Copies the weights and opens the sessions.
   *
   * @param store with the tensors of the network; stays its owner's
   * @param pixelValues of the samples 0 to 255 of red, green and blue
   * @param threads that work on a pass together
   * @throws io.labelmill.error.InputException when there is no room for it
   */
  public static Tuner open(
      TunableNetwork network,
      TensorStore store,
      Recipe recipe,
      float[][] pixelValues,
      int threads) {
    Weights weights = Weights.open(network, recipe.extent(), store);
    Passes passes;
    try {
      // By the batch, not by the threads, so that the weights do not depend on these.
      int longest = recipe.batch() < 2 * PASS ? 1 : PASS;
      passes = Passes.open(network, weights, recipe.extent(), recipe.loss(), threads, longest);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
    AdamW optimiser = new AdamW(weights, recipe.optimiser(), network.parts().size(), threads);
    return new Tuner(network, recipe, pixelValues, weights, passes, optimiser);
  }

  public interface AfterStep {
    /**
     * A step is done.
     *
     * @param steps of this epoch until now
     */
    void done(int steps) throws IOException;
  }

  /**
   * Trains on all images once.
   *
   * @param epoch from 1
   * @param images how many there are
   * @param samples so many, in the order in which they are trained on
   * @return the mean of the steps' losses, by images
   */
  public double epoch(int epoch, int images, Iterator<Sample> samples) {
    try {
      return epoch(epoch, images, images, samples, steps -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * As the shorter form, for one of several who each train on a share of the images.
   *
   * @param longest images of the largest share, which decide how the learning rate goes down
   */
  public double epoch(int epoch, int images, int longest, Iterator<Sample> samples, AfterStep after)
      throws IOException {
    double sum = 0;
    for (int step = 0; step < recipe.stepsOfEpoch(images); step++) {
      int size = Math.min(recipe.batch(), images - step * recipe.batch());
      List<Sample> batch = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        batch.add(samples.next());
      }
      double loss =
          passes.gradients(
              new Batch(
                  size,
                  begin(batch),
                  input(batch),
                  targets(batch),
                  lossWeights(batch),
                  recipe.keep(epoch, step, network.blocks().size(), size)));
      optimiser.step(recipe.rate(optimiser.step(), longest));
      sum += size * loss;
      after.done(step + 1);
    }
    return sum / images;
  }

  /** The logits of images, which are all samples, or all states. */
  public List<float[]> logits(List<Picture> pictures) {
    List<Sample> samples =
        pictures.stream().map(one -> new Sample(one, new float[0], new float[0])).toList();
    return passes.logits(samples.size(), begin(samples), input(samples));
  }

  private int pixelsOfImage() {
    var grid = network.shape().grid();
    return grid.channels() * grid.height() * grid.width();
  }

  /** The part that the pictures are for, all the same. */
  private int begin(List<Sample> batch) {
    return batch.get(0).picture().isState()
        ? recipe.extent().firstPart(network.blocks().size())
        : 0;
  }

  private FloatBuffer input(List<Sample> batch) {
    int length = begin(batch) == 0 ? pixelsOfImage() : Front.numbers(network);
    if (input.capacity() < batch.size() * length) {
      input = Weight.direct(batch.size() * length);
    }
    for (int i = 0; i < batch.size(); i++) {
      Picture picture = batch.get(i).picture();
      if (picture.isState()) {
        input.put(i * length, picture.state());
      } else {
        PixelValues.normalize(picture.samples(), pixelValues, input, i * length);
      }
    }
    return input.slice(0, batch.size() * length);
  }

  private float[] targets(List<Sample> batch) {
    int labels = network.shape().labels();
    float[] targets = new float[batch.size() * labels];
    for (int i = 0; i < batch.size(); i++) {
      System.arraycopy(batch.get(i).targets(), 0, targets, i * labels, labels);
    }
    return targets;
  }

  /** As PyTorch weighs a mean: by the sum of the classes' weights, or by the number of losses. */
  private float[] lossWeights(List<Sample> batch) {
    int each = recipe.loss() == Loss.SOFTMAX ? 1 : network.shape().labels();
    float[] lossWeights = new float[batch.size() * each];
    double sum = 0;
    for (int i = 0; i < batch.size(); i++) {
      System.arraycopy(batch.get(i).weights(), 0, lossWeights, i * each, each);
      sum += batch.get(i).weights()[0];
    }
    float divisor = (float) (recipe.loss() == Loss.SOFTMAX ? sum : lossWeights.length);
    for (int i = 0; i < lossWeights.length; i++) {
      lossWeights[i] /= divisor;
    }
    return lossWeights;
  }

  /** A copy of all weights by their names. */
  public Map<String, float[]> weights() {
    return weights.floats();
  }

  public long step() {
    return optimiser.step();
  }

  /**
   * Writes what is trained, and what the optimiser remembers.
   *
   * @param model gets the weights
   * @param memory gets the rest
   */
  public void write(Path model, Path memory) {
    List<TensorInfo> trained = new ArrayList<>();
    List<TensorInfo> remembered = new ArrayList<>();
    for (Weight weight : weights.trained()) {
      trained.add(new TensorInfo(weight.name(), DataType.F32, weight.tensor().shape()));
      for (String kind : List.of(MEAN, SQUARE)) {
        remembered.add(new TensorInfo(kind + weight.name(), DataType.F32, weight.tensor().shape()));
      }
    }
    SafeTensorsFile.write(model, trained, name -> weights.get(name).floats(), Map.of());
    SafeTensorsFile.write(memory, remembered, this::remembered, Map.of());
  }

  private float[] remembered(String name) {
    return Weight.copy(buffer(name));
  }

  private FloatBuffer buffer(String name) {
    boolean mean = name.startsWith(MEAN);
    Weight weight = weights.get(name.substring((mean ? MEAN : SQUARE).length()));
    return mean ? weight.mean() : weight.square();
  }

  /**
   * Goes on where {@link #write} was called.
   *
   * @param step {@link #step} then
   */
  public void resume(Path model, Path memory, long step) {
    read(model, name -> weights.get(name).values());
    read(memory, this::buffer);
    optimiser.resume(step);
  }

  /** Takes the weights that {@link #write} wrote, to have logits of them. */
  public void resume(Path model) {
    read(model, name -> weights.get(name).values());
  }

  /** Adds weights and what optimisers remember, that {@link #write} wrote, to those here. */
  public void add(Path model, Path memory) {
    add(model, name -> weights.get(name).values());
    add(memory, this::buffer);
  }

  private static void add(Path file, Function<String, FloatBuffer> buffer) {
    try (TensorStore store = SafeTensorsFile.open(file)) {
      for (String name : store.names()) {
        FloatBuffer sum = buffer.apply(name);
        float[] more = store.floats(name);
        for (int i = 0; i < more.length; i++) {
          sum.put(i, sum.get(i) + more[i]);
        }
      }
    }
  }

  /** Makes a mean of a sum. */
  public void divide(int summands) {
    for (Weight weight : weights.trained()) {
      for (FloatBuffer sum : List.of(weight.values(), weight.mean(), weight.square())) {
        for (int i = 0; i < sum.capacity(); i++) {
          sum.put(i, sum.get(i) / summands);
        }
      }
    }
  }

  private static void read(Path file, Function<String, FloatBuffer> buffer) {
    try (TensorStore store = SafeTensorsFile.open(file)) {
      store.names().forEach(name -> buffer.apply(name).put(0, store.floats(name)));
    }
  }

  @Override
  public void close() {
    optimiser.close();
    passes.close();
    weights.close();
  }
}
