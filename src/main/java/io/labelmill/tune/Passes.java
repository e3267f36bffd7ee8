package io.labelmill.tune;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.BlockGraph;
import io.labelmill.graph.backward.EndGraph;
import io.labelmill.graph.backward.Gradients;
import io.labelmill.graph.backward.StartGraph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Passes through a network in training, forward and back, part by part. Of each block that is
 * trained is kept what its gradients need. Used by one thread at a time; whoever opened it closes
 * it, before the weights.
 */
public final class Passes implements AutoCloseable {
  private final OrtEnvironment environment = Engine.environment();
  private final TunableNetwork network;
  private final Weights weights;
  private final int longest;
  private final int firstTrained;
  private final List<OrtSession> sessions = new ArrayList<>();
  private final OrtSession start;
  private final OrtSession startBack;
  private final OrtSession block;
  private final OrtSession blockKeeping;
  private final OrtSession blockBack;
  private final OrtSession end;
  private final OrtSession endBack;

  /** Inputs of the blocks and of the end; those of blocks that are not trained take turns. */
  private final FloatBuffer[] inputs;

  /** What is kept of each block, empty of those that are not trained. */
  private final List<Map<String, FloatBuffer>> kept = new ArrayList<>();

  private final FloatBuffer[] gradients = new FloatBuffer[2];
  private int room;

  /** Where gradients go that are to be added, by role and size, all blocks in turn. */
  private final Map<String, FloatBuffer> shares = new HashMap<>();

  /** Whether gradients are added to those that are there. */
  private boolean adds;

  private Passes(
      TunableNetwork network,
      Weights weights,
      Extent extent,
      EndGraph.Loss loss,
      int threads,
      int longest)
      throws OrtException {
    this.network = network;
    this.weights = weights;
    this.longest = longest;
    int blocks = network.blocks().size();
    firstTrained = extent.firstPart(blocks);
    inputs = new FloatBuffer[blocks + 1];
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // The graphs stand as they are to run: joining transpositions and products would slow them.
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      // Each session has its threads: waiting ones must not take turns from those at work.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      start = open(StartGraph.forward(network), options);
      startBack = firstTrained == 0 ? open(StartGraph.backward(network), options) : null;
      block = open(BlockGraph.forward(network), options);
      blockKeeping = firstTrained <= blocks ? open(BlockGraph.keeping(network), options) : null;
      blockBack = firstTrained <= blocks ? open(BlockGraph.backward(network), options) : null;
      end = open(EndGraph.forward(network), options);
      endBack = open(EndGraph.backward(network, loss), options);
    } catch (OrtException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens the sessions.
   *
   * @param weights of that network, with gradients from where {@code extent} begins
   * @param threads that work on one pass together
   * @param longest images of one pass; a batch of more goes in several
   */
  public static Passes open(
      TunableNetwork network,
      Weights weights,
      Extent extent,
      EndGraph.Loss loss,
      int threads,
      int longest) {
    try {
      return new Passes(network, weights, extent, loss, threads, longest);
    } catch (OrtException e) {
      throw new IllegalStateException("the graphs of a training can't be opened", e);
    }
  }

  private OrtSession open(byte[] graph, OrtSession.SessionOptions options) throws OrtException {
    OrtSession session = environment.createSession(graph, options);
    sessions.add(session);
    return session;
  }

  /**
   * Computes the loss of a batch, and the gradients of all that is trained.
   *
   * @return the loss
   */
  public double gradients(Batch batch) {
    try {
      weights.trained().stream().filter(Weight::isShared).forEach(Weight::clear);
      double loss = 0;
      for (int from = 0; from < batch.images(); from += longest) {
        adds = from > 0;
        loss += pass(batch.part(from, Math.min(from + longest, batch.images())));
      }
      return loss;
    } catch (OrtException e) {
      throw new IllegalStateException("a step of the training failed", e);
    }
  }

  private double pass(Batch batch) throws OrtException {
    makeRoom(batch.images());
    forward(batch, firstTrained);
    double loss = endBack(batch);
    for (int i = network.blocks().size() - 1; i >= 0 && i + 1 >= firstTrained; i--) {
      blockBack(batch, i);
    }
    if (startBack != null) {
      startBack(batch);
    }
    return loss;
  }

  /**
   * The logits of images.
   *
   * @param begin see {@link Batch}
   * @param input outside of the heap, from index 0
   * @return [images, labels], flat
   */
  public float[] logits(int images, int begin, FloatBuffer input) {
    try {
      makeRoom(images);
      forward(
          new Batch(
              images,
              begin,
              input,
              new float[0],
              new float[0],
              Batch.keepAll(network.blocks().size(), images)),
          network.parts().size());
      FloatBuffer logits = Weight.direct(images * network.shape().labels());
      try (Tensors tensors = new Tensors()) {
        tensors.input(network.end());
        tensors.input(EndGraph.INPUT, state(inputs.length - 1, images), stateShape(images));
        tensors.output(EndGraph.LOGITS, logits, images, network.shape().labels());
        tensors.run(end);
      }
      float[] copy = new float[logits.capacity()];
      logits.get(0, copy);
      return copy;
    } catch (OrtException e) {
      throw new IllegalStateException("a pass of the training failed", e);
    }
  }

  private void makeRoom(int images) {
    if (images <= room) {
      return;
    }
    int state = images * network.shape().tokens() * network.shape().hidden();
    FloatBuffer[] turns = {Weight.direct(state), Weight.direct(state)};
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = i + 1 >= firstTrained ? Weight.direct(state) : turns[i % 2];
    }
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = Weight.direct(state);
    }
    kept.clear();
    for (int i = 0; i < network.blocks().size(); i++) {
      Map<String, FloatBuffer> ofBlock = new HashMap<>();
      if (i + 1 >= firstTrained) {
        for (BlockGraph.Kept each : BlockGraph.kept(network)) {
          ofBlock.put(each.name(), Weight.direct(elements(each.sizes(images))));
        }
      }
      kept.add(ofBlock);
    }
    room = images;
  }

  private static int elements(long... sizes) {
    long elements = 1;
    for (long size : sizes) {
      elements *= size;
    }
    return Math.toIntExact(elements);
  }

  private FloatBuffer part(FloatBuffer buffer, int images) {
    return buffer.slice(0, images * network.shape().tokens() * network.shape().hidden());
  }

  private FloatBuffer state(int index, int images) {
    return part(inputs[index], images);
  }

  /** The gradient of what stands at this place. */
  private FloatBuffer gradient(int index, int images) {
    return part(gradients[index % 2], images);
  }

  private long[] stateShape(int images) {
    return new long[] {images, network.shape().tokens(), network.shape().hidden()};
  }

  private long[] pixelShape(int images) {
    var grid = network.shape().grid();
    return new long[] {images, grid.channels(), grid.height(), grid.width()};
  }

  /**
   * @param keepsFrom the first part of whose blocks is kept what their gradients need
   */
  private void forward(Batch batch, int keepsFrom) throws OrtException {
    int images = batch.images();
    if (batch.begin() > 0) {
      FloatBuffer state = state(batch.begin() - 1, images);
      state.put(0, batch.input(), 0, state.limit());
    } else {
      try (Tensors tensors = new Tensors()) {
        tensors.input(network.start());
        tensors.input(StartGraph.PIXELS, pixels(batch), pixelShape(images));
        tensors.output(StartGraph.OUTPUT, state(0, images), stateShape(images));
        tensors.run(start);
      }
    }
    for (int i = Math.max(0, batch.begin() - 1); i < network.blocks().size(); i++) {
      try (Tensors tensors = new Tensors()) {
        tensors.block(batch, i);
        tensors.output(BlockGraph.OUTPUT, state(i + 1, images), stateShape(images));
        if (i + 1 >= keepsFrom) {
          tensors.kept(i, images, tensors::output);
          tensors.run(blockKeeping);
        } else {
          tensors.run(block);
        }
      }
    }
  }

  private static FloatBuffer pixels(Batch batch) {
    return batch.input().slice(0, batch.input().limit());
  }

  private double endBack(Batch batch) throws OrtException {
    int images = batch.images();
    int blocks = network.blocks().size();
    FloatBuffer loss = Weight.direct(1);
    try (Tensors tensors = new Tensors()) {
      tensors.input(network.end());
      tensors.input(EndGraph.INPUT, state(blocks, images), stateShape(images));
      tensors.input(EndGraph.TARGETS, batch.targets(), images, network.shape().labels());
      tensors.input(
          EndGraph.WEIGHTS, batch.lossWeights(), images, batch.lossWeights().length / images);
      tensors.output(EndGraph.LOSS, loss, 1);
      tensors.output(Gradients.OF_INPUT, gradient(blocks, images), stateShape(images));
      tensors.gradients(network.end());
      tensors.run(endBack);
    }
    return loss.get(0);
  }

  private void blockBack(Batch batch, int index) throws OrtException {
    int images = batch.images();
    TunableNetwork.Part part = network.blocks().get(index);
    try (Tensors tensors = new Tensors()) {
      tensors.block(batch, index);
      tensors.kept(index, images, tensors::input);
      tensors.input(Gradients.OF_OUTPUT, gradient(index + 1, images), stateShape(images));
      tensors.output(Gradients.OF_INPUT, gradient(index, images), stateShape(images));
      tensors.gradients(part);
      tensors.run(blockBack);
    }
  }

  private void startBack(Batch batch) throws OrtException {
    int images = batch.images();
    try (Tensors tensors = new Tensors()) {
      tensors.input(StartGraph.PIXELS, pixels(batch), pixelShape(images));
      tensors.input(Gradients.OF_OUTPUT, gradient(0, images), stateShape(images));
      tensors.gradients(network.start());
      tensors.run(startBack);
    }
  }

  @Override
  public void close() {
    for (OrtSession session : sessions) {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Takes a tensor of a run. */
  private interface Place {
    void put(String name, FloatBuffer values, long... shape) throws OrtException;
  }

  /** Inputs and outputs of one run. */
  private final class Tensors implements AutoCloseable {
    private final Map<String, OnnxTensor> taken = new HashMap<>();
    private final Map<String, OnnxTensor> given = new HashMap<>();
    private final List<OnnxTensor> own = new ArrayList<>();
    private final Map<Weight, FloatBuffer> added = new HashMap<>();

    void block(Batch batch, int index) throws OrtException {
      int images = batch.images();
      input(network.blocks().get(index));
      input(BlockGraph.INPUT, state(index, images), stateShape(images));
      input(BlockGraph.KEEP_ATTENTION, batch.keep()[index][0], images, 1, 1);
      input(BlockGraph.KEEP_PERCEPTRON, batch.keep()[index][1], images, 1, 1);
    }

    void kept(int index, int images, Place place) throws OrtException {
      for (BlockGraph.Kept each : BlockGraph.kept(network)) {
        long[] sizes = each.sizes(images);
        FloatBuffer buffer = kept.get(index).get(each.name());
        place.put(each.name(), buffer.slice(0, elements(sizes)), sizes);
      }
    }

    void input(TunableNetwork.Part part) {
      part.tensors()
          .forEach(tensor -> taken.put(tensor.role(), weights.get(tensor.name()).input()));
    }

    void input(String name, float[] values, long... shape) throws OrtException {
      input(name, Weight.direct(values.length).put(0, values), shape);
    }

    void input(String name, FloatBuffer values, long... shape) throws OrtException {
      taken.put(name, wrapped(values, shape));
    }

    void output(String name, FloatBuffer values, long... shape) throws OrtException {
      given.put(name, wrapped(values, shape));
    }

    void gradients(TunableNetwork.Part part) throws OrtException {
      for (TunableNetwork.Tensor tensor : part.tensors()) {
        Weight weight = weights.get(tensor.name());
        if (!weight.isTrained()) {
          continue;
        }
        if (adds || weight.isShared()) {
          FloatBuffer share =
              shares.computeIfAbsent(
                  tensor.role() + tensor.shape(), role -> Weight.direct(tensor.elements()));
          OnnxTensor output = Weight.wrapped(environment, share, tensor);
          own.add(output);
          given.put(Gradients.of(tensor.role()), output);
          added.put(weight, share);
        } else {
          given.put(Gradients.of(tensor.role()), weight.output());
        }
      }
    }

    private OnnxTensor wrapped(FloatBuffer values, long... shape) throws OrtException {
      OnnxTensor tensor = OnnxTensor.createTensor(environment, values, shape);
      own.add(tensor);
      return tensor;
    }

    void run(OrtSession session) throws OrtException {
      session.run(taken, given).close();
      added.forEach(Weight::add);
    }

    @Override
    public void close() {
      own.forEach(OnnxTensor::close);
    }
  }
}
