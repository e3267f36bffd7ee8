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
 * A pass of images through a network in training, forward and back, part by part, and the memory
 * for it, which the next one uses again. Of each block that is trained is kept what its gradients
 * need. Used by one thread at a time.
 */
final class TrainingPass {
  private final OrtEnvironment environment = Engine.environment();
  private final TunableNetwork network;
  private final Weights weights;
  private final Sessions sessions;
  private final int firstTrained;

  /** Inputs of the blocks and of the end; those of blocks that are not trained take turns. */
  private final FloatBuffer[] inputs;

  /** What is kept of each block, empty of those that are not trained. */
  private final List<Map<String, FloatBuffer>> kept = new ArrayList<>();

  private final FloatBuffer[] gradients = new FloatBuffer[2];
  private int room;

  /** Where gradients go that are to be added, by role and size, all blocks in turn. */
  private final Map<String, FloatBuffer> shares = new HashMap<>();

  /** Gradients of one pass of what several parts share. */
  private final Map<Weight, FloatBuffer> sums = new HashMap<>();

  TrainingPass(TunableNetwork network, Weights weights, Sessions sessions, Extent extent) {
    this.network = network;
    this.weights = weights;
    this.sessions = sessions;
    int blocks = network.blocks().size();
    firstTrained = extent.firstPart(blocks);
    inputs = new FloatBuffer[blocks + 1];
  }

  /**
   * Computes the loss of a pass, and adds to the gradients of all that is trained.
   *
   * @param turn by parts, and behind them for what they share
   * @return the loss
   */
  double gradients(Batch batch, Turn turn) throws OrtException {
    makeRoom(batch.images());
    sums.values().forEach(TrainingPass::clear);
    forward(batch, firstTrained);
    double loss = endBack(batch, turn);
    for (int i = network.blocks().size() - 1; i >= 0 && i + 1 >= firstTrained; i--) {
      blockBack(batch, i, turn);
    }
    if (sessions.startBack() != null) {
      startBack(batch, turn);
    }
    int shared = network.parts().size();
    turn.await(shared);
    sums.forEach(
        (weight, sum) -> {
          if (turn.isFirst()) {
            weight.gradient().put(0, sum, 0, sum.capacity());
          } else {
            Weight.add(weight.gradient(), sum);
          }
        });
    turn.pass(shared);
    return loss;
  }

  private static void clear(FloatBuffer buffer) {
    buffer.put(0, new float[buffer.capacity()]);
  }

  /**
   * The logits of images.
   *
   * @param begin see {@link Batch}
   * @param input outside of the heap, from index 0
   * @return [images, labels], flat
   */
  float[] logits(int images, int begin, FloatBuffer input) throws OrtException {
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
      tensors.run(sessions.end());
    }
    return Weight.copy(logits);
  }

  /** Takes memory for so many images. */
  void makeRoom(int images) {
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
        tensors.run(sessions.start());
      }
    }
    for (int i = Math.max(0, batch.begin() - 1); i < network.blocks().size(); i++) {
      try (Tensors tensors = new Tensors()) {
        tensors.block(batch, i);
        tensors.output(BlockGraph.OUTPUT, state(i + 1, images), stateShape(images));
        if (i + 1 >= keepsFrom) {
          tensors.kept(i, images, tensors::output);
          tensors.run(sessions.blockKeeping());
        } else {
          tensors.run(sessions.block());
        }
      }
    }
  }

  private static FloatBuffer pixels(Batch batch) {
    return batch.input().slice(0, batch.input().limit());
  }

  private double endBack(Batch batch, Turn turn) throws OrtException {
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
      tensors.run(sessions.endBack(), network.end(), blocks + 1, turn);
    }
    return loss.get(0);
  }

  private void blockBack(Batch batch, int index, Turn turn) throws OrtException {
    int images = batch.images();
    TunableNetwork.Part part = network.blocks().get(index);
    try (Tensors tensors = new Tensors()) {
      tensors.block(batch, index);
      tensors.kept(index, images, tensors::input);
      tensors.input(Gradients.OF_OUTPUT, gradient(index + 1, images), stateShape(images));
      tensors.output(Gradients.OF_INPUT, gradient(index, images), stateShape(images));
      tensors.run(sessions.blockBack(), part, index + 1, turn);
    }
  }

  private void startBack(Batch batch, Turn turn) throws OrtException {
    int images = batch.images();
    try (Tensors tensors = new Tensors()) {
      tensors.input(StartGraph.PIXELS, pixels(batch), pixelShape(images));
      tensors.input(Gradients.OF_OUTPUT, gradient(0, images), stateShape(images));
      tensors.run(sessions.startBack(), network.start(), 0, turn);
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

    /**
     * Runs with the gradients of what is trained of a part as outputs, and adds them up.
     *
     * @param index of the part
     */
    void run(OrtSession session, TunableNetwork.Part part, int index, Turn turn)
        throws OrtException {
      Map<Weight, FloatBuffer> added = new HashMap<>();
      for (TunableNetwork.Tensor tensor : part.tensors()) {
        Weight weight = weights.get(tensor.name());
        if (weight.isTrained() && (weight.isShared() || !turn.isFirst())) {
          FloatBuffer share =
              shares.computeIfAbsent(
                  tensor.role() + tensor.shape(), role -> Weight.direct(tensor.elements()));
          OnnxTensor output = Weight.wrapped(environment, share, tensor);
          own.add(output);
          given.put(Gradients.of(tensor.role()), output);
          added.put(weight, share);
        } else if (weight.isTrained()) {
          given.put(Gradients.of(tensor.role()), weight.output());
        }
      }
      run(session);
      turn.await(index);
      added.forEach((weight, share) -> Weight.add(sum(weight), share));
      turn.pass(index);
    }

    private FloatBuffer sum(Weight weight) {
      return weight.isShared()
          ? sums.computeIfAbsent(weight, one -> Weight.direct(one.tensor().elements()))
          : weight.gradient();
    }

    private OnnxTensor wrapped(FloatBuffer values, long... shape) throws OrtException {
      OnnxTensor tensor = OnnxTensor.createTensor(environment, values, shape);
      own.add(tensor);
      return tensor;
    }

    void run(OrtSession session) throws OrtException {
      session.run(taken, given).close();
    }

    @Override
    public void close() {
      own.forEach(OnnxTensor::close);
    }
  }
}
