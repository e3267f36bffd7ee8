package io.labelmill.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.Reference;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.error.ImageException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BareLoopTest {
  private static final int THREADS = 3;

  @TempDir Path folder;
  private LoadedModel model;
  private BareLoop loop;
  private Path picture;
  private Path broken;

  @BeforeEach
  void open() throws IOException {
    Path golden = Reference.golden().resolve("models/d2-beit-nonsquare");
    try (Checkpoint checkpoint = Checkpoint.open(golden, CheckpointOptions.none())) {
      Path graph = Files.createDirectory(folder.resolve("graph"));
      ModelBundle bundle = ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), graph);
      model = LoadedModel.open(graph.resolve(bundle.graph()), Device.CPU, 1);
      loop = new BareLoop(model, bundle, THREADS, 1);
    }
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    new Photographs(40, 30).write(pictures, 1);
    try (Stream<Path> files = Files.list(pictures)) {
      picture = files.findFirst().orElseThrow();
    }
    broken = Files.writeString(folder.resolve("broken.jpg"), "no picture");
  }

  @AfterEach
  void close() throws IOException {
    model.close();
  }

  @Test
  void countsWhatItDoes() throws IOException {
    assertThat(loop.passes(10, List.of(picture))).isPositive();
    assertThat(loop.decodedPasses(10, List.of(picture))).isPositive();
  }

  @Test
  void aThreadThatFailsBeforeTheStartIsTheCauseThatIsShown() {
    assertThatThrownBy(() -> loop.decodedPasses(1_000_000, List.of(broken)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("a forward pass failed: " + ImageException.class.getName())
        .hasCauseInstanceOf(ImageException.class);
  }

  @Test
  void aThreadThatFailsOnTheWayEndsTheOthers() {
    assertThatThrownBy(() -> loop.decodedPasses(100_000_000, List.of(picture, picture, broken)))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(ImageException.class);
  }
}
