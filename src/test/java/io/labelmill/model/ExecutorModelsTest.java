package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.TestCheckpoints;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.CheckpointOptions;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorModelsTest {
  @TempDir static Path folder;

  private static final SessionLimits ONE = new SessionLimits(1, Long.MAX_VALUE);

  private static ModelBundle bundle;
  private final BroadcastModel first = BroadcastModel.inDriver(bundle);
  private final BroadcastModel second = BroadcastModel.inDriver(bundle);

  @BeforeAll
  static void build() throws IOException {
    Path checkpoint = folder.resolve("model");
    TestCheckpoints.tiny().write(checkpoint);
    bundle = bundle(Files.createDirectory(folder.resolve("graph")));
  }

  private static ModelBundle bundle(Path graph) {
    try (Checkpoint opened = Checkpoint.open(folder.resolve("model"), CheckpointOptions.none())) {
      return ModelBundle.build(opened, GraphSpec.of(GraphOutput.LOGITS), graph);
    }
  }

  @AfterEach
  void closeAll() {
    first.close();
    second.close();
    assertThat(ExecutorModels.open()).isZero();
  }

  @Test
  void tasksShareTheSessionOfTheirDevice() throws Exception {
    int before = ExecutorModels.loads();
    try (ExecutorModels.Lease one = acquire(first);
        ExecutorModels.Lease other = acquire(first)) {
      assertThat(one.loaded()).isTrue();
      assertThat(other.loaded()).isFalse();
      assertThat(other.model()).isSameAs(one.model());
    }
    assertThat(acquire(first).loaded()).as("after all tasks ended").isFalse();
    assertThat(ExecutorModels.loads()).isEqualTo(before + 1);
  }

  @Test
  void eachDeviceHasASessionOfItsOwn() throws Exception {
    TestProviders providers = TestProviders.forGpus();
    try (ExecutorModels.Lease one = onGpu(3, providers);
        ExecutorModels.Lease other = onGpu(5, providers);
        ExecutorModels.Lease again = onGpu(3, providers)) {
      assertThat(again.model()).isSameAs(one.model()).isNotSameAs(other.model());
      assertThat(one.model().device()).isEqualTo(Device.gpu(3));
      assertThat(other.model().device()).isEqualTo(Device.gpu(5));
    }
    assertThat(providers.asked()).containsExactly(3, 5);
  }

  @Test
  void openSessionsAreCountedWhileAnotherIsBeingOpened() throws Exception {
    AtomicInteger counted = new AtomicInteger(-1);
    TestProviders providers =
        TestProviders.forGpus(
            () ->
                counted.set(
                    CompletableFuture.supplyAsync(ExecutorModels::open)
                        .orTimeout(30, TimeUnit.SECONDS)
                        .join()));
    try (ExecutorModels.Lease one = acquire(first);
        ExecutorModels.Lease other = onGpu(0, providers)) {
      assertThat(other.model()).isNotSameAs(one.model());
      assertThat(counted).hasValue(1);
      assertThat(ExecutorModels.open()).isEqualTo(2);
    }
  }

  @Test
  void modelsInTurnKeepTheirSessions() throws Exception {
    int before = ExecutorModels.loads();
    for (int task = 0; task < 12; task++) {
      acquire(first).close();
      acquire(second).close();
    }
    assertThat(ExecutorModels.loads() - before).isEqualTo(2);
    assertThat(ExecutorModels.open()).isEqualTo(2);
  }

  @Test
  void aSessionInUseOutlivesTheTaskThatBringsAnotherModel() throws Exception {
    ExecutorModels.Lease old = acquire(first, ONE);
    LoadedModel model = old.model();
    try (ExecutorModels.Lease next = acquire(second, ONE)) {
      assertThat(next.loaded()).isTrue();
      assertThat(runs(model)).as("while it is in use").isTrue();
      old.close();
      assertThat(runs(model)).as("after its last user").isFalse();
      old.close();
      assertThat(runs(next.model())).isTrue();
      assertThat(ExecutorModels.open()).isEqualTo(1);
    }
  }

  @Test
  void aSessionNobodyUsesIsClosedAtOnceWhenAnotherModelNeedsItsRoom() throws Exception {
    SessionLimits room = new SessionLimits(9, 2 * bundle.bytes() - 1);
    ExecutorModels.Lease old = acquire(first, room);
    LoadedModel model = old.model();
    old.close();
    assertThat(runs(model)).isTrue();
    acquire(second, room).close();
    assertThat(runs(model)).isFalse();
  }

  @Test
  void onlyIdleSessionsAreClosedForIdleness() throws Exception {
    ExecutorModels.Lease lease = acquire(first);
    LoadedModel model = lease.model();
    ExecutorModels.closeIdle(Duration.ZERO);
    assertThat(runs(model)).as("in use").isTrue();
    lease.close();
    ExecutorModels.closeIdle(Duration.ofDays(1));
    assertThat(runs(model)).as("used a moment ago").isTrue();
    ExecutorModels.closeIdle(Duration.ZERO);
    assertThat(runs(model)).isFalse();
    assertThat(ExecutorModels.open()).isZero();
    assertThat(acquire(first).loaded()).as("the next task opens it again").isTrue();
  }

  @Test
  void theEndOfAJobClosesItsSession() throws Exception {
    ExecutorModels.Lease lease = acquire(first);
    LoadedModel model = lease.model();
    lease.close();
    second.close();
    assertThat(runs(model)).as("another job ended").isTrue();
    first.close();
    assertThat(runs(model)).isFalse();
  }

  @Test
  void aModelThatCanNotBeOpenedLeavesNothing() throws IOException {
    Path graph = Files.createDirectory(folder.resolve("gone"));
    BroadcastModel gone = BroadcastModel.inDriver(bundle(graph));
    Folders.delete(graph);
    assertThatThrownBy(() -> acquire(gone)).isInstanceOf(IOException.class);
    assertThat(ExecutorModels.open()).isZero();
  }

  private static ExecutorModels.Lease acquire(BroadcastModel model) throws IOException {
    return acquire(model, SessionLimits.DEFAULT);
  }

  private static ExecutorModels.Lease acquire(BroadcastModel model, SessionLimits limits)
      throws IOException {
    return ExecutorModels.acquire(model, Device.CPU, 1, ExecutionProviders.ofThisJvm(), limits);
  }

  private ExecutorModels.Lease onGpu(int ordinal, TestProviders providers) throws IOException {
    return ExecutorModels.acquire(first, Device.gpu(ordinal), 1, providers, SessionLimits.DEFAULT);
  }

  /** Whether a session is open: a pass through one that is closed fails. */
  private static boolean runs(LoadedModel model) {
    try (Predictor<PixelBatch, Outputs> predictor = model.predictor()) {
      PixelBatch batch = new PixelBatch(1, bundle.height(), bundle.width());
      batch.append(new float[3 * bundle.height() * bundle.width()]);
      predictor.predict(batch);
      return true;
    } catch (TranslateException | IllegalStateException e) {
      return false;
    }
  }
}
