package io.labelmill.command;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.OnnxFile;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSketch;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.Network;
import io.labelmill.graph.Precision;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.Activation;
import io.labelmill.score.JobOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** {@code jobs/model inspect}: what a checkpoint is, without running it. */
final class ModelInspectCommand extends Command {
  static final Option<Boolean> TENSORS =
      Option.toggle("--tensors", "list every tensor with its type and shape");

  /** Labels shown; the rest is a number. */
  private static final int SHOWN = 10;

  ModelInspectCommand() {
    super(
        "model inspect",
        "MODEL",
        "Shows what a checkpoint is: architecture, labels, input, size, and what is wrong with it",
        List.of(
            OptionSection.of(
                "Options",
                JobOptions.PROCESSOR,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                JobOptions.TAPS,
                JobOptions.LABELS,
                TENSORS)),
        List.of(
            "jobs/model inspect beit-base", "jobs/model inspect hf://google/vit-base-patch16-224"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    String model = arguments.operand("MODEL");
    Optional<String> processor = arguments.get(JobOptions.PROCESSOR);
    Optional<String> labels = arguments.get(JobOptions.LABELS);
    Originals originals = JobOptions.originals(arguments);
    boolean listsTensors = arguments.get(TENSORS);
    arguments.throwIfWrong();
    PrintStream out = terminal.out();
    try (ModelSource source = NamedModel.open(model, processor, labels, originals, terminal)) {
      Checkpoint checkpoint = source.checkpoint();
      checkpoint.beginHash();
      // What the files say comes first: it helps to understand why a graph can't be built.
      describe(checkpoint, out);
      if (checkpoint.graph().isPresent()) {
        describe(checkpoint.graph().get().onnx(), out);
        ModelBundle.check(checkpoint, Precision.FP32);
      } else {
        describeWeights(checkpoint, listsTensors, out);
      }
      // Computed meanwhile.
      line(out, "sha256", "%s", checkpoint.sha256());
    }
  }

  private static void describeWeights(
      Checkpoint checkpoint, boolean listsTensors, PrintStream out) {
    TensorStore weights = checkpoint.weights();
    Network network = Network.of(checkpoint.config(), weights);
    ModelFacts facts = network.facts();
    describe(facts, out);
    describe(network.sketch(spec(facts)), out);
    network.notes().forEach((topic, note) -> line(out, topic, "%s", note));
    warn(network.warnings(), out);
    if (listsTensors) {
      weights.names().forEach(name -> line(out, "tensor", "%s", tensor(weights.info(name))));
    }
  }

  /** What the job would build. */
  private static GraphSpec spec(ModelFacts facts) {
    return facts.outputs().contains(GraphOutput.LOGITS)
        ? GraphSpec.of(GraphOutput.LOGITS)
        : GraphSpec.of(facts.outputs().toArray(GraphOutput[]::new));
  }

  private static String tensor(TensorInfo tensor) {
    return tensor.name() + " " + tensor.description();
  }

  private static void describe(Checkpoint checkpoint, PrintStream out) {
    List<String> names = checkpoint.labels().names();
    line(out, "name", "%s", checkpoint.name());
    line(out, "files", "%s", String.join(", ", checkpoint.files()));
    if (checkpoint.graph().isEmpty()) {
      line(out, "weights", "%s", weights(checkpoint.weights()));
    }
    line(out, "problem type", "%s", checkpoint.problemType().map(Reader::word).orElse("not named"));
    if (names.isEmpty()) {
      line(out, "labels", "none: the checkpoint has no classifier");
    } else {
      if (!checkpoint.isOfPoints()) {
        Activation activation = Activation.AUTO.resolve(checkpoint.problemType(), names.size());
        line(out, "activation", "%s", Reader.word(activation));
      }
      String more = names.size() > SHOWN ? ", …" : "";
      line(
          out,
          "labels",
          "%,d: %s%s",
          names.size(),
          String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))),
          more);
      int repeated = names.size() - new HashSet<>(names).size();
      if (repeated > 0) {
        line(out, "", "%,d names stand for several labels: tell them apart by index", repeated);
      }
    }
    line(
        out,
        "processor",
        "%s makes [c=3,h=%d,w=%d]",
        checkpoint.processor().processor().className(),
        checkpoint.processor().height(),
        checkpoint.processor().width());
    line(out, "resizes as", "%s", checkpoint.processor().backend().label());
    line(out, "pictures are", "%s", checkpoint.processor().steps());
    warn(checkpoint.warnings(), out);
  }

  private static void warn(List<String> warnings, PrintStream out) {
    warnings.forEach(warning -> line(out, "warning", "%s", warning));
  }

  private static String weights(TensorStore weights) {
    Map<DataType, Integer> types = new EnumMap<>(DataType.class);
    weights.names().forEach(name -> types.merge(weights.info(name).dataType(), 1, Integer::sum));
    String counts =
        types.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT, "%.1f MB in tensors of type: %s", weights.bytes() / 1e6, counts);
  }

  private static void describe(ModelFacts facts, PrintStream out) {
    line(out, "architecture", "%s", facts.architecture());
    line(
        out,
        "outputs",
        "%s",
        facts.outputs().stream().map(GraphOutput::tensorName).collect(Collectors.joining(", ")));
    line(
        out,
        "input",
        "[c=3,h=%d,w=%d], patches of [h=%d,w=%d], %d tokens",
        facts.height(),
        facts.width(),
        facts.patchHeight(),
        facts.patchWidth(),
        facts.tokens());
    line(
        out,
        "layers",
        "%d, hidden %d, heads %d, intermediate %d",
        facts.layers(),
        facts.hidden(),
        facts.heads(),
        facts.intermediate());
    if (facts.isOfPoints()) {
      line(out, "logits", "[labels, h, w] = %s", facts.logits());
    }
    line(out, "parameters", "%.1f million", facts.parameters() / 1e6);
    line(out, "work", "%.2f GFLOP an image", facts.flopsPerImage() / 1e9);
    line(
        out,
        "memory",
        "about %.0f MB a session in fp32, and %.0f MB for each image of a batch",
        facts.sessionBytes() / 1e6,
        facts.activationBytes() / 1e6);
  }

  /** A graph that is run as it is. */
  private static void describe(OnnxFile onnx, PrintStream out) {
    line(out, "graph", "%s, run as it is", OnnxFile.NAME);
    if (!onnx.producer().isEmpty()) {
      line(out, "", "written by %s", onnx.producer());
    }
    onnx.inputs().forEach(input -> line(out, "input", "%s", input.description()));
    onnx.outputs().forEach(output -> line(out, "output", "%s", output.description()));
    line(out, "operators", "%s: %s", opsets(onnx.opsets()), counts(onnx.operators()));
    line(out, "constants", "%d, %.1f MB", onnx.tensors(), onnx.tensorBytes() / 1e6);
  }

  /** The graph that the job builds. */
  private static void describe(GraphSketch graph, PrintStream out) {
    line(out, "precision", "fp32");
    line(
        out,
        "graph",
        "%d nodes, %.1f MB of weights for each executor",
        graph.operators().values().stream().mapToInt(Integer::intValue).sum(),
        graph.weightsBytes() / 1e6);
    line(out, "operators", "%s: %s", opsets(graph.opsets()), counts(graph.operators()));
  }

  /** The operators' versions: {@code opset 17, com.microsoft 1}. */
  static String opsets(SortedMap<String, Long> opsets) {
    return opsets.entrySet().stream()
        .map(
            entry ->
                (entry.getKey().isEmpty() || entry.getKey().equals("ai.onnx")
                        ? "opset"
                        : entry.getKey())
                    + " "
                    + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  /** The most frequent operators first. */
  private static String counts(SortedMap<String, Integer> operators) {
    return operators.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static void line(PrintStream out, String key, String format, Object... args) {
    out.printf(Locale.ROOT, "%-13s %s%n", key, String.format(Locale.ROOT, format, args));
  }
}
