package io.labelmill.command;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.OnnxFile;
import io.labelmill.checkpoint.Originals;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Operators;
import io.labelmill.model.ModelExport;
import io.labelmill.model.ModelExport.Relabelled;
import io.labelmill.model.ModelSource;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.JobOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code jobs/model export}: a checkpoint as a folder that other programs take. */
final class ModelExportCommand extends Command {
  static final Option<Path> OUTPUT =
      Option.required(
          "--output",
          "FOLDER",
          "folder of this machine that is made; it must not hold files",
          Reader.text().map(ModelExportCommand::folder),
          Path.of(""));
  static final Option<Graph> GRAPH =
      Option.choice(
          "--graph",
          "portable (standard operators, for any ONNX runtime), or fast (the one that the job"
              + " runs, with operators of ONNX Runtime's own)",
          Graph.PORTABLE);

  enum Graph {
    PORTABLE(Operators.STANDARD),
    FAST(Operators.FUSED);

    private final Operators operators;

    Graph(Operators operators) {
      this.operators = operators;
    }
  }

  ModelExportCommand() {
    super(
        "model export",
        "MODEL",
        "Writes a model as a folder with model.onnx, labels and settings, for DJL and others",
        List.of(
            OptionSection.of(
                "Options",
                OUTPUT,
                GRAPH,
                JobOptions.PROCESSOR,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                JobOptions.TAPS,
                JobOptions.LABELS)),
        List.of(
            "jobs/model export beit-base --output exported",
            "jobs/model export hf://google/vit-base-patch16-224 --output exported --graph fast"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    String model = arguments.operand("MODEL");
    Path output = arguments.get(OUTPUT);
    Graph graph = arguments.get(GRAPH);
    Optional<String> processor = arguments.get(JobOptions.PROCESSOR);
    Optional<String> labels = arguments.get(JobOptions.LABELS);
    Originals originals = JobOptions.originals(arguments);
    arguments.throwIfWrong();
    try (ModelSource source = NamedModel.open(model, processor, labels, originals, terminal)) {
      Checkpoint checkpoint = source.checkpoint();
      List<String> files =
          ModelExport.write(
              checkpoint,
              graph.operators,
              labels.isPresent() ? Relabelled.YES : Relabelled.NO,
              output);
      checkpoint.warnings().forEach(warning -> terminal.err().println("warning: " + warning));
      OnnxFile onnx = OnnxFile.read(output.resolve(OnnxFile.NAME));
      terminal.out().printf("%s: %s%n", output, String.join(", ", files));
      terminal
          .out()
          .printf(
              "%s: %s -> %s, %s, %d nodes%n",
              OnnxFile.NAME,
              onnx.inputs().get(0).description(),
              onnx.outputs().get(0).description(),
              ModelInspectCommand.opsets(onnx.opsets()),
              onnx.nodes());
    }
  }

  private static Path folder(String output) {
    if (output.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*") && !output.startsWith("file:/")) {
      throw new UsageException(
          "--output %s is not a folder of this machine: export to one and copy it there"
              .formatted(output));
    }
    return Path.of(output.replaceFirst("^file:/+", "/"));
  }
}
