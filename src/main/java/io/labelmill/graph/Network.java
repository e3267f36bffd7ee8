package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Taps;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The network of a checkpoint, read once: what it is, and its ONNX graph. Used by one thread; the
 * weights stay their owner's, and must be open while {@link #write} reads them.
 */
public final class Network {
  private final JsonNode config;
  private final TensorStore weights;
  private final Architecture architecture;
  private final List<String> warnings;

  private Network(
      JsonNode config, TensorStore weights, Architecture architecture, List<String> warnings) {
    this.config = config;
    this.weights = weights;
    this.architecture = architecture;
    this.warnings = warnings;
  }

  /**
   * Reads a network, from the configuration and the names and shapes of the tensors alone.
   *
   * @param config {@code config.json}
   * @param weights open; stays open
   * @throws InputException when the architecture is not supported, the configuration is wrong, or
   *     tensors are missing or mis-shaped (all of them are listed)
   */
  public static Network of(JsonNode config, TensorStore weights) {
    Parameters parameters = new Parameters(weights);
    ModelClass wanted = ModelClass.of(config, weights);
    Architecture architecture = Architecture.of(wanted, config, parameters);
    List<String> warnings = new ArrayList<>(wanted.notes());
    warnings.addAll(architecture.warnings());
    if (config.has(Taps.KEY) && !architecture.facts().isOfPoints()) {
      warnings.add("--taps changes nothing: it is about segmentation models.");
    }
    parameters
        .check(architecture.facts().architecture(), architecture::ignores)
        .ifPresent(warnings::add);
    return new Network(config, weights, architecture, List.copyOf(warnings));
  }

  /**
   * The shape of each tensor that a configuration's network is made of.
   *
   * @throws InputException when the architecture is not supported or the configuration is wrong
   */
  public static Map<String, List<Long>> shapes(JsonNode config) {
    TensorStore none = new Outline(Map.of());
    Parameters parameters = new Parameters(none);
    Architecture.of(ModelClass.of(config, none), config, parameters);
    return parameters.shapes();
  }

  public ModelFacts facts() {
    return architecture.facts();
  }

  /** What {@link GraphOutput#POOLED} is; empty where there is none. */
  public Optional<Pooling> pooling() {
    return architecture.pooling();
  }

  /** What the user should see of the checkpoint, sentences that its graph comes with, too. */
  public List<String> warnings() {
    return warnings;
  }

  /** How relative positions are read where that can be chosen: on pictures that are not square. */
  public Optional<PositionBias> positionBias() {
    return architecture.positionBias();
  }

  /**
   * What was chosen where the configuration leaves room, by what it is about, for who inspects a
   * checkpoint: a sentence each.
   */
  public Map<String, String> notes() {
    return architecture.notes();
  }

  /**
   * The network as it is trained.
   *
   * @throws InputException when it is none that is trained
   */
  public TunableNetwork tunable() {
    return architecture
        .tunable()
        .orElseThrow(
            () ->
                new InputException(
                    "%s is not tuned as a whole: BEiT, ViT and DeiT with one classifier are."
                        .formatted(facts().architecture())));
  }

  /**
   * Writes the graph: input {@code pixel_values}, float32 [batch, 3, height, width], normalised, or
   * {@code samples}, uint8 of the same shape; outputs as asked for, see {@link GraphOutput}. Holds
   * a few tensors at a time, never the model.
   *
   * @param folder exists; an earlier graph in it is replaced
   * @throws InputException when the model has no such output; nothing is written
   * @throws IOException when the files can not be written; what is there of them is not usable
   */
  public GraphFiles write(GraphSpec spec, Path folder) throws IOException {
    Set<GraphOutput> absent = EnumSet.copyOf(spec.outputs());
    absent.removeAll(architecture.outputs());
    if (!absent.isEmpty()) {
      throw new InputException(
          "%s has no %s; it gives %s."
              .formatted(
                  facts().architecture(),
                  GraphOutput.names(absent),
                  GraphOutput.names(architecture.outputs())));
    }
    boolean hasLayers = spec.precision().hasLayersOfItsOwn();
    if (hasLayers && facts().isOfPoints()) {
      throw new InputException(
          "%s labels points, and --precision %s is for networks that label images: leave it out, or write --precision int8."
              .formatted(facts().architecture(), spec.precision().word()));
    }
    String name = hasLayers ? EncoderBlocks.FILE : OnnxWriter.MODEL;
    try (OnnxWriter onnx = new OnnxWriter(folder, name)) {
      Blocks blocks = blocks(spec, architecture, onnx);
      write(architecture, blocks, spec.outputs());
      onnx.finish();
      List<String> sentences = new ArrayList<>(warnings);
      sentences.addAll(blocks.warnings());
      return new GraphFiles(onnx.model(), onnx.weights(), facts(), sentences);
    }
  }

  /** What {@link #write} would write, without reading or writing a number. */
  public GraphSketch sketch(GraphSpec spec) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    weights.names().forEach(name -> shapes.put(name, weights.info(name).shape()));
    TensorStore outline = new Outline(shapes);
    Architecture sketched =
        Architecture.of(ModelClass.of(config, outline), config, new Parameters(outline));
    try (OnnxWriter onnx = OnnxWriter.sketch()) {
      write(sketched, blocks(spec, sketched, onnx), spec.outputs());
      return new GraphSketch(onnx.operators(), onnx.opsets(), onnx.weightsBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes nodes and weights, and declares the outputs. */
  static void write(Architecture architecture, Blocks blocks, Set<GraphOutput> outputs) {
    Map<GraphOutput, Value> values = architecture.write(blocks, outputs);
    ModelFacts facts = architecture.facts();
    for (GraphOutput output : outputs) {
      List<Object> axes =
          switch (output) {
            case LOGITS -> {
              List<Object> all = new ArrayList<>(List.of(Blocks.BATCH));
              all.addAll(facts.logits());
              yield all;
            }
            case POOLED -> List.of(Blocks.BATCH, facts.hidden());
            case LAST_HIDDEN_STATE -> List.of(Blocks.BATCH, facts.tokens(), facts.hidden());
          };
      blocks.onnx.output(values.get(output), output.tensorName(), axes);
    }
  }

  private static Blocks blocks(GraphSpec spec, Architecture architecture, OnnxWriter onnx) {
    Blocks blocks =
        switch (spec.operators()) {
          case FUSED ->
              switch (spec.precision()) {
                case FP32 -> new FusedBlocks(onnx);
                case BF16 -> EncoderBlocks.ofBrainFloats(onnx);
                case INT8_BF16 -> EncoderBlocks.ofIntegers(onnx, head(spec, architecture));
                case FP16 -> new HalfBlocks(onnx);
                case INT8 -> new QuantizedBlocks(onnx, head(spec, architecture));
              };
          case STANDARD -> new StandardBlocks(onnx);
        };
    return blocks.of(spec.pixels());
  }

  private static Optional<Head> head(GraphSpec spec, Architecture architecture) {
    return architecture.head().filter(head -> spec.outputs().contains(GraphOutput.LOGITS));
  }
}
