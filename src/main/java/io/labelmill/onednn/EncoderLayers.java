package io.labelmill.onednn;

import ai.onnx.proto.OnnxMl.NodeProto;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.labelmill.graph.EncoderBlocks;
import io.labelmill.graph.Nonlinearity;
import io.labelmill.graph.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The layers of an encoder: weights in the layout that the processor's products read, once for all
 * threads, and the kernels. Thread-safe once it is open; who opened it closes it, after all of its
 * {@link EncoderPass}es.
 */
public final class EncoderLayers implements AutoCloseable {
  /** Inputs of a node, as {@link EncoderBlocks} lists them: each product's weight and bias. */
  private static final int[] FIRST_OF_PRODUCT = {4, 6, 10, 12};

  private final long engine;
  private final Handles handles;
  private final Sizes sizes;
  private final List<Layer> layers = new ArrayList<>();

  /** Position biases by name and queries: layers may share one. */
  private final Map<String, Long> biases = new HashMap<>();

  private final Map<Shape, Kernels> kernels = new HashMap<>();

  /** What a layer's kernels depend on. */
  private record Shape(long queries, boolean biased, List<Kernels.Weights> weights) {}

  /**
   * What all layers share.
   *
   * @param queries of the last layer
   */
  record Sizes(
      long tokens,
      long queries,
      long width,
      long inner,
      long heads,
      float epsilon,
      Nonlinearity activation) {
    long headSize() {
      return width / heads;
    }
  }

  /**
   * Memories of a layer.
   *
   * @param positions what is added to the scores of attention, or {@link Handles#NONE}
   */
  record Layer(
      Kernels kernels,
      long positions,
      long gamma,
      long beta,
      Factors stacked,
      Factors projection,
      long secondGamma,
      long secondBeta,
      Factors expansion,
      Factors contraction) {}

  /**
   * Weight and bias of a product.
   *
   * @param scales of a weight of integers, or {@link Handles#NONE}
   */
  record Factors(long weight, long bias, long scales) {}

  private EncoderLayers(long engine, Handles handles, Sizes sizes) {
    this.engine = engine;
    this.handles = handles;
    this.sizes = sizes;
  }

  /**
   * Checks that layers run here.
   *
   * @throws io.labelmill.error.InputException if the machine has no products of bfloat16
   * @throws IOException if the library can't be loaded
   */
  public static void checkMachine() throws IOException {
    OneDnn.load(Precision.BF16);
  }

  /**
   * Reads the weights.
   *
   * @throws io.labelmill.error.InputException if the machine has no products of bfloat16
   * @throws IOException if the library can't be loaded or the weights not be read
   */
  public static EncoderLayers open(EncoderGraph graph) throws IOException {
    long engine = OneDnn.load(graph.precision());
    OneDnn.omp_set_num_threads(1);
    Handles handles = new Handles(engine);
    try {
      EncoderLayers opened = new EncoderLayers(engine, handles, sizes(graph));
      for (NodeProto node : graph.layers()) {
        opened.layers.add(opened.layer(graph, node));
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      handles.close();
      throw e;
    }
  }

  private static Sizes sizes(EncoderGraph graph) {
    NodeProto last = graph.layers().get(graph.layers().size() - 1);
    long[] expansion = graph.shape(last.getInput(10));
    return new Sizes(
        EncoderGraph.integer(last, EncoderBlocks.TOKENS),
        EncoderGraph.integer(last, EncoderBlocks.QUERIES),
        expansion[0],
        expansion[1],
        EncoderGraph.integer(last, EncoderBlocks.HEADS),
        EncoderGraph.attribute(last, EncoderBlocks.EPSILON).getF(),
        Nonlinearity.valueOf(
            EncoderGraph.attribute(last, EncoderBlocks.ACTIVATION).getS().toStringUtf8()));
  }

  private Layer layer(EncoderGraph graph, NodeProto node) throws IOException {
    long queries = EncoderGraph.integer(node, EncoderBlocks.QUERIES);
    boolean biased = !node.getInput(1).isEmpty();
    List<Kernels.Weights> weights = new ArrayList<>();
    for (int first : FIRST_OF_PRODUCT) {
      String constant = node.getInput(first);
      long[] shape = graph.shape(constant);
      weights.add(new Kernels.Weights(graph.type(constant), shape[0], shape[1]));
    }
    Kernels kernel =
        kernels.computeIfAbsent(
            new Shape(queries, biased, weights),
            shape -> Kernels.of(handles, sizes, queries, biased, weights));
    return new Layer(
        kernel,
        biased ? positions(graph, node.getInput(1), queries) : Handles.NONE,
        vector(graph, node.getInput(2), sizes.width()),
        vector(graph, node.getInput(3), sizes.width()),
        factors(graph, node, 0, weights, kernel.stacked()),
        factors(graph, node, 1, weights, kernel.projection()),
        vector(graph, node.getInput(8), sizes.width()),
        vector(graph, node.getInput(9), sizes.width()),
        factors(graph, node, 2, weights, kernel.expansion()),
        factors(graph, node, 3, weights, kernel.contraction()));
  }

  private Factors factors(
      EncoderGraph graph,
      NodeProto node,
      int product,
      List<Kernels.Weights> weights,
      Kernels.Product kernel)
      throws IOException {
    int first = FIRST_OF_PRODUCT[product];
    Kernels.Weights weight = weights.get(product);
    ByteBuffer numbers = graph.numbers(node.getInput(first));
    long packed =
        handles.reordered(
            handles.layout(weight.type(), weight.in(), weight.out()),
            address(numbers),
            kernel.kernel().weightsLayout());
    return new Factors(
        packed,
        vector(graph, node.getInput(first + 1), 1, weight.out()),
        weight.integers()
            ? vector(graph, node.getInput(EncoderBlocks.FIRST_SCALES + product), weight.out())
            : Handles.NONE);
  }

  private long vector(EncoderGraph graph, String constant, long... shape) throws IOException {
    long memory = handles.memory(handles.layout(OneDnn.F32, shape));
    ByteBuffer numbers = graph.numbers(constant);
    new Pointer(Handles.address(memory)).getByteBuffer(0, numbers.remaining()).put(numbers);
    return memory;
  }

  /** The rows of the queries alone: kernels read tensors without gaps. */
  private long positions(EncoderGraph graph, String constant, long queries) throws IOException {
    String key = constant + ":" + queries;
    if (!biases.containsKey(key)) {
      long memory =
          handles.memory(handles.layout(OneDnn.F32, sizes.heads(), queries, sizes.tokens()));
      ByteBuffer numbers = graph.numbers(constant);
      long ofHead = Float.BYTES * sizes.tokens() * queries;
      Pointer target = new Pointer(Handles.address(memory));
      for (long head = 0; head < sizes.heads(); head++) {
        int from = Math.toIntExact(Float.BYTES * head * sizes.tokens() * sizes.tokens());
        target
            .getByteBuffer(head * ofHead, ofHead)
            .put(numbers.slice(from, Math.toIntExact(ofHead)));
      }
      biases.put(key, memory);
    }
    return biases.get(key);
  }

  private static long address(ByteBuffer numbers) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(numbers));
  }

  /** For one thread, which closes it. */
  public EncoderPass pass() {
    return new EncoderPass(engine, sizes, layers);
  }

  /** Numbers of an image in front of the layers: tokens times width. */
  public int startNumbers() {
    return Math.toIntExact(sizes.tokens() * sizes.width());
  }

  /** Tokens behind the layers. */
  public long queries() {
    return sizes.queries();
  }

  /** Width of a token. */
  public long width() {
    return sizes.width();
  }

  @Override
  public void close() {
    handles.close();
  }
}
