package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.train.TuneResult.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneStateTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final List<Epoch> EPOCHS =
      List.of(new Epoch(1, 0.5, 0.25, 0.75, 3), new Epoch(2, 0.4, Double.NaN, 0.7, 6));

  @TempDir Path folder;

  private TuneState state() {
    return new TuneState("file:" + folder.resolve("model-tuning"));
  }

  private Path begun(String fingerprint) throws IOException {
    Path start = Files.writeString(folder.resolve("start"), "weights");
    state().done(fingerprint, CONFIGURATION);
    state().begin(fingerprint, start, CONFIGURATION);
    return folder.resolve("model-tuning");
  }

  @Test
  void aTrainingGoesOnBehindItsLastEpoch() throws IOException {
    Path own = begun("a");
    for (String name : List.of("epoch-1-model", "epoch-2-model", "epoch-2-optimiser")) {
      Files.writeString(own.resolve(name + ".safetensors"), name);
    }
    Path left =
        Files.writeString(
            own.resolve("epoch-2-attempt-0-steps-3-trainer-1-model.safetensors"), "share");
    state().done(EPOCHS, 1, CONFIGURATION);
    assertThat(left).doesNotExist();
    assertThat(own.resolve("epoch-1-model.safetensors")).as("the best").exists();
    assertThat(own.resolve("epoch-2-optimiser.safetensors")).as("the last").exists();
    assertThat(state().done("a", CONFIGURATION)).isEqualTo(EPOCHS);
  }

  @Test
  void anotherTrainingBeginsAnewAndSoDoesOneThatWasKilledBeforeItBegan() throws IOException {
    Path own = begun("a");
    state().done(EPOCHS, 1, CONFIGURATION);
    assertThat(state().done("b", CONFIGURATION)).isEmpty();
    assertThat(own.resolve("epochs.json")).doesNotExist();
    // Killed here, only part of the weights are there.
    Files.writeString(own.resolve("start.safetensors.part"), "wei");
    assertThat(state().done("b", CONFIGURATION)).isEmpty();
    assertThat(own.resolve("start.safetensors.part")).doesNotExist();
  }

  @Test
  void aFolderOfSomebodyElseIsNotDeleted() throws IOException {
    Path own = Files.createDirectories(folder.resolve("model-tuning"));
    assertThat(state().done("a", CONFIGURATION)).as("an empty one is taken").isEmpty();
    Files.delete(own.resolve("fingerprint"));
    Path mine = Files.writeString(own.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> state().done("a", CONFIGURATION))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("model-tuning is not of a training and would be deleted")
        .hasMessageContaining("choose another --output, or move what is there.");
    assertThat(mine).hasContent("mine");
  }

  @Test
  void dynamicAllocationIsRefusedBeforeAnythingIsEmbedded() {
    SparkConf conf = new SparkConf(false).set("spark.dynamicAllocation.enabled", "true");
    TrainJob.checkAllocation(conf, true);
    TrainJob.checkAllocation(new SparkConf(false), false);
    assertThatThrownBy(() -> TrainJob.checkAllocation(conf, false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("spark.dynamicAllocation.enabled=false");
  }

  /** No validation image may have a label that is right, and then there is no F1. */
  @Test
  void aScoreThatIsNotDefinedIsTheLeastAndTheLossDecides() {
    assertThat(new Epoch(1, 1, 0, 9, 1).isBetterThan(Double.NaN, 1)).isTrue();
    assertThat(new Epoch(1, 1, Double.NaN, 1, 1).isBetterThan(0, 9)).isFalse();
    assertThat(new Epoch(1, 1, Double.NaN, 1, 1).isBetterThan(Double.NaN, 2)).isTrue();
    assertThat(new Epoch(1, 1, Double.NaN, 3, 1).isBetterThan(Double.NaN, 2)).isFalse();
  }

  @Test
  void sharesAreDealtOutAndTakenTogetherInTheirOrder() {
    Dealt dealt = new Dealt(5, 2);
    assertThat(List.of(0, 1, 2, 3, 4, 5, 6, 7).stream().map(dealt::getPartition))
        .containsExactly(0, 1, 0, 1, 0, 0, 1, 0);
    List<float[]> logits =
        dealt.together(List.of(share(new float[] {5}, new float[] {7}), share(new float[] {6})), 8);
    assertThat(logits).containsExactly(new float[] {5}, new float[] {6}, new float[] {7});
    assertThat(share(new float[] {1}).isFinite()).isTrue();
    assertThat(share(new float[] {Float.NaN}).isFinite()).isFalse();
  }

  private static TuneEpoch.Outcome share(float[]... logits) {
    return new TuneEpoch.Outcome(0, 1, 0.5, 1, List.of(logits), "", -1);
  }
}
