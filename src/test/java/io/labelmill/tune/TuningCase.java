package io.labelmill.tune;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.Network;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.EndGraph.Loss;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** A folder that {@code src/test/references/tuning.py} wrote. Whoever opened it closes it. */
record TuningCase(Path folder, Checkpoint checkpoint, TensorStore batch, TunableNetwork network)
    implements AutoCloseable {
  static final Path FOLDER = Path.of("src/test/resources/tuning");

  static TuningCase open(String name) {
    Path folder = FOLDER.resolve(name);
    Checkpoint checkpoint = Checkpoint.open(folder, CheckpointOptions.none());
    return new TuningCase(
        folder,
        checkpoint,
        SafeTensorsFile.open(folder.resolve("batch.safetensors")),
        Network.of(checkpoint.config(), checkpoint.weights()).tunable());
  }

  Checkpoint other(String name) {
    return Checkpoint.open(folder.resolve(name), CheckpointOptions.none());
  }

  Loss loss() {
    return checkpoint.problemType().orElseThrow() == io.labelmill.checkpoint.ProblemType.MULTI_LABEL
        ? Loss.SIGMOID
        : Loss.SOFTMAX;
  }

  static FloatBuffer direct(float[] values) {
    return Weight.direct(values.length).put(0, values);
  }

  @Override
  public void close() {
    batch.close();
    checkpoint.close();
  }
}
