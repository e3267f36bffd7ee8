package io.labelmill.tune;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.BlockGraph;
import io.labelmill.graph.backward.StartGraph;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What stands in front of the blocks that are trained, and gives the same for a picture throughout
 * a training. Each picture goes through it alone, so that its numbers do not depend on others. Safe
 * for several threads; whoever opened it closes it, which waits for those that are at work.
 */
public final class Front implements AutoCloseable {
  private final OrtEnvironment environment = Engine.environment();
  private final TunableNetwork network;
  private final float[][] pixelValues;
  private final int blocks;
  private final Map<String, Weight> weights = new HashMap<>();
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
  private OrtSession start;
  private OrtSession block;

  private Front(TunableNetwork network, Extent extent, float[][] pixelValues) {
    this.network = network;
    this.pixelValues = pixelValues;
    this.blocks = extent.firstPart(network.blocks().size()) - 1;
  }

  /** Numbers that it gives for a picture. */
  public static int numbers(TunableNetwork network) {
    return network.shape().tokens() * network.shape().hidden();
  }

  /**
   * Copies the weights and opens the sessions.
   *
   * @param store with the tensors of the network; stays its owner's
   * @param pixelValues as {@link Tuner#open} takes them
   * @param threads that work on a picture together
   */
  public static Front open(
      TunableNetwork network,
      TensorStore store,
      Extent extent,
      float[][] pixelValues,
      int threads) {
    Front front = new Front(network, extent, pixelValues);
    try {
      front.open(store, threads);
      return front;
    } catch (OrtException e) {
      front.close();
      throw new IllegalStateException("the frozen blocks can't be opened", e);
    } catch (RuntimeException e) {
      front.close();
      throw e;
    }
  }

  private void open(TensorStore store, int threads) throws OrtException {
    for (TunableNetwork.Part part : parts()) {
      for (TunableNetwork.Tensor tensor : part.tensors()) {
        if (!weights.containsKey(tensor.name())) {
          weights.put(
              tensor.name(),
              new Weight(environment, tensor, 0, store.floats(tensor.name()), false, false));
        }
      }
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // As in Passes: the graphs stand as they are to run.
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      start = environment.createSession(StartGraph.forward(network), options);
      block = environment.createSession(BlockGraph.forward(network), options);
    }
  }

  private List<TunableNetwork.Part> parts() {
    return network.parts().subList(0, 1 + blocks);
  }

  /**
   * What the first block that is trained is given.
   *
   * @param samples of a picture, as {@link Sample} has them
   * @return [tokens, hidden], flat
   * @throws IllegalStateException when it is closed
   */
  public float[] state(byte[] samples) {
    open.readLock().lock();
    try {
      if (weights.isEmpty()) {
        throw new IllegalStateException("the frozen blocks were closed");
      }
      return ofOpen(samples);
    } finally {
      open.readLock().unlock();
    }
  }

  private float[] ofOpen(byte[] samples) {
    var grid = network.shape().grid();
    FloatBuffer pixels = Weight.direct(samples.length);
    PixelValues.normalize(samples, pixelValues, pixels, 0);
    try (OnnxTensor keep = tensor(Weight.direct(1).put(0, 1), 1, 1, 1);
        OnnxTensor picture = tensor(pixels, 1, grid.channels(), grid.height(), grid.width())) {
      Map<String, OnnxTensorLike> inputs = inputs(network.start());
      inputs.put(StartGraph.PIXELS, picture);
      OrtSession.Result state = start.run(inputs);
      try {
        for (TunableNetwork.Part part : network.blocks().subList(0, blocks)) {
          Map<String, OnnxTensorLike> ofBlock = inputs(part);
          ofBlock.put(BlockGraph.INPUT, (OnnxTensor) state.get(0));
          ofBlock.put(BlockGraph.KEEP_ATTENTION, keep);
          ofBlock.put(BlockGraph.KEEP_PERCEPTRON, keep);
          OrtSession.Result next = block.run(ofBlock);
          state.close();
          state = next;
        }
        float[] numbers = new float[numbers(network)];
        ((OnnxTensor) state.get(0)).getFloatBuffer().get(0, numbers);
        return numbers;
      } finally {
        state.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("a pass through the frozen blocks failed", e);
    }
  }

  private Map<String, OnnxTensorLike> inputs(TunableNetwork.Part part) {
    Map<String, OnnxTensorLike> inputs = new HashMap<>();
    part.tensors().forEach(tensor -> inputs.put(tensor.role(), weights.get(tensor.name()).input()));
    return inputs;
  }

  private OnnxTensor tensor(FloatBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      release();
    } finally {
      open.writeLock().unlock();
    }
  }

  private void release() {
    for (OrtSession session : new OrtSession[] {start, block}) {
      if (session != null) {
        try {
          session.close();
        } catch (OrtException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    weights.values().forEach(Weight::close);
    weights.clear();
  }
}
