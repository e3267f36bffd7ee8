package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A backbone with a classifier of its own, written as a Hugging Face folder that Transformers and
 * Labelmill load. Tensors of the backbone that are not replaced keep their types.
 *
 * @param weights the backbone's, or others in place of some of them; stay their owner's
 */
public record TunedCheckpoint(Checkpoint backbone, TensorStore weights, ClassifierHead head) {
  private static final List<String> TYPES = List.of("dtype", "torch_dtype");

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public TunedCheckpoint(Checkpoint backbone, ClassifierHead head) {
    this(backbone, backbone.weights(), head);
  }

  /**
   * On a backbone some of whose tensors are replaced.
   *
   * @param tuned float32 tensors of the backbone's names and shapes; stay their owner's
   */
  public static TunedCheckpoint of(Checkpoint backbone, TensorStore tuned, ClassifierHead head) {
    return new TunedCheckpoint(backbone, new ReplacedTensors(backbone.weights(), tuned), head);
  }

  /**
   * Writes {@code config.json}, {@code preprocessor_config.json} and {@code model.safetensors}.
   *
   * @param folder made when it is not there
   * @throws InputException when a file can not be written; what was written is left there
   */
  public void write(Path folder) {
    ObjectNode config = head.config(backbone.config());
    config.put("_name_or_path", head.name());
    if (weights != backbone.weights()) {
      // Transformers rounds to the type that is named here; no step of a training is that long.
      TYPES.stream().filter(config::has).forEach(key -> config.put(key, "float32"));
    }
    try {
      Files.createDirectories(folder);
      JSON.writeValue(folder.resolve("config.json").toFile(), config);
      Path processor = folder.resolve("preprocessor_config.json");
      Files.deleteIfExists(processor);
      backbone.writeProcessor(processor);
    } catch (IOException e) {
      throw Cause.failure("%s can not be written: %s.".formatted(folder, Channels.reason(e)), e);
    }
    ModelFamily family = ModelFamily.of(config).orElseThrow();
    // Base models name their tensors without the part that models with a head put in front.
    boolean bare = weights.contains("embeddings.cls_token");
    String prefix = bare ? family.prefix() : "";
    Map<String, String> sources = new HashMap<>();
    List<TensorInfo> tensors = new ArrayList<>();
    for (String name : weights.names()) {
      // Heads of other tasks; a classifier of ViT takes the leading token, not the pooler's vector.
      if (family.isOfHead(name)) {
        continue;
      }
      TensorInfo info = weights.info(name);
      tensors.add(new TensorInfo(prefix + name, info.dataType(), info.shape()));
      sources.put(prefix + name, name);
    }
    tensors.addAll(head.tensors());
    SafeTensorsFile.write(
        folder.resolve("model.safetensors"),
        tensors,
        name -> sources.containsKey(name) ? weights.floats(sources.get(name)) : head.floats(name),
        Map.of("format", "pt"));
  }
}
