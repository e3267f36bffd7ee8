package io.labelmill.onednn;

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
import io.labelmill.graph.EncoderBlocks;
import io.labelmill.graph.Precision;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph that {@link EncoderBlocks} wrote, in three: what stands before the layers of the encoder,
 * the layers, and what stands behind them. Immutable.
 */
public final class EncoderGraph {
  private final Path folder;
  private final ModelProto model;
  private final List<NodeProto> before = new ArrayList<>();
  private final List<NodeProto> layers = new ArrayList<>();
  private final List<NodeProto> behind = new ArrayList<>();
  private final Map<String, TensorProto> constants = new LinkedHashMap<>();

  private EncoderGraph(Path folder, ModelProto model) {
    this.folder = folder;
    this.model = model;
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getDomain().equals(EncoderBlocks.DOMAIN)) {
        layers.add(node);
      } else {
        (layers.isEmpty() ? before : behind).add(node);
      }
    }
    for (TensorProto constant : model.getGraph().getInitializerList()) {
      constants.put(constant.getName(), constant);
    }
  }

  /** Whether a file is such a graph. */
  public static boolean isOne(Path file) {
    return String.valueOf(file.getFileName()).equals(EncoderBlocks.FILE);
  }

  /**
   * Reads the nodes; the numbers stay in their file.
   *
   * @throws IOException if the file can't be read
   */
  public static EncoderGraph read(Path file) throws IOException {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file))) {
      return new EncoderGraph(file.toAbsolutePath().getParent(), ModelProto.parseFrom(stream));
    }
  }

  /** The folder that constants of {@link #before} and {@link #behind} lie in. */
  public Path folder() {
    return folder;
  }

  /** An ONNX model: what is before the layers, with {@link #start} as its output. */
  public byte[] before() {
    GraphProto.Builder graph =
        graph(before).addAllInput(model.getGraph().getInputList()).addOutput(floats(start()));
    return model(graph);
  }

  /** An ONNX model: what is behind the layers, with {@link #end} as its input. */
  public byte[] behind() {
    GraphProto.Builder graph =
        graph(behind).addInput(floats(end())).addAllOutput(model.getGraph().getOutputList());
    return model(graph);
  }

  /** The stream in front of the first layer. */
  public String start() {
    return layers.get(0).getInput(0);
  }

  /** The stream behind the last layer. */
  public String end() {
    return layers.get(layers.size() - 1).getOutput(0);
  }

  /** Of the layers. */
  Precision precision() {
    return layers.stream()
            .flatMap(layer -> layer.getInputList().stream().skip(EncoderBlocks.FIRST_SCALES))
            .allMatch(String::isEmpty)
        ? Precision.BF16
        : Precision.INT8_BF16;
  }

  List<NodeProto> layers() {
    return layers;
  }

  static long integer(NodeProto layer, String attribute) {
    return attribute(layer, attribute).getI();
  }

  static AttributeProto attribute(NodeProto layer, String name) {
    return layer.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The shape of a constant. */
  long[] shape(String constant) {
    return constants.get(constant).getDimsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** The type of a weight's numbers, as the library counts types. */
  int type(String constant) {
    TensorProto.DataType type =
        TensorProto.DataType.forNumber(constants.get(constant).getDataType());
    return switch (type) {
      case BFLOAT16 -> OneDnn.BF16;
      case INT8 -> OneDnn.S8;
      default -> throw new IllegalArgumentException(constant + " is " + type);
    };
  }

  /** The numbers of a constant, little-endian, mapped from their file. */
  MappedByteBuffer numbers(String constant) throws IOException {
    Map<String, String> place = new LinkedHashMap<>();
    for (StringStringEntryProto entry : constants.get(constant).getExternalDataList()) {
      place.put(entry.getKey(), entry.getValue());
    }
    try (FileChannel file = FileChannel.open(folder.resolve(place.get("location")))) {
      MappedByteBuffer bytes =
          file.map(
              FileChannel.MapMode.READ_ONLY,
              Long.parseLong(place.get("offset")),
              Long.parseLong(place.get("length")));
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      return bytes;
    }
  }

  private GraphProto.Builder graph(List<NodeProto> nodes) {
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.getInputList()));
    GraphProto.Builder graph =
        GraphProto.newBuilder().setName(model.getGraph().getName()).addAllNode(nodes);
    constants.forEach(
        (name, constant) -> {
          if (read.contains(name)) {
            graph.addInitializer(constant);
          }
        });
    return graph;
  }

  private byte[] model(GraphProto.Builder graph) {
    ModelProto.Builder part = model.toBuilder().clearOpsetImport().setGraph(graph);
    for (OperatorSetIdProto operators : model.getOpsetImportList()) {
      if (!operators.getDomain().equals(EncoderBlocks.DOMAIN)) {
        part.addOpsetImport(operators);
      }
    }
    return part.build().toByteArray();
  }

  /** A stream of any length: [images, tokens, width]. */
  private static ValueInfoProto floats(String name) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (String axis : List.of("batch", "stream.tokens", "stream.width")) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(axis));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(shape)))
        .build();
  }
}
