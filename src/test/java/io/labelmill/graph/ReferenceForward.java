package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.TensorStore;
import java.util.HashMap;
import java.util.Map;

/**
 * BEiT, ViT and DeiT in float64 and plain loops, one image at a time, nothing folded and nothing
 * shared with the code under test: the formulas of the papers as the original code computes them.
 */
final class ReferenceForward {
  /** Results of one image. */
  @SuppressWarnings("ArrayRecordComponent")
  record Result(double[][] lastHiddenState, double[] pooled, double[] logits) {}

  private final JsonNode config;
  private final TensorStore weights;
  private final Map<String, float[]> read = new HashMap<>();
  private final String base;
  private final int hidden;
  private final int heads;
  private final double epsilon;
  private final int height;
  private final int width;
  private final int patchHeight;
  private final int patchWidth;
  private final int rows;
  private final int columns;

  ReferenceForward(JsonNode config, TensorStore weights) {
    this.config = config;
    this.weights = weights;
    base =
        weights.names().contains("embeddings.cls_token")
            ? ""
            : isBeit() ? "beit." : isDeit() ? "deit." : "vit.";
    hidden = config.path("hidden_size").asInt();
    heads = config.path("num_attention_heads").asInt();
    epsilon = config.path("layer_norm_eps").asDouble(1e-12);
    height = side("image_size", 0);
    width = side("image_size", 1);
    patchHeight = side("patch_size", 0);
    patchWidth = side("patch_size", 1);
    rows = height / patchHeight;
    columns = width / patchWidth;
  }

  private float[] tensor(String name) {
    return read.computeIfAbsent(name, weights::floats);
  }

  private boolean isBeit() {
    return config.path("architectures").path(0).asText().startsWith("Beit");
  }

  private boolean isDeit() {
    return config.path("architectures").path(0).asText().startsWith("DeiT");
  }

  private int side(String key, int index) {
    JsonNode value = config.path(key);
    return value.isArray() ? value.get(index).asInt() : value.asInt();
  }

  Result forward(float[] pixels) {
    double[][] x = embeddings(pixels);
    for (int layer = 0; layer < config.path("num_hidden_layers").asInt(); layer++) {
      x = layer(x, base + "encoder.layer." + layer + ".");
    }
    boolean mean = isBeit() && config.path("use_mean_pooling").asBoolean(true);
    double[] pooled;
    if (mean) {
      double[] average = new double[hidden];
      for (int token = 1; token < x.length; token++) {
        for (int i = 0; i < hidden; i++) {
          average[i] += x[token][i] / (x.length - 1);
        }
      }
      pooled = norm(average, base + "pooler.layernorm");
    } else {
      for (int token = 0; token < x.length; token++) {
        x[token] = norm(x[token], base + "layernorm");
      }
      pooled = x[0];
    }
    if (!weights.contains("distillation_classifier.weight")) {
      return new Result(x, pooled, linear(pooled, "classifier", true));
    }
    double[] own = linear(x[0], "cls_classifier", true);
    double[] teachers = linear(x[1], "distillation_classifier", true);
    double[] logits = new double[own.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (own[i] + teachers[i]) / 2;
    }
    return new Result(x, pooled, logits);
  }

  private double[][] embeddings(float[] pixels) {
    float[] kernel = tensor(base + "embeddings.patch_embeddings.projection.weight");
    float[] bias = tensor(base + "embeddings.patch_embeddings.projection.bias");
    int leading = isDeit() ? 2 : 1;
    double[][] tokens = new double[rows * columns + leading][hidden];
    for (int i = 0; i < hidden; i++) {
      tokens[0][i] = tensor(base + "embeddings.cls_token")[i];
      if (isDeit()) {
        tokens[1][i] = tensor(base + "embeddings.distillation_token")[i];
      }
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double[] token = tokens[leading + row * columns + column];
        for (int i = 0; i < hidden; i++) {
          token[i] = bias[i];
          int k = i * 3 * patchHeight * patchWidth;
          for (int channel = 0; channel < 3; channel++) {
            for (int dy = 0; dy < patchHeight; dy++) {
              for (int dx = 0; dx < patchWidth; dx++) {
                int y = row * patchHeight + dy;
                int at = column * patchWidth + dx;
                token[i] += (double) kernel[k++] * pixels[(channel * height + y) * width + at];
              }
            }
          }
        }
      }
    }
    if (!isBeit() || config.path("use_absolute_position_embeddings").asBoolean()) {
      float[] positions = tensor(base + "embeddings.position_embeddings");
      for (int token = 0; token < tokens.length; token++) {
        for (int i = 0; i < hidden; i++) {
          tokens[token][i] += positions[token * hidden + i];
        }
      }
    }
    return tokens;
  }

  private double[][] layer(double[][] x, String layer) {
    int tokens = x.length;
    double[][] normed = new double[tokens][];
    for (int token = 0; token < tokens; token++) {
      normed[token] = norm(x[token], layer + "layernorm_before");
    }
    double[][] attended = attention(normed, layer);
    double[][] result = new double[tokens][];
    for (int token = 0; token < tokens; token++) {
      double[] branch = linear(attended[token], layer + "attention.output.dense", true);
      double[] between = sum(x[token], scaled(branch, layer + "lambda_1"));
      double[] expanded =
          linear(norm(between, layer + "layernorm_after"), layer + "intermediate.dense", true);
      for (int i = 0; i < expanded.length; i++) {
        expanded[i] = activation(expanded[i]);
      }
      double[] second = linear(expanded, layer + "output.dense", true);
      result[token] = sum(between, scaled(second, layer + "lambda_2"));
    }
    return result;
  }

  private double[][] attention(double[][] x, String layer) {
    int tokens = x.length;
    boolean biased = isBeit() || config.path("qkv_bias").asBoolean(true);
    double[][] query = new double[tokens][];
    double[][] key = new double[tokens][];
    double[][] value = new double[tokens][];
    for (int token = 0; token < tokens; token++) {
      query[token] = linear(x[token], layer + "attention.attention.query", biased);
      key[token] = linear(x[token], layer + "attention.attention.key", biased && !isBeit());
      value[token] = linear(x[token], layer + "attention.attention.value", biased);
    }
    int size = hidden / heads;
    double[][] mixed = new double[tokens][hidden];
    for (int head = 0; head < heads; head++) {
      for (int q = 0; q < tokens; q++) {
        double[] shares = new double[tokens];
        double total = 0;
        for (int k = 0; k < tokens; k++) {
          double score = 0;
          for (int i = head * size; i < (head + 1) * size; i++) {
            score += query[q][i] * key[k][i];
          }
          shares[k] = Math.exp(score / Math.sqrt(size) + bias(layer, head, q, k));
          total += shares[k];
        }
        for (int k = 0; k < tokens; k++) {
          for (int i = head * size; i < (head + 1) * size; i++) {
            mixed[q][i] += shares[k] / total * value[k][i];
          }
        }
      }
    }
    return mixed;
  }

  private double bias(String layer, int head, int query, int key) {
    String table = "relative_position_bias.relative_position_bias_table";
    double bias = 0;
    if (config.path("use_relative_position_bias").asBoolean()) {
      bias += tensor(layer + "attention.attention." + table)[entry(query, key) * heads + head];
    }
    if (config.path("use_shared_relative_position_bias").asBoolean()) {
      bias += tensor(base + "encoder." + table)[entry(query, key) * heads + head];
    }
    return bias;
  }

  private int entry(int query, int key) {
    int offsets = (2 * rows - 1) * (2 * columns - 1);
    if (query == 0) {
      return key == 0 ? offsets + 2 : offsets;
    }
    if (key == 0) {
      return offsets + 1;
    }
    int dy = (query - 1) / columns - (key - 1) / columns;
    int dx = (query - 1) % columns - (key - 1) % columns;
    return (dy + rows - 1) * (2 * columns - 1) + dx + columns - 1;
  }

  private double activation(double x) {
    String name = config.path("hidden_act").asText("gelu");
    return switch (name) {
      case "gelu" -> x / 2 * (1 + erf(x / Math.sqrt(2)));
      case "gelu_new" ->
          x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case "quick_gelu" -> x / (1 + Math.exp(-1.702 * x));
      case "silu" -> x / (1 + Math.exp(-x));
      case "relu" -> Math.max(0, x);
      case "tanh" -> Math.tanh(x);
      case "sigmoid" -> 1 / (1 + Math.exp(-x));
      case "linear" -> x;
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** The error function by its Taylor series: enough for the small numbers that occur here. */
  private static double erf(double x) {
    if (Math.abs(x) > 5) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  private double[] linear(double[] x, String name, boolean biased) {
    float[] weight = tensor(name + ".weight");
    int out = weight.length / x.length;
    double[] y = new double[out];
    float[] bias = biased ? tensor(name + ".bias") : new float[out];
    for (int row = 0; row < out; row++) {
      y[row] = bias[row];
      for (int i = 0; i < x.length; i++) {
        y[row] += (double) weight[row * x.length + i] * x[i];
      }
    }
    return y;
  }

  private double[] norm(double[] x, String name) {
    float[] gamma = tensor(name + ".weight");
    float[] beta = tensor(name + ".bias");
    double mean = 0;
    for (double each : x) {
      mean += each / x.length;
    }
    double variance = 0;
    for (double each : x) {
      variance += (each - mean) * (each - mean) / x.length;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon) * gamma[i] + beta[i];
    }
    return y;
  }

  private double[] scaled(double[] branch, String lambda) {
    if (!isBeit() || config.path("layer_scale_init_value").asDouble(0.1) <= 0) {
      return branch;
    }
    float[] factors = tensor(lambda);
    double[] scaled = new double[branch.length];
    for (int i = 0; i < branch.length; i++) {
      scaled[i] = branch[i] * factors[i];
    }
    return scaled;
  }

  private static double[] sum(double[] left, double[] right) {
    double[] sum = new double[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }
}
