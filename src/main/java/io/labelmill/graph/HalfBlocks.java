package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.labelmill.error.InputException;
import java.util.List;

/**
 * Half precision in the operators that ONNX Runtime's CUDA provider fuses. What decides between
 * labels, the pooled vector's norm and the classifier, is float32: half precision would round
 * logits of a thousand labels to equal ones.
 *
 * <p>With a bias of its scores, attention runs fused on CUDA only where the number of tokens is a
 * multiple of {@value #ALIGNMENT} (ONNX Runtime's {@code contrib_ops/cuda/bert/attention.cc}): it
 * takes a row of the bias in vectors of that many halves.
 */
class HalfBlocks extends FusedBlocks {
  private static final int ALIGNMENT = 8;
  private static final float LARGEST = 65504;

  HalfBlocks(OnnxWriter onnx) {
    super(onnx);
  }

  @Override
  Value numbers(String name, float[] values, long... shape) {
    for (float value : values) {
      // What rounds to infinity would be an error at the first image, and name no weight.
      if (Math.abs(value) > LARGEST) {
        throw new InputException(
            "%s holds %s, and half precision ends at %.0f: run the model with --precision fp32"
                .formatted(name, value, LARGEST));
      }
    }
    return onnx.halves(name, values, shape);
  }

  @Override
  int biasedTokens(int tokens) {
    return (tokens + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  @Override
  Value ofFloat32(Value value) {
    return cast(value, "float16", TensorProto.DataType.FLOAT16);
  }

  @Override
  Value float32(Value value) {
    return cast(value, "float32", TensorProto.DataType.FLOAT);
  }

  private Value cast(Value value, String type, TensorProto.DataType to) {
    AttributeProto attribute = attribute("to", to.getNumber());
    return node("Cast", value.name() + "." + type, List.of(value), attribute);
  }

  @Override
  Blocks inFloat32() {
    return new FusedBlocks(onnx);
  }
}
