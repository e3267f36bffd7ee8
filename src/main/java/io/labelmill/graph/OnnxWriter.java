package io.labelmill.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.labelmill.checkpoint.DataType;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes one ONNX model: nodes and small integers into {@value #MODEL}, numbers into {@value
 * #WEIGHTS} beside it, each tensor as soon as it is given. Nothing of the size of the model is ever
 * held, so there is no limit of 2 GB. Used by one thread; whoever opened it closes it, after {@link
 * #finish}.
 */
public final class OnnxWriter implements Closeable {
  static final String MODEL = "model.onnx";
  static final String WEIGHTS = "model.onnx.data";

  /**
   * Of the standard operators: what every runtime since 2020 reads, ONNX Runtime 1.6 among them.
   */
  static final long OPSET = 13;

  /** Operators that are newer, or can what they need to only since then: a norm, sums by index. */
  private static final Set<String> NEWER = Set.of("LayerNormalization", "ScatterND");

  /** The first that has all of them, for graphs with one; ONNX Runtime 1.12. */
  static final long NEWER_OPSET = 17;

  public static final String STANDARD = "";
  public static final String CONTRIB = "com.microsoft";

  /** Of the file's format: that of {@link #OPSET}, in which newer operators may stand, too. */
  private static final int IR_VERSION = 7;

  private static final int PAGE = 4096;
  private static final int CACHE_LINE = 64;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path model;
  private final WritableByteChannel weights;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long length;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("labelmill");
  private final Set<String> domains = new TreeSet<>();
  private final Set<String> names = new HashSet<>();
  private final Map<List<Long>, Value> shapes = new HashMap<>();
  private final Map<String, String> outputs = new HashMap<>();
  private final List<NodeProto.Builder> nodes = new ArrayList<>();

  /**
   * @param folder exists; files of the same names are replaced
   */
  OnnxWriter(Path folder) throws IOException {
    this(folder, MODEL);
  }

  /**
   * @param folder exists; files of the same names are replaced
   * @param name of the file with the nodes
   */
  OnnxWriter(Path folder, String name) throws IOException {
    this(
        folder.resolve(name),
        FileChannel.open(
            folder.resolve(WEIGHTS),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE));
  }

  private OnnxWriter(Path model, WritableByteChannel weights) {
    this.model = model;
    this.weights = weights;
    domains.add(STANDARD);
  }

  /** A writer that keeps nothing but what {@link #operators} and {@link #weightsBytes} tell. */
  public static OnnxWriter sketch() {
    return new OnnxWriter(Path.of(""), Channels.newChannel(OutputStream.nullOutputStream()));
  }

  /** How many nodes each operator has, by {@code domain.Operator}. */
  SortedMap<String, Integer> operators() {
    SortedMap<String, Integer> operators = new TreeMap<>();
    for (NodeProto.Builder node : nodes) {
      String domain = node.getDomain().isEmpty() ? "" : node.getDomain() + ".";
      operators.merge(domain + node.getOpType(), 1, Integer::sum);
    }
    return operators;
  }

  /** Versions of the operators by domain. */
  SortedMap<String, Long> opsets() {
    SortedMap<String, Long> opsets = new TreeMap<>();
    long standard =
        nodes.stream().anyMatch(node -> NEWER.contains(node.getOpType())) ? NEWER_OPSET : OPSET;
    domains.forEach(domain -> opsets.put(domain, domain.equals(STANDARD) ? standard : 1L));
    return opsets;
  }

  /** Length of the numbers so far. */
  long weightsBytes() {
    return length;
  }

  /**
   * Declares an input of float32.
   *
   * @param axes a number, or a name for a size that is known only when the model runs
   */
  public Value input(String name, List<Object> axes) {
    return input(name, TensorProto.DataType.FLOAT, axes);
  }

  /** Declares an input of any type. */
  Value input(String name, TensorProto.DataType type, List<Object> axes) {
    graph.addInput(valueInfo(name, type, axes));
    return named(name);
  }

  /** Makes a value an output of float32 and gives it that name. */
  public void output(Value value, String name, List<Object> axes) {
    named(name);
    outputs.put(value.name(), name);
    graph.addOutput(valueInfo(name, TensorProto.DataType.FLOAT, axes));
  }

  /** A float32 tensor, row-major. */
  Value floats(String name, float[] values, long... shape) {
    return rounded(name, TensorProto.DataType.FLOAT, DataType.F32, values, shape);
  }

  /** A float16 tensor, row-major, each number rounded to the nearest, ties to even. */
  Value halves(String name, float[] values, long... shape) {
    return rounded(name, TensorProto.DataType.FLOAT16, DataType.F16, values, shape);
  }

  /** A bfloat16 tensor, row-major, each number rounded to the nearest, ties to even. */
  Value brainFloats(String name, float[] values, long... shape) {
    return rounded(name, TensorProto.DataType.BFLOAT16, DataType.BF16, values, shape);
  }

  private Value rounded(
      String name, TensorProto.DataType type, DataType stored, float[] values, long... shape) {
    return external(
        name,
        type,
        stored.bytes(),
        values.length,
        (from, to) -> stored.put(values, from, to, buffer),
        shape);
  }

  /** An int32 tensor, row-major. */
  Value integers(String name, int[] values, long... shape) {
    return external(
        name,
        TensorProto.DataType.INT32,
        Integer.BYTES,
        values.length,
        (from, to) -> {
          buffer.asIntBuffer().put(values, from, to - from);
          buffer.position(buffer.position() + (to - from) * Integer.BYTES);
        },
        shape);
  }

  /** An int8 tensor, row-major. */
  Value bytes(String name, byte[] values, long... shape) {
    return external(
        name,
        TensorProto.DataType.INT8,
        Byte.BYTES,
        values.length,
        (from, to) -> buffer.put(values, from, to - from),
        shape);
  }

  /** Float32 numbers inside the model file, row-major. */
  public Value constant(String name, float[] values, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long size : shape) {
      tensor.addDims(size);
    }
    for (float value : values) {
      tensor.addFloatData(value);
    }
    graph.addInitializer(tensor);
    return named(name);
  }

  public Value scalar(String name, float value) {
    return constant(name, new float[] {value});
  }

  /** An int64 list inside the model file: shapes, axes, pads. Equal ones are stored once. */
  public Value longs(long... values) {
    List<Long> key = new ArrayList<>();
    for (long value : values) {
      key.add(value);
    }
    return shapes.computeIfAbsent(
        key,
        list -> {
          TensorProto.Builder tensor =
              TensorProto.newBuilder()
                  .setName("integers." + shapes.size())
                  .setDataType(TensorProto.DataType.INT64.getNumber())
                  .addDims(list.size())
                  .addAllInt64Data(list);
          graph.addInitializer(tensor);
          return named(tensor.getName());
        });
  }

  /** A node with one output, which gets the node's name. */
  public Value node(
      String domain,
      String operator,
      String name,
      List<Value> inputs,
      AttributeProto... attributes) {
    return nodes(domain, operator, name, inputs, List.of(name), attributes).get(0);
  }

  /** A node with several outputs. An empty name leaves an optional output out. */
  public List<Value> nodes(
      String domain,
      String operator,
      String name,
      List<Value> inputs,
      List<String> outputNames,
      AttributeProto... attributes) {
    domains.add(domain);
    NodeProto.Builder node =
        NodeProto.newBuilder().setDomain(domain).setOpType(operator).setName(name);
    inputs.forEach(input -> node.addInput(input.name()));
    node.addAllAttribute(List.of(attributes));
    node.addAllOutput(outputNames);
    nodes.add(node);
    return outputNames.stream().map(each -> each.isEmpty() ? Value.NONE : named(each)).toList();
  }

  public static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  public static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  public static AttributeProto attribute(String name, List<Long> values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addAllInts(values)
        .build();
  }

  public static AttributeProto attribute(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  Path model() {
    return model;
  }

  Path weights() {
    return model.resolveSibling(WEIGHTS);
  }

  /** Writes the model file. The weights are complete in their own file before. */
  void finish() throws IOException {
    flush();
    try (OutputStream file = Files.newOutputStream(model())) {
      finished().writeTo(file);
    }
  }

  /** The model file of a graph all of whose constants lie inside it; ends the writing. */
  public byte[] bytes() {
    if (length > 0) {
      throw new IllegalStateException("constants lie in another file");
    }
    return finished().toByteArray();
  }

  private ModelProto finished() {
    for (NodeProto.Builder node : nodes) {
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, outputs.getOrDefault(node.getInput(i), node.getInput(i)));
      }
      for (int i = 0; i < node.getOutputCount(); i++) {
        node.setOutput(i, outputs.getOrDefault(node.getOutput(i), node.getOutput(i)));
      }
      graph.addNode(node);
    }
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("labelmill")
            .setGraph(graph);
    opsets()
        .forEach(
            (domain, version) ->
                model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    return model.build();
  }

  @Override
  public void close() throws IOException {
    weights.close();
  }

  private Value named(String name) {
    if (!names.add(name)) {
      throw new IllegalStateException("two values of the graph are named " + name);
    }
    return new Value(name);
  }

  private interface Elements {
    void put(int from, int to);
  }

  private Value external(
      String name,
      TensorProto.DataType type,
      int elementBytes,
      int count,
      Elements elements,
      long... shape) {
    long product = 1;
    for (long size : shape) {
      product *= size;
    }
    if (product != count) {
      throw new IllegalArgumentException(
          name + ": " + count + " elements for a shape of " + product);
    }
    long bytes = (long) elementBytes * count;
    // Whole pages can be mapped as they are; small tensors need no more than aligned loads.
    align(bytes >= PAGE ? PAGE : CACHE_LINE);
    long offset = length;
    for (int from = 0; from < count; ) {
      if (buffer.remaining() < elementBytes) {
        flush();
      }
      int to = (int) Math.min((long) count, (long) from + buffer.remaining() / elementBytes);
      elements.put(from, to);
      from = to;
    }
    length += bytes;
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", WEIGHTS))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(bytes)));
    for (long size : shape) {
      tensor.addDims(size);
    }
    graph.addInitializer(tensor);
    return named(name);
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private void align(int boundary) {
    while (length % boundary != 0) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      buffer.put((byte) 0);
      length++;
    }
  }

  private void flush() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        weights.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    buffer.clear();
  }

  private static ValueInfoProto valueInfo(
      String name, TensorProto.DataType type, List<Object> axes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object axis : axes) {
      TensorShapeProto.Dimension.Builder size = TensorShapeProto.Dimension.newBuilder();
      if (axis instanceof Number number) {
        size.setDimValue(number.longValue());
      } else {
        size.setDimParam(axis.toString());
      }
      shape.addDim(size);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape)))
        .build();
  }
}
