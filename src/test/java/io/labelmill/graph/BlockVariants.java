package io.labelmill.graph;

import static io.labelmill.graph.OnnxWriter.CONTRIB;
import static io.labelmill.graph.OnnxWriter.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** Other ways to write the same network, to be measured beside the one in use. */
public final class BlockVariants {
  private BlockVariants() {}

  /** The variants by name. */
  public static Set<String> names() {
    return VARIANTS.keySet();
  }

  private record Variant(Form form, boolean wholeLastLayer) {
    Variant(Function<OnnxWriter, Blocks> blocks, boolean wholeLastLayer) {
      this((onnx, head) -> blocks.apply(onnx), wholeLastLayer);
    }
  }

  private interface Form {
    Blocks blocks(OnnxWriter onnx, Optional<Head> head);
  }

  private static final Map<String, Variant> VARIANTS = new TreeMap<>();

  static {
    VARIANTS.put("fused", new Variant(FusedBlocks::new, false));
    VARIANTS.put("maps-enlarged", new Variant(EnlargedMaps::new, false));
    VARIANTS.put("bias-folded", new Variant(FoldedBias::new, false));
    VARIANTS.put("fused-whole", new Variant(FusedBlocks::new, true));
    VARIANTS.put("standard", new Variant(StandardBlocks::new, false));
    VARIANTS.put("exported", new Variant(Exported::new, true));
    VARIANTS.put("attention-multihead", new Variant(MultiHead::new, false));
    VARIANTS.put("attention-bias", new Variant(AttentionBias::new, false));
    VARIANTS.put("attention-three", new Variant(ThreeProducts::new, false));
    VARIANTS.put("gelu-split", new Variant(SplitGelu::new, false));
    VARIANTS.put("gelu-off", new Variant(NoGelu::new, false));
    VARIANTS.put("norm-standard", new Variant(StandardNorm::new, false));
    VARIANTS.put("patch-conv", new Variant(PatchConvolution::new, false));
    VARIANTS.put("gemm", new Variant(GemmProducts::new, false));
    VARIANTS.put("int8", new Variant(QuantizedBlocks::new, false));
    VARIANTS.put("int8-float-pixels", new Variant(FloatPixels::new, false));
    VARIANTS.put("int8-exact-gelu", new Variant(ExactGelu::new, false));
    VARIANTS.put("int8-bias-in-product", new Variant(BiasInProduct::new, false));
    VARIANTS.put("int8-attention-off", new Variant(NoAttention::new, false));
  }

  /** Writes that variant of a network, with logits as the only output. */
  public static ModelFacts write(String variant, JsonNode config, TensorStore weights, Path folder)
      throws IOException {
    Variant chosen = VARIANTS.get(variant);
    Architecture architecture =
        Architecture.of(ModelClass.of(config, weights), config, new Parameters(weights));
    try (OnnxWriter onnx = new OnnxWriter(folder)) {
      Set<GraphOutput> wanted = EnumSet.of(GraphOutput.LOGITS);
      if (chosen.wholeLastLayer()) {
        wanted.add(GraphOutput.LAST_HIDDEN_STATE);
      }
      Value logits =
          architecture
              .write(chosen.form().blocks(onnx, architecture.head()), wanted)
              .get(GraphOutput.LOGITS);
      List<Object> axes = new ArrayList<>(List.of("batch"));
      axes.addAll(architecture.facts().logits());
      onnx.output(logits, "logits", axes);
      onnx.finish();
    }
    return architecture.facts();
  }

  /** The last convolution over maps that were enlarged before it, as the original code has it. */
  private static final class EnlargedMaps extends FusedBlocks {
    EnlargedMaps(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    MapBlocks maps() {
      return new MapBlocks(this) {
        @Override
        Value fused(List<Value> maps, List<MapGrid> grids, Linear fusion) {
          int width = fusion.in() / 9 / maps.size();
          MapGrid finest = grids.get(0);
          List<Value> enlarged = new ArrayList<>(List.of(maps.get(0)));
          for (int i = 1; i < maps.size(); i++) {
            enlarged.add(resized(maps.get(i), grids.get(i), finest, width, "enlarged." + i));
          }
          Value all = node("Concat", "enlarged", enlarged, attribute("axis", -1));
          return convolution(all, finest, fusion, Nonlinearity.RELU);
        }
      };
    }
  }

  /** Biases of positions that the runtime folds when it opens the model. */
  private static final class FoldedBias extends FusedBlocks {
    FoldedBias(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value zeroOf(Value input) {
      return onnx.floats("zero", new float[1], 1);
    }
  }

  /** As PyTorch's exporter writes it: nothing folded, standard operators. */
  private static final class Exported extends StandardBlocks {
    Exported(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    List<Value> projections(Value queries, Value context, SelfAttention attention) {
      return List.of(
          affine(queries, attention.query()),
          affine(context, attention.key()),
          affine(context, attention.value()));
    }

    @Override
    Value linear(Value value, Linear linear, Nonlinearity activation) {
      Value result = super.linear(value, linear, activation);
      if (!linear.name().endsWith("output.dense")) {
        return result;
      }
      float[] ones = new float[linear.out()];
      Arrays.fill(ones, 1);
      return node(
          "Mul",
          linear.name() + ".lambda",
          List.of(onnx.floats(linear.name() + ".ones", ones, linear.out()), result));
    }

    @Override
    Stream tokens(
        Value pixels,
        PatchGrid grid,
        int length,
        Linear projection,
        Supplier<float[]> leading,
        Optional<Supplier<float[]>> positions) {
      Value rows = patchConvolution(this, pixels, grid, projection);
      Value offsets = offsets(grid, length, projection, leading.get(), positions);
      return Stream.of(node("Add", "conv.sum", List.of(rows, offsets)));
    }
  }

  private static Value patchConvolution(
      Blocks blocks, Value pixels, PatchGrid grid, Linear projection) {
    Value kernel =
        blocks.onnx.floats(
            "conv.weight",
            projection.weight().get(),
            projection.out(),
            grid.channels(),
            grid.patchHeight(),
            grid.patchWidth());
    Value map =
        blocks.node(
            "Conv",
            "conv",
            List.of(pixels, kernel),
            attribute("strides", List.of((long) grid.patchHeight(), (long) grid.patchWidth())));
    Value flat =
        blocks.node(
            "Reshape",
            "conv.flat",
            List.of(map, blocks.onnx.longs(-1, projection.out(), grid.patches())));
    Value tokens =
        blocks.node(
            "Transpose", "conv.tokens", List.of(flat), attribute("perm", List.of(0L, 2L, 1L)));
    return blocks.node("Pad", "conv.rows", List.of(tokens, blocks.onnx.longs(0, 1, 0, 0, 0, 0)));
  }

  /** The patch projection as a convolution. */
  private static final class PatchConvolution extends FusedBlocks {
    PatchConvolution(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Stream tokens(
        Value pixels,
        PatchGrid grid,
        int length,
        Linear projection,
        Supplier<float[]> leading,
        Optional<Supplier<float[]>> positions) {
      Value rows = patchConvolution(this, pixels, grid, projection);
      Value offsets = offsets(grid, length, projection, leading.get(), positions);
      return Stream.of(node("Add", "conv.sum", List.of(rows, offsets)));
    }
  }

  /** Projections by one product, split, and attention by the operator that takes them. */
  private static final class MultiHead extends FusedBlocks {
    MultiHead(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
      return multiHeadAttention(projections(queries, context, attention), attention, bias);
    }
  }

  /** The bias of queries, keys and values added by the attention operator. */
  private static final class AttentionBias extends FusedBlocks {
    AttentionBias(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
      SelfAttention unbiased =
          new SelfAttention(
              attention.name(),
              attention.heads(),
              unbiased(attention.query()),
              unbiased(attention.key()),
              unbiased(attention.value()));
      Linear stacked =
          Linear.stacked(
              attention.name() + ".all",
              List.of(attention.query(), attention.key(), attention.value()));
      List<Value> inputs = new ArrayList<>(projections(queries, context, unbiased));
      inputs.add(onnx.floats(stacked.name() + ".bias", stacked.biasOrZeros(), stacked.out()));
      bias.ifPresent(value -> inputs.addAll(List.of(Value.NONE, value)));
      return onnx.node(
          CONTRIB,
          "MultiHeadAttention",
          attention.name(),
          inputs,
          attribute("num_heads", attention.heads()));
    }

    private static Linear unbiased(Linear linear) {
      return new Linear(
          linear.name(), linear.in(), linear.out(), linear.weight(), Optional.empty());
    }
  }

  /** Three products instead of one that is split. */
  private static final class ThreeProducts extends FusedBlocks {
    ThreeProducts(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
      return multiHeadAttention(
          List.of(
              affine(queries, attention.query()),
              affine(context, attention.key()),
              affine(context, attention.value())),
          attention,
          bias);
    }
  }

  /** Bias and GELU as two operators. */
  private static final class SplitGelu extends FusedBlocks {
    SplitGelu(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value linear(Value value, Linear linear, Nonlinearity activation) {
      if (activation != Nonlinearity.GELU) {
        return super.linear(value, linear, activation);
      }
      return onnx.node(
          CONTRIB, "Gelu", linear.name() + ".activation", List.of(affine(value, linear)));
    }
  }

  /** Wrong on purpose: what the activation costs. */
  private static final class NoGelu extends FusedBlocks {
    NoGelu(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value linear(Value value, Linear linear, Nonlinearity activation) {
      return super.linear(
          value, linear, activation == Nonlinearity.GELU ? Nonlinearity.IDENTITY : activation);
    }
  }

  /** The standard norm behind an addition. */
  private static final class StandardNorm extends FusedBlocks {
    StandardNorm(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Normed norm(Stream stream, LayerNorm norm) {
      Value sum = sum(stream);
      return new Normed(Stream.of(sum), norm(sum, norm));
    }
  }

  /** Products by Gemm over [tokens, width], the bias inside. One image at a time only. */
  private static final class GemmProducts extends FusedBlocks {
    GemmProducts(OnnxWriter onnx) {
      super(onnx);
    }

    @Override
    Value affine(Value value, Linear linear) {
      if (linear.bias().isEmpty() || linear.name().equals("classifier")) {
        return super.affine(value, linear);
      }
      Value rows = node("Squeeze", linear.name() + ".rows", List.of(value, onnx.longs(0)));
      AttributeProto transposed = attribute("transB", 1);
      Value product =
          node(
              "Gemm",
              linear.name() + ".gemm",
              List.of(
                  rows,
                  onnx.floats(
                      linear.name() + ".weight", linear.weight().get(), linear.out(), linear.in()),
                  bias(linear).orElseThrow()),
              transposed);
      return node("Unsqueeze", linear.name(), List.of(product, onnx.longs(0)));
    }
  }

  /** Integers, but for the pixels. */
  private static final class FloatPixels extends QuantizedBlocks {
    FloatPixels(OnnxWriter onnx, Optional<Head> head) {
      super(onnx, head);
    }

    @Override
    Optional<QuantizedWeight> quantized(Linear linear) {
      return linear.name().contains("patch_embeddings")
          ? Optional.empty()
          : super.quantized(linear);
    }
  }

  /** Integers with the exact form of GELU. */
  private static final class ExactGelu extends QuantizedBlocks {
    ExactGelu(OnnxWriter onnx, Optional<Head> head) {
      super(onnx, head);
    }

    @Override
    Value linear(Value value, Linear linear, Nonlinearity activation) {
      return activation == Nonlinearity.GELU
          ? onnx.node(
              CONTRIB, "Gelu", linear.name() + ".activation", List.of(affine(value, linear)))
          : super.linear(value, linear, activation);
    }
  }

  /** Integers with the bias before GELU added by the product. */
  private static final class BiasInProduct extends QuantizedBlocks {
    BiasInProduct(OnnxWriter onnx, Optional<Head> head) {
      super(onnx, head);
    }

    @Override
    Value linear(Value value, Linear linear, Nonlinearity activation) {
      return activation == Nonlinearity.GELU
          ? onnx.node(
              CONTRIB, "FastGelu", linear.name() + ".activation", List.of(affine(value, linear)))
          : super.linear(value, linear, activation);
    }
  }

  /** Wrong on purpose: what attention costs behind its projections. */
  private static final class NoAttention extends QuantizedBlocks {
    NoAttention(OnnxWriter onnx, Optional<Head> head) {
      super(onnx, head);
    }

    @Override
    Value attention(Value queries, Value context, SelfAttention attention, Optional<Value> bias) {
      Value sum =
          node(
              "Add",
              attention.name() + ".sum",
              List.of(affine(queries, attention.query()), affine(context, attention.key())));
      return node("Add", attention.name(), List.of(sum, affine(context, attention.value())));
    }
  }
}
