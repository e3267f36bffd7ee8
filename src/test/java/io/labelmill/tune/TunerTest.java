package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.checkpoint.SafeTensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunerTest {
  private static final float[][] PIXEL_VALUES = new float[3][256];

  static {
    for (int channel = 0; channel < 3; channel++) {
      for (int sample = 0; sample < 256; sample++) {
        PIXEL_VALUES[channel][sample] = sample / 127.5f - 1;
      }
    }
  }

  @TempDir Path folder;

  @Test
  void aTrainingThatWasKilledGoesOnWithTheSameBits() {
    Recipe recipe = recipe("all");
    Map<String, List<Float>> undisturbed;
    double loss;
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Tuner tuner = open(tuning, recipe)) {
      double first = tuner.epoch(1, 11, samples(recipe, 1).iterator());
      tuner.write(folder.resolve("model"), folder.resolve("memory"));
      loss = tuner.epoch(2, 11, samples(recipe, 2).iterator());
      assertThat(loss).isLessThan(first);
      assertThat(tuner.step()).isEqualTo(6);
      undisturbed = boxed(tuner.weights());
    }
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Tuner tuner = open(tuning, recipe)) {
      // What was done of an epoch when it was killed leaves no trace.
      tuner.epoch(2, 4, samples(recipe, 2).iterator());
      tuner.resume(folder.resolve("model"), folder.resolve("memory"), 3);
      assertThat(tuner.epoch(2, 11, samples(recipe, 2).iterator())).isEqualTo(loss);
      assertThat(boxed(tuner.weights())).isEqualTo(undisturbed);
    }
  }

  /** As who trains on a cluster takes it: from files, one after the other. */
  @Test
  void theMeanOfSeveralIsOfTheirWeightsAndOfWhatTheirOptimisersRemember() {
    Recipe recipe = recipe("all");
    List<Map<String, float[]>> trained = new ArrayList<>();
    for (int trainer = 0; trainer < 3; trainer++) {
      try (TuningCase tuning = TuningCase.open("beit-layers-mean");
          Tuner tuner = open(tuning, recipe.ofTrainer(trainer))) {
        tuner.epoch(1, 4, samples(recipe, 1 + trainer).iterator());
        tuner.write(folder.resolve("model-" + trainer), folder.resolve("memory-" + trainer));
        trained.add(tuner.weights());
      }
    }
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Tuner tuner = open(tuning, recipe)) {
      tuner.resume(folder.resolve("model-0"), folder.resolve("memory-0"), 1);
      tuner.add(folder.resolve("model-1"), folder.resolve("memory-1"));
      tuner.add(folder.resolve("model-2"), folder.resolve("memory-2"));
      tuner.divide(3);
      tuner
          .weights()
          .forEach(
              (name, values) -> {
                for (int i = 0; i < values.length; i++) {
                  double sum = 0;
                  for (Map<String, float[]> one : trained) {
                    sum += one.get(name)[i];
                  }
                  assertThat((double) values[i]).as(name).isCloseTo(sum / 3, Offset.offset(1e-6));
                }
              });
      tuner.write(folder.resolve("model"), folder.resolve("memory"));
      try (var mean = SafeTensorsFile.open(folder.resolve("memory"));
          var first = SafeTensorsFile.open(folder.resolve("memory-0"));
          var second = SafeTensorsFile.open(folder.resolve("memory-1"));
          var third = SafeTensorsFile.open(folder.resolve("memory-2"))) {
        String name = "square/classifier.weight";
        float expected =
            (first.floats(name)[2] + second.floats(name)[2] + third.floats(name)[2]) / 3;
        assertThat(mean.floats(name)[2]).isEqualTo(expected).isPositive();
      }
    }
  }

  /** Blocks that share a table among them. */
  @ParameterizedTest
  @ValueSource(strings = {"beit-layers-mean", "beit-shared-mean"})
  void weightsAndLogitsHaveTheSameBitsOnOneThreadAndOnFour(String name) {
    Recipe recipe = recipe("all");
    List<Map<String, List<Float>>> weights = new ArrayList<>();
    List<List<float[]>> logits = new ArrayList<>();
    for (int threads = 1; threads <= 4; threads++) {
      try (TuningCase tuning = TuningCase.open(name);
          Tuner tuner =
              Tuner.open(
                  tuning.network(), tuning.checkpoint().weights(), recipe, PIXEL_VALUES, threads)) {
        List<Sample> samples = samples(recipe, 1);
        tuner.epoch(1, samples.size(), samples.iterator());
        weights.add(boxed(tuner.weights()));
        logits.add(tuner.logits(samples.stream().map(Sample::picture).toList()));
        assertThat(tuner.logits(List.of(samples.get(4).picture())).get(0))
            .as("an image alone")
            .isEqualTo(logits.get(0).get(4));
      }
    }
    assertThat(weights).hasSize(4).containsOnly(weights.get(0));
    for (List<float[]> one : logits) {
      assertThat(one).hasSize(11).containsExactlyElementsOf(logits.get(0));
    }
  }

  @Test
  void frozenBlocksStayAsTheyAre() {
    Recipe recipe = recipe("last:1");
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Tuner tuner = open(tuning, recipe)) {
      tuner.epoch(1, 11, samples(recipe, 1).iterator());
      tuner
          .weights()
          .forEach(
              (name, values) -> {
                boolean frozen = name.contains("layer.0.") || name.contains("embeddings");
                float[] before = tuning.checkpoint().weights().floats(name);
                assertThat(java.util.Arrays.equals(values, before)).as(name).isEqualTo(frozen);
              });
    }
  }

  @Test
  void eachEpochTakesEachImageOnceInAnOrderOfItsOwn() {
    Recipe recipe = recipe("all");
    assertThat(recipe.order(1, 20)).doesNotHaveDuplicates().hasSize(20);
    assertThat(recipe.order(2, 20))
        .isNotEqualTo(recipe.order(1, 20))
        .containsExactlyInAnyOrderElementsOf(recipe.order(1, 20));
    assertThat(recipe.order(2, 20)).isEqualTo(recipe.order(2, 20));
  }

  @Test
  void dropPathLeavesOutBranchesOfTheLastBlocksMoreOftenAndKeepsTheMean() {
    int images = 20_000;
    float[][][] keep = recipe("all").keep(3, 7, 2, images);
    for (int branch = 0; branch < 2; branch++) {
      assertThat(keep[0][branch]).containsOnly(1);
      double sum = 0;
      int dropped = 0;
      for (float factor : keep[1][branch]) {
        assertThat(factor).isIn(0f, 1.25f);
        sum += factor;
        dropped += factor == 0 ? 1 : 0;
      }
      assertThat(dropped / (double) images).isBetween(0.19, 0.21);
      assertThat(sum / images).isBetween(0.99, 1.01);
    }
    assertThat(recipe("last:1").keep(3, 7, 3, 4)[1][0]).containsOnly(1);
  }

  private static Tuner open(TuningCase tuning, Recipe recipe) {
    return Tuner.open(tuning.network(), tuning.checkpoint().weights(), recipe, PIXEL_VALUES, 2);
  }

  private static Recipe recipe(String extent) {
    return new Recipe(
        Extent.parse(extent),
        io.labelmill.graph.backward.EndGraph.Loss.SOFTMAX,
        2e-3,
        0.05,
        0.9,
        1,
        0.2,
        1,
        Schedule.COSINE,
        3,
        4,
        5);
  }

  /** Pictures of noise whose brighter channel is their class. */
  private static List<Sample> samples(Recipe recipe, int epoch) {
    List<Sample> samples = new ArrayList<>();
    for (int image : recipe.order(epoch, 11)) {
      byte[] bytes = new byte[3 * 12 * 12];
      new Random(image).nextBytes(bytes);
      for (int i = 0; i < 144; i++) {
        bytes[image % 3 * 144 + i] |= (byte) 0xC0;
      }
      float[] targets = new float[3];
      targets[image % 3] = 1;
      samples.add(new Sample(bytes, targets, new float[] {1 + image % 2}));
    }
    return samples;
  }

  private static Map<String, List<Float>> boxed(Map<String, float[]> weights) {
    Map<String, List<Float>> boxed = new TreeMap<>();
    weights.forEach(
        (name, values) -> {
          List<Float> list = new ArrayList<>();
          for (float value : values) {
            list.add(value);
          }
          boxed.put(name, list);
        });
    return boxed;
  }
}
