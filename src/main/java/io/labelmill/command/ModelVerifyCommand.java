package io.labelmill.command;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphFiles;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.ModelGraph;
import io.labelmill.graph.Verification;
import io.labelmill.graph.Verification.Difference;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.Tensor;
import io.labelmill.score.Activation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * {@code jobs/model verify}: runs pixel values of the original code through the model, and compares
 * what comes out with what the original code made of them.
 */
final class ModelVerifyCommand implements Command {
  static final CommandOption GOLDEN =
      CommandOption.required(
          "--golden",
          "FILE",
          "safetensors file of the original code: pixel_values [images,3,height,width], and any of"
              + " logits, probabilities, pooled, last_hidden_state");
  static final CommandOption TOLERANCE =
      CommandOption.optional(
              "--tolerance", "D", "largest difference that passes, the same for all tensors")
          .withDefault("logits and pooled 1e-5, last_hidden_state 4e-5, probabilities 2e-6");

  static final CommandOption DEVICE = ModelBenchCommand.DEVICE;

  private static final String PROBABILITIES = "probabilities";

  @Override
  public String name() {
    return "model verify";
  }

  @Override
  public String purpose() {
    return "Compares a model's outputs with those of the original code, tensor by tensor";
  }

  @Override
  public String operand() {
    return "MODEL";
  }

  @Override
  public List<CommandOption> options() {
    return List.of(GOLDEN, TOLERANCE, DEVICE);
  }

  @Override
  public List<String> examples() {
    return List.of("jobs/model verify beit-base --golden beit-base/golden.safetensors");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    String model = arguments.operand("MODEL");
    String golden = arguments.text(GOLDEN).orElse("");
    OptionalDouble tolerance = arguments.fraction(TOLERANCE);
    Device device = ModelBenchCommand.deviceOfThisMachine(arguments, DEVICE);
    arguments.throwIfWrong();
    try (ModelSource source = NamedModel.openWithoutProcessor(model, terminal);
        TensorStore expected = SafeTensorsFile.open(Path.of(golden))) {
      List<String> failed = new ArrayList<>();
      line(terminal.out(), "tensor", "shape", "difference", "allowed", "");
      for (Difference found : differences(source, expected, device)) {
        Difference difference = found.within(tolerance.orElse(found.tolerance()));
        line(
            terminal.out(),
            difference.tensor(),
            expected.info(difference.tensor()).shape(),
            number(difference.largest()),
            number(difference.tolerance()),
            difference.isWithinTolerance() ? "" : "too large");
        if (!difference.isWithinTolerance()) {
          failed.add(
              difference.tensor()
                  + " differs by "
                  + number(difference.largest())
                  + ", more than "
                  + number(difference.tolerance()));
        }
      }
      if (!failed.isEmpty()) {
        throw new InputException(
            "the model "
                + model
                + " does not agree with "
                + golden
                + ": "
                + String.join("; ", failed));
      }
    }
  }

  private static void line(PrintStream out, Object... columns) {
    out.println("%-20s %-18s %12s %12s %s".formatted(columns).stripTrailing());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  private static List<Difference> differences(
      ModelSource source, TensorStore expected, Device device) throws IOException {
    Checkpoint checkpoint = source.checkpoint();
    ModelFacts facts = ModelGraph.facts(checkpoint.config(), checkpoint.weights());
    GraphFiles graph =
        ModelGraph.write(
            checkpoint.config(),
            checkpoint.weights(),
            GraphSpec.of(facts.outputs().toArray(GraphOutput[]::new)),
            source.graphFolder());
    try (LoadedModel loaded =
            LoadedModel.open(graph.model(), device, Runtime.getRuntime().availableProcessors());
        Predictor<PixelBatch, Outputs> predictor = loaded.predictor()) {
      return Verification.compare(
          expected,
          facts,
          (pixelValues, shape) -> outputs(checkpoint, predict(predictor, pixelValues, shape)));
    }
  }

  private static Outputs predict(
      Predictor<PixelBatch, Outputs> predictor, float[] pixelValues, long[] shape) {
    PixelBatch batch = new PixelBatch((int) shape[0], (int) shape[2], (int) shape[3]);
    batch.nchw().put(pixelValues);
    try {
      return predictor.predict(batch);
    } catch (TranslateException e) {
      throw new IllegalStateException("the graph was built and does not run", e);
    }
  }

  /** The graph's outputs, and the scores that the activation makes of its logits. */
  private static Map<String, float[]> outputs(Checkpoint checkpoint, Outputs outputs) {
    Map<String, float[]> values = new HashMap<>();
    outputs.tensors().forEach((name, tensor) -> values.put(name, tensor.values()));
    if (values.containsKey(GraphOutput.LOGITS.tensorName())) {
      Tensor logits = outputs.tensor(GraphOutput.LOGITS.tensorName());
      Activation activation = Activation.AUTO.resolve(checkpoint.problemType(), logits.rowLength());
      float[] probabilities = new float[logits.values().length];
      for (int image = 0; image * logits.rowLength() < probabilities.length; image++) {
        float[] row = logits.row(image);
        activation.apply(row, row);
        System.arraycopy(row, 0, probabilities, image * row.length, row.length);
      }
      values.put(PROBABILITIES, probabilities);
    }
    return values;
  }
}
