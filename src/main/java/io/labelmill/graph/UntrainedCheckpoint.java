package io.labelmill.graph;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.checkpoint.Channels;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A checkpoint of random weights, written as a Hugging Face folder: for demonstrations and for
 * measuring, where what the scores say does not matter. Tensors have the names and shapes of the
 * published checkpoints: those that the {@link Architecture} asks for. The same values give the
 * same bytes.
 *
 * @param family what it is of; BEiT has relative positions per layer, mean pooling and layer scale
 * @param head one of the family's
 * @param imageSize height and width of the model's input in pixels, a multiple of {@code patchSize}
 * @param hidden width of the token vectors, a multiple of {@code heads}
 * @param intermediate width inside each layer's MLP
 * @param dataType F32, F16 or BF16
 * @param spread of the random weights
 */
public record UntrainedCheckpoint(
    ModelFamily family,
    ModelHead head,
    int imageSize,
    int patchSize,
    int hidden,
    int layers,
    int heads,
    int intermediate,
    Labels labels,
    Optional<ProblemType> problemType,
    DataType dataType,
    Spread spread,
    long seed) {

  /**
   * How far the random weights lie apart. The usual values start a training well; wider ones make
   * the features of the untrained model tell images apart.
   *
   * @param deviation standard deviation of weights and biases
   * @param layerScale factor of each branch before the residual addition, BEiT only
   */
  public record Spread(double deviation, double layerScale) {
    /** As the published models were begun with. */
    public static final Spread USUAL = new Spread(0.02, 0.1);
  }

  /** Ends of names: a table of relative positions, and what is stored beside it without use. */
  private static final String TABLE = "relative_position_bias_table";

  private static final String INDEX = "relative_position_index";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public UntrainedCheckpoint {
    if (imageSize % patchSize != 0 || hidden % heads != 0) {
      throw new IllegalArgumentException(
          "image %d of patches %d, width %d of heads %d"
              .formatted(imageSize, patchSize, hidden, heads));
    }
  }

  /**
   * Writes {@code config.json}, {@code preprocessor_config.json} and {@code model.safetensors}.
   *
   * @param folder made when it is not there
   * @throws InputException when a file can not be written; what was written is left there
   */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder);
      JSON.writeValue(folder.resolve("config.json").toFile(), config());
      JSON.writeValue(folder.resolve("preprocessor_config.json").toFile(), processor());
    } catch (IOException e) {
      throw Cause.failure("%s can not be written: %s.".formatted(folder, Channels.reason(e)), e);
    }
    TensorStore weights = weights();
    SafeTensorsFile.write(
        folder.resolve("model.safetensors"), tensors(), weights::floats, Map.of("format", "pt"));
  }

  /** The tensors without a file: each is drawn when it is asked for, and none is kept. */
  public TensorStore weights() {
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    tensors().forEach(tensor -> infos.put(tensor.name(), tensor));
    return new Drawn(this, infos, new Normal());
  }

  private record Drawn(UntrainedCheckpoint checkpoint, Map<String, TensorInfo> infos, Normal normal)
      implements TensorStore {
    @Override
    public Set<String> names() {
      return infos.keySet();
    }

    @Override
    public TensorInfo info(String name) {
      TensorInfo info = infos.get(name);
      if (info == null) {
        throw new InputException("There is no tensor '%s'.".formatted(name));
      }
      return info;
    }

    @Override
    public float[] floats(String name) {
      return checkpoint.values(info(name), normal);
    }

    @Override
    public long bytes() {
      return infos.values().stream().mapToLong(TensorInfo::bytes).sum();
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private List<TensorInfo> tensors() {
    List<TensorInfo> tensors = new ArrayList<>();
    Network.shapes(config())
        .forEach(
            (name, shape) -> {
              tensors.add(new TensorInfo(name, dataType, shape));
              if (name.endsWith(TABLE)) {
                long tokens = (long) positions().rows() * positions().columns() + 1;
                String index = name.replace(TABLE, INDEX);
                tensors.add(new TensorInfo(index, DataType.I64, List.of(tokens, tokens)));
              }
            });
    return tensors;
  }

  private RelativePositions positions() {
    return new RelativePositions(imageSize / patchSize, imageSize / patchSize);
  }

  /** Each tensor has its own stream of random numbers, so that none depends on the others. */
  private float[] values(TensorInfo tensor, Normal normal) {
    String name = tensor.name();
    float[] values = new float[(int) tensor.elements()];
    if (name.endsWith(INDEX)) {
      int[] index = positions().index();
      for (int i = 0; i < index.length; i++) {
        values[i] = index[i];
      }
    } else if (name.contains("lambda_")) {
      Arrays.fill(values, (float) spread.layerScale());
    } else if (name.endsWith(".running_mean")) {
      return values;
    } else if (name.endsWith(".running_var")) {
      Arrays.fill(values, 1);
    } else if (name.contains("layernorm") || name.contains(".bn.") || name.startsWith("fpn1.1.")) {
      Arrays.fill(values, name.endsWith(".weight") ? 1 : 0);
    } else {
      normal.fill(
          values,
          (float) spread.deviation(),
          new SplittableRandom(seed * 0x9e3779b97f4a7c15L + name.hashCode()));
    }
    return values;
  }

  public ObjectNode config() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    boolean beit = family == ModelFamily.BEIT;
    config.putArray("architectures").add(family.className(head));
    config.put("attention_probs_dropout_prob", 0.0);
    if (beit) {
      config.put("drop_path_rate", 0.1);
    }
    config.put("hidden_act", "gelu");
    config.put("hidden_dropout_prob", 0.0);
    config.put("hidden_size", hidden);
    ObjectNode id2label = config.putObject("id2label");
    ObjectNode label2id = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < labels.size(); i++) {
      id2label.put(labels.ids().get(i).toString(), labels.names().get(i));
      label2id.put(labels.names().get(i), labels.ids().get(i));
    }
    config.put("image_size", imageSize);
    config.put("initializer_range", spread.deviation());
    config.put("intermediate_size", intermediate);
    config.set("label2id", label2id);
    config.put("layer_norm_eps", 1e-12);
    if (beit) {
      config.put("layer_scale_init_value", spread.layerScale());
    }
    config.put("model_type", family.modelType());
    config.put("num_attention_heads", heads);
    config.put("num_channels", 3);
    config.put("num_hidden_layers", layers);
    if (head == ModelHead.SEGMENTATION) {
      ArrayNode indices = config.putArray("out_indices");
      // Of 12 layers 3, 5, 7 and 11, of 24 layers 7, 11, 15 and 23, as those that are published.
      for (int sixths : new int[] {2, 3, 4, 6}) {
        indices.add(Math.max(1, layers * sixths / 6 - 1));
      }
    }
    config.put("patch_size", patchSize);
    problemType.ifPresent(type -> config.put("problem_type", type.configName()));
    if (!beit) {
      config.put("qkv_bias", true);
    }
    config.put("torch_dtype", dataType.torchName());
    if (beit) {
      config.put("use_absolute_position_embeddings", false);
      config.put("use_mask_token", false);
      config.put("use_mean_pooling", true);
      config.put("use_relative_position_bias", true);
      config.put("use_shared_relative_position_bias", false);
      config.put("vocab_size", 8192);
    }
    return config;
  }

  private ObjectNode processor() {
    ObjectNode processor = JsonNodeFactory.instance.objectNode();
    boolean beit = family == ModelFamily.BEIT;
    if (family != ModelFamily.VIT) {
      processor.put("crop_size", imageSize);
      processor.put("do_center_crop", false);
    }
    processor.put("do_normalize", true);
    processor.put("do_resize", true);
    String owner = family.className(ModelHead.NONE).replaceAll("Model$", "");
    processor.put("feature_extractor_type", owner + "FeatureExtractor");
    processor.putArray("image_mean").add(0.5).add(0.5).add(0.5);
    processor.putArray("image_std").add(0.5).add(0.5).add(0.5);
    if (beit) {
      processor.put("resample", 2);
    }
    if (head == ModelHead.SEGMENTATION) {
      processor.put("reduce_labels", true);
    }
    processor.put("size", imageSize);
    return processor;
  }

  /**
   * Normal deviates from a table of the inverse distribution at 65,536 places: four of one random
   * long. Values are within 4.2 standard deviations.
   */
  private static final class Normal {
    private final float[] quantiles = new float[1 << 16];

    Normal() {
      for (int i = 0; i < quantiles.length / 2; i++) {
        double quantile = upperQuantile((i + 0.5) / quantiles.length);
        quantiles[i] = (float) -quantile;
        quantiles[quantiles.length - 1 - i] = (float) quantile;
      }
    }

    void fill(float[] values, float deviation, SplittableRandom random) {
      long bits = 0;
      for (int i = 0; i < values.length; i++) {
        bits = (i & 3) == 0 ? random.nextLong() : bits >>> 16;
        values[i] = deviation * quantiles[(int) bits & 0xffff];
      }
    }

    /**
     * The x above which a part {@code p}, up to a half, of the normal distribution lies, to 5e-4.
     * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23.
     */
    private static double upperQuantile(double p) {
      double t = StrictMath.sqrt(-2 * StrictMath.log(p));
      return t
          - (2.515517 + t * (0.802853 + t * 0.010328))
              / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    }
  }
}
