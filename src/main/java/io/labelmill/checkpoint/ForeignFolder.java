package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Folders that look like checkpoints and are something else, each told in one sentence. */
final class ForeignFolder {
  static final String ADAPTER = "adapter_config.json";

  private ForeignFolder() {}

  /**
   * @throws InputException when a folder is timm's, or holds an adapter and no model
   */
  static void refuse(Path folder) {
    json(folder.resolve("config.json")).ifPresent(config -> refuseTimm(folder.toString(), config));
    if (Files.isRegularFile(folder.resolve(ADAPTER)) && WeightsFiles.areMissing(folder)) {
      throw new InputException(
          adapter(folder.toString(), json(folder.resolve(ADAPTER)).orElse(null)));
    }
  }

  /**
   * Refuses what a configuration alone tells, before weights are brought.
   *
   * @param source that it is of, for messages
   * @throws InputException when it is timm's, or says that weights are quantised in a way that is
   *     not read
   */
  static void refuse(String source, Path config) {
    json(config)
        .ifPresent(
            read -> {
              refuseTimm(source, read);
              Quantization.refuse(read, config);
            });
  }

  private static void refuseTimm(String source, JsonNode config) {
    if (isOfTimm(config)) {
      throw new InputException(
          "%s is a checkpoint of timm (%s), whose networks are not read: name the checkpoint that Transformers has of it, or a folder with an exported model.onnx."
              .formatted(
                  source,
                  TensorInfo.printable(
                      config.path("architecture").asText("its wrapper in Transformers"))));
    }
  }

  /** A sentence for files that hold no weights that are read, if it is known what they are. */
  static Optional<String> insteadOfWeights(String source, Collection<String> files) {
    if (files.contains(ADAPTER)) {
      return Optional.of(adapter(source, null));
    }
    for (String[] other :
        new String[][] {
          {"tf_model.h5", "TensorFlow", "from_tf"}, {"flax_model.msgpack", "Flax", "from_flax"}
        }) {
      if (files.contains(other[0]) || files.contains(other[0] + ".index.json")) {
        return Optional.of(
            "%s holds weights of %s alone (%s), which are not read: Transformers 4 converts them, by AutoModelForImageClassification.from_pretrained(FOLDER, %s=True).save_pretrained(FOLDER)."
                .formatted(source, other[1], other[0], other[2]));
      }
    }
    return Optional.empty();
  }

  /**
   * Refuses weights in which an adapter stands beside what it is to be added to.
   *
   * @throws InputException naming such a tensor
   */
  static void refuseAdapters(TensorStore stored, Path folder) {
    Predicate<String> isAdapter = name -> name.contains(".lora_A.") || name.contains(".lora_B.");
    Optional<String> found = stored.names().stream().filter(isAdapter).findFirst();
    if (found.isPresent()) {
      throw new InputException(
          "%s holds a LoRA adapter beside the weights that it is to be added to (tensor '%s'): merge it first, with merge_and_unload() of PEFT's model, then save_pretrained(FOLDER)."
              .formatted(folder, found.get()));
    }
  }

  private static boolean isOfTimm(JsonNode config) {
    return config.path("model_type").asText("").equals("timm_wrapper")
        || (!config.has("model_type")
            && config.path("architecture").isTextual()
            && (config.has("pretrained_cfg") || config.has("num_classes")));
  }

  /**
   * @param config of the adapter, null where it is not known
   */
  private static String adapter(String source, JsonNode config) {
    String kind = config == null ? "" : config.path("peft_type").asText("");
    String base = config == null ? "" : config.path("base_model_name_or_path").asText("");
    return "%s holds an adapter of PEFT%s%s and no model: merge it first, with the versions of PEFT and Transformers that trained it, by PeftModel.from_pretrained(BASE, FOLDER).merge_and_unload().save_pretrained(MERGED)."
        .formatted(
            source,
            kind.isEmpty() ? "" : " (" + TensorInfo.printable(kind) + ")",
            base.isEmpty() ? "" : " for " + TensorInfo.printable(base));
  }

  /** What a file holds; empty where it is missing or malformed, of which others complain. */
  private static Optional<JsonNode> json(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JsonText.object(file));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  /** Names of files that a training leaves beside the weights. */
  static final List<String> OF_TRAINING =
      List.of("optimizer", "scheduler", "training_args", "rng_state", "random_states", "scaler");
}
