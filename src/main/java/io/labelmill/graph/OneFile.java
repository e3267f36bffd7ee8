package io.labelmill.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a model's numbers inside the model, where every reader of ONNX finds them. They are copied
 * from file to file and never held.
 */
public final class OneFile {
  /** What protobuf's readers take. */
  private static final long MAX_BYTES = Integer.MAX_VALUE;

  private OneFile() {}

  /**
   * Rewrites a graph as one file in its place. One that would be longer than 2 GB, which no reader
   * of protobuf takes, is left as it is.
   *
   * @return whether it was rewritten
   * @throws IOException when the files can't be read or written; what is there of them is not
   *     usable
   */
  public static boolean rewrite(GraphFiles files) throws IOException {
    ModelProto model;
    try (InputStream in = Files.newInputStream(files.model())) {
      model = ModelProto.parseFrom(in);
    }
    List<Tensor> tensors = new ArrayList<>();
    long graphBytes = 0;
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      tensors.add(Tensor.of(tensor));
      graphBytes += field(tensors.get(tensors.size() - 1).bytes());
    }
    GraphProto nodes = model.getGraph().toBuilder().clearInitializer().build();
    graphBytes += nodes.getSerializedSize();
    ModelProto head = model.toBuilder().clearGraph().build();
    if (head.getSerializedSize() + field(graphBytes) > MAX_BYTES) {
      return false;
    }
    Path whole = files.model().resolveSibling(files.model().getFileName() + ".whole");
    try (OutputStream file = Files.newOutputStream(whole);
        FileChannel numbers = FileChannel.open(files.weights())) {
      CodedOutputStream out = CodedOutputStream.newInstance(file, 1 << 16);
      head.writeTo(out);
      out.writeTag(ModelProto.GRAPH_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeUInt32NoTag((int) graphBytes);
      nodes.writeTo(out);
      for (Tensor tensor : tensors) {
        out.writeTag(GraphProto.INITIALIZER_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        tensor.write(out, file, numbers);
      }
      out.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    Files.move(whole, files.model(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.delete(files.weights());
    return true;
  }

  /** Bytes of a field of graph or model with a one-byte tag and so long a message. */
  private static long field(long messageBytes) {
    return 1 + varint(messageBytes) + messageBytes;
  }

  private static int varint(long value) {
    return CodedOutputStream.computeUInt64SizeNoTag(value);
  }

  /**
   * A constant.
   *
   * @param rest all but the numbers, if these lie in the other file
   * @param offset of the numbers there
   * @param length of the numbers there; 0 where they are part of {@code rest}
   */
  private record Tensor(TensorProto rest, long offset, long length) {
    static Tensor of(TensorProto tensor) {
      if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
        return new Tensor(tensor, 0, 0);
      }
      return new Tensor(
          tensor.toBuilder().clearExternalData().clearDataLocation().build(),
          entry(tensor, "offset"),
          entry(tensor, "length"));
    }

    private static long entry(TensorProto tensor, String key) {
      return tensor.getExternalDataList().stream()
          .filter(entry -> entry.getKey().equals(key))
          .map(StringStringEntryProto::getValue)
          .mapToLong(Long::parseLong)
          .findFirst()
          .orElseThrow();
    }

    long bytes() {
      return rest.getSerializedSize() + (length == 0 ? 0 : field(length));
    }

    void write(CodedOutputStream out, OutputStream file, FileChannel numbers) throws IOException {
      out.writeUInt32NoTag((int) bytes());
      rest.writeTo(out);
      if (length > 0) {
        out.writeTag(TensorProto.RAW_DATA_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag((int) length);
        out.flush();
        long copied = 0;
        while (copied < length) {
          long more =
              numbers.transferTo(offset + copied, length - copied, Channels.newChannel(file));
          if (more <= 0) {
            throw new IOException("the weights end before " + rest.getName());
          }
          copied += more;
        }
      }
    }
  }
}
