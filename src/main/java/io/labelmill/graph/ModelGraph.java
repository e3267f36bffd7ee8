package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes the ONNX graph of a checkpoint. */
public final class ModelGraph {
  private ModelGraph() {}

  /**
   * Builds the graph of a checkpoint: input {@code pixel_values}, float32 [batch, 3, height,
   * width], normalised, or {@code samples}, uint8 of the same shape; outputs as asked for, see
   * {@link GraphOutput}. Holds a few tensors at a time, never the model.
   *
   * @param config {@code config.json}
   * @param weights open; stays open
   * @param folder exists; an earlier graph in it is replaced
   * @throws InputException when the architecture is not supported, the configuration is wrong,
   *     tensors are missing or mis-shaped (all of them are listed, nothing is written), or the
   *     model has no such output
   * @throws IOException when the files can not be written; what is there of them is not usable
   */
  public static GraphFiles write(JsonNode config, TensorStore weights, GraphSpec spec, Path folder)
      throws IOException {
    Parameters parameters = new Parameters(weights);
    ModelClass wanted = ModelClass.of(config, weights);
    Architecture architecture = Architecture.of(wanted, config, parameters);
    List<String> warnings = check(wanted, architecture, config, parameters);
    Set<GraphOutput> absent = EnumSet.copyOf(spec.outputs());
    absent.removeAll(architecture.outputs());
    if (!absent.isEmpty()) {
      throw new InputException(
          "%s has no %s; it gives %s."
              .formatted(
                  architecture.facts().architecture(),
                  GraphOutput.names(absent),
                  GraphOutput.names(architecture.outputs())));
    }
    try (OnnxWriter onnx = new OnnxWriter(folder)) {
      Blocks blocks = blocks(spec, architecture, onnx);
      write(architecture, blocks, spec.outputs());
      onnx.finish();
      warnings.addAll(blocks.warnings());
      return new GraphFiles(onnx.model(), onnx.weights(), architecture.facts(), warnings);
    }
  }

  /**
   * What {@link #write} would build, from the configuration and the shapes alone.
   *
   * @throws InputException as {@link #write}
   */
  public static ModelFacts facts(JsonNode config, TensorStore weights) {
    Parameters parameters = new Parameters(weights);
    ModelClass wanted = ModelClass.of(config, weights);
    Architecture architecture = Architecture.of(wanted, config, parameters);
    check(wanted, architecture, config, parameters);
    return architecture.facts();
  }

  /**
   * What {@link GraphOutput#POOLED} of a checkpoint's graph is; empty where it has none.
   *
   * @throws InputException as {@link #write}
   */
  public static Optional<Pooling> pooling(JsonNode config, TensorStore weights) {
    return Architecture.of(ModelClass.of(config, weights), config, new Parameters(weights))
        .pooling();
  }

  /**
   * What the user should see of a checkpoint, sentences that {@link #write} gives beside its graph.
   *
   * @throws InputException as {@link #write}
   */
  public static List<String> warnings(JsonNode config, TensorStore weights) {
    Parameters parameters = new Parameters(weights);
    ModelClass wanted = ModelClass.of(config, weights);
    return check(wanted, Architecture.of(wanted, config, parameters), config, parameters);
  }

  /**
   * How relative positions are read where that can be chosen: on pictures that are not square.
   *
   * @throws InputException as {@link #write}
   */
  public static Optional<PositionBias> positionBias(JsonNode config, TensorStore weights) {
    return Architecture.of(ModelClass.of(config, weights), config, new Parameters(weights))
        .positionBias();
  }

  /**
   * What was chosen where the configuration leaves room, sentences for who inspects a checkpoint.
   *
   * @throws InputException as {@link #write}
   */
  public static List<String> notes(JsonNode config, TensorStore weights) {
    return Architecture.of(ModelClass.of(config, weights), config, new Parameters(weights)).notes();
  }

  /**
   * What {@link #write} would write, without reading or writing a number.
   *
   * @throws InputException as {@link #write}
   */
  public static GraphSketch sketch(JsonNode config, TensorStore weights, GraphSpec spec) {
    Parameters parameters = new Parameters(new Zeros(weights));
    ModelClass wanted = ModelClass.of(config, weights);
    Architecture architecture = Architecture.of(wanted, config, parameters);
    check(wanted, architecture, config, parameters);
    try (OnnxWriter onnx = OnnxWriter.sketch()) {
      write(architecture, blocks(spec, architecture, onnx), spec.outputs());
      return new GraphSketch(onnx.operators(), onnx.opsets(), onnx.weightsBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tensors of the same names and shapes that are not read. */
  private record Zeros(TensorStore store) implements TensorStore {
    @Override
    public Set<String> names() {
      return store.names();
    }

    @Override
    public TensorInfo info(String name) {
      return store.info(name);
    }

    @Override
    public float[] floats(String name) {
      return new float[Math.toIntExact(store.info(name).elements())];
    }

    @Override
    public long bytes() {
      return store.bytes();
    }

    @Override
    public void close() {
      // The store is its owner's.
    }
  }

  /** Writes nodes and weights, and declares the outputs. */
  static void write(Architecture architecture, Blocks blocks, Set<GraphOutput> outputs) {
    Map<GraphOutput, Value> values = architecture.write(blocks, outputs);
    ModelFacts facts = architecture.facts();
    for (GraphOutput output : outputs) {
      List<Object> axes =
          switch (output) {
            case LOGITS -> List.of(Blocks.BATCH, facts.labels().orElseThrow());
            case POOLED -> List.of(Blocks.BATCH, facts.hidden());
            case LAST_HIDDEN_STATE -> List.of(Blocks.BATCH, facts.tokens(), facts.hidden());
          };
      blocks.onnx.output(values.get(output), output.tensorName(), axes);
    }
  }

  private static List<String> check(
      ModelClass wanted, Architecture architecture, JsonNode config, Parameters parameters) {
    List<String> warnings = new ArrayList<>(wanted.notes());
    warnings.addAll(architecture.warnings());
    if (config.has(PositionBias.KEY) && architecture.positionBias().isEmpty()) {
      warnings.add(
          "--position-bias changes nothing: it is about BEiT's relative positions on pictures that are not square.");
    }
    parameters
        .check(architecture.facts().architecture(), architecture::ignores)
        .ifPresent(warnings::add);
    return warnings;
  }

  private static Blocks blocks(GraphSpec spec, Architecture architecture, OnnxWriter onnx) {
    Blocks blocks =
        switch (spec.operators()) {
          case FUSED ->
              switch (spec.precision()) {
                case FP32 -> new FusedBlocks(onnx);
                case FP16 -> new HalfBlocks(onnx);
                case INT8 ->
                    new QuantizedBlocks(
                        onnx,
                        architecture
                            .head()
                            .filter(head -> spec.outputs().contains(GraphOutput.LOGITS)));
              };
          case STANDARD -> new StandardBlocks(onnx);
        };
    return blocks.of(spec.pixels());
  }
}
