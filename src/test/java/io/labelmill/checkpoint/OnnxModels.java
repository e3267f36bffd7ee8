package io.labelmill.checkpoint;

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
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** ONNX models that other programs might have exported: the mean of each channel is its logit. */
public final class OnnxModels {
  public static final int FLOAT = 1;
  public static final int FLOAT16 = 10;

  private OnnxModels() {}

  /** An input or output; axes below 1 are dynamic. */
  @SuppressWarnings("ArrayRecordComponent") // written once, never compared
  public record Port(String name, int type, long... axes) {}

  /** All four axes open, as some exporters leave them. */
  public static Path dynamic(Path file) throws IOException {
    return write(
        file,
        new Port("pixel_values", FLOAT, 0, 0, 0, 0),
        new Port("logits", FLOAT, 0, 0),
        "unused");
  }

  /**
   * Writes a model.
   *
   * @param data name of the file beside it that is said to hold a constant; "unused" for none
   */
  public static Path write(Path file, Port input, Port output, String data) throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("means")
            .addInput(value(input))
            .addOutput(value(output))
            .addNode(node("GlobalAveragePool", input.name(), "means"))
            .addNode(
                node("Flatten", "means", output.name())
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("axis")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(1)));
    if (!data.equals("unused")) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName("constant")
              .setDataType(FLOAT)
              .addDims(2)
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addExternalData(
                  StringStringEntryProto.newBuilder().setKey("location").setValue(data)));
    }
    return write(file, graph);
  }

  private static Path write(Path file, GraphProto.Builder graph) throws IOException {
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .setProducerName("somebody")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph)
            .build();
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      model.writeTo(out);
    }
    return file;
  }

  /**
   * A folder with a model of one convolution: a point for each patch of 4x4 pixels, of pictures of
   * 64x64, with a logit for each of five labels.
   *
   * @param kernel [5, 3, 4, 4]
   */
  public static Path segmenter(Path folder, float... kernel) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architectures": ["BeitForSemanticSegmentation"], "model_type": "beit", "image_size": 64,
         "id2label": {"0": "sky", "1": "sea", "2": "sand", "3": "rock", "4": "tree"}}
        """);
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        """
        {"feature_extractor_type": "BeitFeatureExtractor", "size": 64, "do_center_crop": false,
         "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        """);
    TensorProto.Builder weights =
        TensorProto.newBuilder()
            .setName("kernel")
            .setDataType(FLOAT)
            .addAllDims(List.of(5L, 3L, 4L, 4L));
    for (float weight : kernel) {
      weights.addFloatData(weight);
    }
    AttributeProto.Builder strides =
        AttributeProto.newBuilder()
            .setName("strides")
            .setType(AttributeProto.AttributeType.INTS)
            .addInts(4)
            .addInts(4);
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("patches")
            .addInput(value(new Port("pixel_values", FLOAT, 0, 3, 64, 64)))
            .addOutput(value(new Port("logits", FLOAT, 0, 5, 16, 16)))
            .addInitializer(weights)
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("Conv")
                    .addAllInput(List.of("pixel_values", "kernel"))
                    .addOutput("logits")
                    .addAttribute(strides));
    write(folder.resolve("model.onnx"), graph);
    return folder;
  }

  private static NodeProto.Builder node(String operator, String from, String to) {
    return NodeProto.newBuilder().setOpType(operator).addAllInput(List.of(from)).addOutput(to);
  }

  private static ValueInfoProto value(Port port) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long axis : port.axes()) {
      TensorShapeProto.Dimension.Builder size = TensorShapeProto.Dimension.newBuilder();
      shape.addDim(axis > 0 ? size.setDimValue(axis) : size.setDimParam("any"));
    }
    return ValueInfoProto.newBuilder()
        .setName(port.name())
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(port.type()).setShape(shape)))
        .build();
  }

  /** A folder with that model, a processor for 16x12 pixels (height x width) and three labels. */
  public static Path folder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "vit", "image_size": [16, 12],
         "id2label": {"0": "red", "1": "green", "2": "blue"}}
        """);
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        """
        {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 12},
         "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}
        """);
    return folder;
  }
}
