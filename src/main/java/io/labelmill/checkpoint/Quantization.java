package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights that are integers with scales beside them. Those of LLM.int8 are read, since each row is
 * its integers times one number; all others are refused by name: what their integers mean is known
 * to their own library.
 */
final class Quantization {
  private static final String LLM_INT8 = "LLM.int8 of bitsandbytes";

  /** Ends of tensor names that only one way of quantising has, in the order of trying. */
  private static final Map<String, String> MARKS = new LinkedHashMap<>();

  static {
    MARKS.put(".quant_state.bitsandbytes__nf4", "bitsandbytes to 4 bits");
    MARKS.put(".quant_state.bitsandbytes__fp4", "bitsandbytes to 4 bits");
    MARKS.put(".qweight", "GPTQ or AWQ");
    MARKS.put(".weight._data", "quanto");
    MARKS.put(".weight._data._data", "quanto");
    MARKS.put(".weight_packed", "compressed-tensors");
    MARKS.put(".weight_qdata", "torchao");
    MARKS.put("._weight_qdata", "torchao");
    MARKS.put(".W_q", "HQQ");
    MARKS.put("._packed_params._packed_params", "torch.ao.quantization");
    MARKS.put(".weight_scale_inv", "blocks of FP8");
    MARKS.put(".weight_scale", "scales beside its weights");
  }

  private Quantization() {}

  /**
   * Refuses what {@code quantization_config} names, unless it is LLM.int8.
   *
   * @throws InputException naming the method
   */
  static void refuse(JsonNode config, Path file) {
    JsonNode described = config.path("quantization_config");
    if (described.isMissingNode() || described.isNull() || isOff(described)) {
      return;
    }
    String method = described.path("quant_method").asText("");
    boolean bitsandbytes =
        method.startsWith("bitsandbytes")
            || (method.isEmpty() && described.has("load_in_8bit") && described.has("load_in_4bit"));
    if (bitsandbytes && isOn(described, "load_in_4bit")) {
      throw refusal(file.toString(), "bitsandbytes to 4 bits");
    } else if (!bitsandbytes) {
      String kind = described.path("quant_type").asText("");
      throw refusal(
          file + " (quantization_config)",
          method.isEmpty()
              ? "a method that it does not name"
              : TensorInfo.printable(kind.isEmpty() ? method : method + ", " + kind));
    }
  }

  private static boolean isOn(JsonNode described, String key) {
    // Transformers 5 writes the key twice, once with an underscore in front.
    return described.path(key).asBoolean() || described.path("_" + key).asBoolean();
  }

  /** bitsandbytes with nothing switched on. */
  private static boolean isOff(JsonNode described) {
    return described.has("load_in_8bit")
        && described.has("load_in_4bit")
        && !isOn(described, "load_in_8bit")
        && !isOn(described, "load_in_4bit");
  }

  /**
   * The float tensors of a store, with those of LLM.int8 multiplied by their scales.
   *
   * @param notes gets a sentence where that is done
   * @throws InputException where tensors are quantised in another way
   */
  static TensorStore dequantised(TensorStore stored, String source, List<String> notes) {
    for (Map.Entry<String, String> mark : MARKS.entrySet()) {
      if (stored.names().stream().anyMatch(name -> name.endsWith(mark.getKey()))) {
        throw refusal(source, mark.getValue());
      }
    }
    List<TensorInfo> infos = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    int scaled = 0;
    for (String name : stored.names()) {
      if (name.endsWith(Int8Rows.FORMAT)) {
        Int8Rows.checkFormat(stored, name, problems);
      } else if (!name.endsWith(Int8Rows.SCALES)) {
        TensorInfo info = stored.info(name);
        if (Int8Rows.isScaled(stored, info, problems)) {
          scaled++;
          info = new TensorInfo(name, DataType.F32, info.shape());
        }
        infos.add(info);
      }
    }
    if (!problems.isEmpty()) {
      throw Problems.of(problems);
    }
    if (scaled == 0) {
      return stored;
    }
    notes.add(
        "%d of %d weights are quantised by %s: each row is its integers times its scale, in float32. bitsandbytes rounds what it multiplies them with, too, so that its scores differ a little."
            .formatted(scaled, infos.size(), LLM_INT8));
    return new Int8Rows(stored, infos);
  }

  private static InputException refusal(String source, String method) {
    return new InputException(
        "%s: the weights are quantised by %s, and their integers are not read as weights: name the checkpoint that it was made from. Or load it with Transformers, and write model.dequantize().state_dict() with torch.save to pytorch_model.bin, beside a config.json without quantization_config."
            .formatted(source, method));
  }

  /**
   * Weights as LLM.int8 stores them: int8 [out, in] and, beside it, the largest magnitude of each
   * row. Dettmers et al., https://arxiv.org/abs/2208.07339, section 2.1; {@code
   * int8_vectorwise_dequant} of bitsandbytes.
   */
  private static final class Int8Rows extends TensorView {
    static final String SCALES = ".SCB";
    static final String FORMAT = ".weight_format";
    private static final String WEIGHT = ".weight";

    private final TensorStore stored;

    Int8Rows(TensorStore stored, List<TensorInfo> infos) {
      super(stored, infos);
      this.stored = stored;
    }

    private static String scales(String weight) {
      return weight.substring(0, weight.length() - WEIGHT.length()) + SCALES;
    }

    static boolean isScaled(TensorStore stored, TensorInfo info, List<String> problems) {
      if (!info.name().endsWith(WEIGHT)
          || info.dataType() != DataType.I8
          || !stored.contains(scales(info.name()))) {
        return false;
      }
      TensorInfo scales = stored.info(scales(info.name()));
      if (info.shape().size() != 2
          || scales.dataType().isInteger()
          || scales.elements() != info.shape().get(0)) {
        problems.add(
            "Tensor '%s' is %s and its scales '%s' are %s: LLM.int8 has a float for each row."
                .formatted(info.name(), info.description(), scales.name(), scales.description()));
      }
      return true;
    }

    /** Formats 1 to 3 are orders of elements that some GPUs liked. */
    static void checkFormat(TensorStore stored, String name, List<String> problems) {
      if (stored.info(name).elements() != 1 || stored.floats(name)[0] != 0) {
        problems.add(
            "Tensor '%s' says that the weights of %s lie in another order than row by row (0), which is not read."
                .formatted(name, LLM_INT8));
      }
    }

    @Override
    public float[] floats(String name) {
      float[] values = stored.floats(name);
      if (stored.info(name).dataType() == info(name).dataType()) {
        return values;
      }
      float[] scales = stored.floats(scales(name));
      int columns = values.length / Math.max(1, scales.length);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] * (double) scales[i / columns] / 127);
      }
      return values;
    }
  }
}
