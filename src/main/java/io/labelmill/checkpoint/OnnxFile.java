package io.labelmill.checkpoint;

import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an ONNX model says about itself. Numbers inside the file are skipped, never held, so that a
 * model of 2 GB costs no memory.
 *
 * @param producer what wrote it, as it calls itself; empty when it does not
 * @param opsets version by domain; the standard operators' domain is the empty string
 * @param operators how many nodes each has, by {@code domain.Operator}, those of subgraphs apart
 * @param inputs what must be fed
 * @param outputs in the file's order
 * @param tensors number of constants stored
 * @param tensorBytes bytes of them, in this file and beside it
 * @param dataFiles names of the files that hold numbers outside of the model
 */
public record OnnxFile(
    Path file,
    String producer,
    SortedMap<String, Long> opsets,
    SortedMap<String, Integer> operators,
    List<Port> inputs,
    List<Port> outputs,
    int tensors,
    long tensorBytes,
    SortedSet<String> dataFiles) {
  public static final String NAME = "model.onnx";

  /** Where it lies in a model folder, in the order of preference. */
  public static final List<String> PLACES = List.of(NAME, "onnx/" + NAME);

  /**
   * An input or output.
   *
   * @param type element type as ONNX calls it, in lower case: {@code float}, {@code float16}
   * @param shape sizes from the outermost axis; {@value #DYNAMIC} where only a pass decides
   */
  public record Port(String name, String type, List<Long> shape) {
    /** A size that is not fixed. */
    public static final long DYNAMIC = -1;

    public Port {
      shape = List.copyOf(shape);
    }

    /** As messages show it: {@code pixel_values float [?, 3, 224, 224]}. */
    public String description() {
      return name
          + " "
          + type
          + " "
          + shape.stream().map(size -> size == DYNAMIC ? "?" : Long.toString(size)).toList();
    }
  }

  // Field numbers of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
  private static final int MODEL_PRODUCER = 2;
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_OPSET = 8;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_INPUT = 11;
  private static final int GRAPH_OUTPUT = 12;
  private static final int NODE_OPERATOR = 4;
  private static final int NODE_DOMAIN = 7;
  private static final int TENSOR_DIMS = 1;
  private static final int TENSOR_TYPE = 2;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_EXTERNAL = 13;

  private static final String[] TYPES = {
    "undefined",
    "float",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int32",
    "int64",
    "string",
    "bool",
    "float16",
    "double",
    "uint32",
    "uint64",
    "complex64",
    "complex128",
    "bfloat16"
  };
  private static final int[] TYPE_BYTES = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2};

  /**
   * Reads a model's description.
   *
   * @throws InputException when it can't be read, is no ONNX model, or keeps numbers in a file that
   *     is not beside it
   */
  public static OnnxFile read(Path file) {
    Reader reader = reader(file);
    if (reader.operators.isEmpty()) {
      throw new InputException("%s is not an ONNX model: it has no nodes.".formatted(file));
    }
    return reader.described(file);
  }

  /**
   * Names of the files in a model's own folder that hold numbers of it, whether they are there or
   * not.
   *
   * @throws InputException when the model can't be read
   */
  static List<String> dataFiles(Path file) {
    return reader(file).dataFiles.stream().filter(OnnxFile::isPlain).toList();
  }

  private static Reader reader(Path file) {
    Reader reader = new Reader();
    try (InputStream in = Files.newInputStream(file)) {
      CodedInputStream coded = CodedInputStream.newInstance(in, 1 << 16);
      coded.setSizeLimit(Integer.MAX_VALUE);
      reader.model(coded);
    } catch (InvalidProtocolBufferException e) {
      throw new InputException(unreadable(file, e), e);
    } catch (IOException e) {
      throw Cause.failure(unreadable(file, e), e);
    }
    return reader;
  }

  private static String unreadable(Path file, IOException e) {
    return "%s is not a readable ONNX model: %s.".formatted(file, Channels.reason(e));
  }

  private static final class Reader {
    private String producer = "";
    private final SortedMap<String, Long> opsets = new TreeMap<>();
    private final SortedMap<String, Integer> operators = new TreeMap<>();
    private final List<Port> inputs = new ArrayList<>();
    private final List<Port> outputs = new ArrayList<>();
    private final Set<String> constants = new HashSet<>();
    private final SortedSet<String> dataFiles = new TreeSet<>();
    private long tensorBytes;

    void model(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case MODEL_PRODUCER -> producer = in.readString();
          case MODEL_OPSET -> {
            OperatorSetIdProto opset = OperatorSetIdProto.parseFrom(in.readByteArray());
            opsets.put(opset.getDomain(), opset.getVersion());
          }
          case MODEL_GRAPH -> inside(in, this::graph);
          default -> in.skipField(tag);
        }
      }
    }

    private interface Body {
      void read(CodedInputStream in) throws IOException;
    }

    /** Reads an embedded message up to its end. */
    private static void inside(CodedInputStream in, Body body) throws IOException {
      int limit = in.pushLimit(in.readRawVarint32());
      body.read(in);
      in.checkLastTagWas(0);
      in.popLimit(limit);
    }

    private void graph(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case GRAPH_NODE -> inside(in, this::node);
          case GRAPH_INITIALIZER -> inside(in, this::tensor);
          case GRAPH_INPUT -> inputs.add(port(ValueInfoProto.parseFrom(in.readByteArray())));
          case GRAPH_OUTPUT -> outputs.add(port(ValueInfoProto.parseFrom(in.readByteArray())));
          default -> in.skipField(tag);
        }
      }
    }

    private void node(CodedInputStream in) throws IOException {
      String operator = "";
      String domain = "";
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case NODE_OPERATOR -> operator = in.readString();
          case NODE_DOMAIN -> domain = in.readString();
          default -> in.skipField(tag);
        }
      }
      String name = domain.isEmpty() || domain.equals("ai.onnx") ? "" : domain + ".";
      operators.merge(name + operator, 1, Integer::sum);
    }

    private void tensor(CodedInputStream in) throws IOException {
      long elements = 1;
      int type = 0;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case TENSOR_DIMS -> {
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
              int limit = in.pushLimit(in.readRawVarint32());
              while (in.getBytesUntilLimit() > 0) {
                elements *= in.readInt64();
              }
              in.popLimit(limit);
            } else {
              elements *= in.readInt64();
            }
          }
          case TENSOR_TYPE -> type = in.readInt32();
          case TENSOR_NAME -> constants.add(in.readString());
          case TENSOR_EXTERNAL -> {
            StringStringEntryProto entry = StringStringEntryProto.parseFrom(in.readByteArray());
            if (entry.getKey().equals("location")) {
              dataFiles.add(entry.getValue());
            }
          }
          default -> in.skipField(tag);
        }
      }
      tensorBytes += elements * (type >= 0 && type < TYPE_BYTES.length ? TYPE_BYTES[type] : 1);
    }

    private static Port port(ValueInfoProto value) {
      int type = value.getType().getTensorType().getElemType();
      List<Long> shape = new ArrayList<>();
      for (TensorShapeProto.Dimension axis :
          value.getType().getTensorType().getShape().getDimList()) {
        shape.add(axis.getDimValue() > 0 ? axis.getDimValue() : Port.DYNAMIC);
      }
      return new Port(
          TensorInfo.printable(value.getName()),
          type >= 0 && type < TYPES.length ? TYPES[type] : "type " + type,
          shape);
    }

    OnnxFile described(Path file) {
      List<String> problems = new ArrayList<>();
      for (String name : dataFiles) {
        if (!isPlain(name)) {
          problems.add(
              "%s keeps its numbers in '%s', which is not in its own folder: only there they are read."
                  .formatted(file, TensorInfo.printable(name)));
        } else if (!Files.isRegularFile(file.resolveSibling(name))) {
          problems.add("%s keeps its numbers in %s, which is not there.".formatted(file, name));
        }
      }
      if (!problems.isEmpty()) {
        throw Problems.of(problems);
      }
      // Old models list their constants among the inputs, as defaults.
      inputs.removeIf(input -> constants.contains(input.name()));
      return new OnnxFile(
          file,
          TensorInfo.printable(producer),
          opsets,
          operators,
          List.copyOf(inputs),
          List.copyOf(outputs),
          constants.size(),
          tensorBytes,
          dataFiles);
    }
  }

  /** Whether a name is a file's own, without a folder. */
  private static boolean isPlain(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
  }

  public int nodes() {
    return operators.values().stream().mapToInt(Integer::intValue).sum();
  }
}
