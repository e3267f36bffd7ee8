package io.labelmill.bench;

import io.labelmill.Untrained;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Network;
import io.labelmill.graph.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the graphs that {@code src/test/bench/segmentation.py} runs: {@code FOLDER/fp32} and
 * {@code FOLDER/int8}, of the checkpoint that is named, or of random weights of the published
 * model's shapes that is named, {@code base} where none is.
 */
final class SegmentationGraphs {
  private SegmentationGraphs() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    String named = args.length > 1 ? args[1] : "base";
    boolean isRandom = named.equals("base") || named.equals("large");
    Path model = isRandom ? folder.resolve("checkpoint") : Path.of(named);
    if (isRandom) {
      Untrained.named("beit-" + named + "-patch16-640")
          .withHead(ModelHead.SEGMENTATION)
          .withLabels(Untrained.numbered(150))
          .write(model);
    }
    CheckpointOptions options = CheckpointOptions.none().withoutProcessor();
    try (Checkpoint checkpoint = Checkpoint.open(model, options)) {
      Network network = Network.of(checkpoint.config(), checkpoint.weights());
      for (Precision precision : new Precision[] {Precision.FP32, Precision.INT8}) {
        Path graph = Files.createDirectories(folder.resolve(precision.word()));
        network.write(GraphSpec.of(GraphOutput.LOGITS).withPrecision(precision), graph);
      }
    }
  }
}
