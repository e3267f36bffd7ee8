package io.labelmill.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.graph.backward.EndGraph.Loss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the frozen blocks make of pictures is what training needs of them. */
class FrontTest {
  private static final float[][] PIXEL_VALUES = new float[3][256];
  private static final Offset<Float> ROUNDING = Offset.offset(2e-5f);

  static {
    for (float[] channel : PIXEL_VALUES) {
      for (int sample = 0; sample < 256; sample++) {
        channel[sample] = sample / 127.5f - 1;
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "beit-layers-mean, last:1",
    "beit-layers-mean, last:2",
    "beit-shared-mean, last:1",
    "vit, last:1"
  })
  void anEpochOfStatesTrainsAsOneOfPicturesDoes(String name, String extent) {
    Recipe recipe = recipe(extent);
    try (TuningCase tuning = TuningCase.open(name);
        Tuner ofPictures = tuner(tuning, recipe);
        Tuner ofStates = tuner(tuning, recipe);
        Front front = front(tuning, recipe)) {
      List<byte[]> pictures = pictures(tuning, 6);
      double loss = ofPictures.epoch(1, 6, samples(tuning, pictures, Picture::ofSamples));
      assertThat(
              ofStates.epoch(
                  1, 6, samples(tuning, pictures, one -> Picture.ofState(front.state(one)))))
          .isCloseTo(loss, Offset.offset(1e-5));
      Map<String, float[]> expected = ofPictures.weights();
      ofStates
          .weights()
          .forEach(
              (weight, values) ->
                  assertThat(values).as(weight).containsExactly(expected.get(weight), ROUNDING));
      assertThat(ofStates.logits(List.of(Picture.ofState(front.state(pictures.get(3))))).get(0))
          .containsExactly(
              ofPictures.logits(List.of(Picture.ofSamples(pictures.get(3)))).get(0), ROUNDING);
    }
  }

  @Test
  void manyThreadsAreGivenTheSameBits() {
    Recipe recipe = recipe("last:1");
    try (TuningCase tuning = TuningCase.open("beit-layers-mean");
        Front front = front(tuning, recipe)) {
      List<byte[]> pictures = pictures(tuning, 8);
      List<float[]> alone = pictures.stream().map(front::state).toList();
      IntStream.range(0, 64)
          .parallel()
          .forEach(
              i -> assertThat(front.state(pictures.get(i % 8))).containsExactly(alone.get(i % 8)));
    }
  }

  @Test
  void whoComesBehindItsEndIsTold() {
    try (TuningCase tuning = TuningCase.open("beit-layers-mean")) {
      Front front = front(tuning, recipe("last:1"));
      front.close();
      assertThatThrownBy(() -> front.state(pictures(tuning, 1).get(0)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the frozen blocks were closed");
    }
  }

  private interface AsPicture {
    Picture of(byte[] samples);
  }

  private static Tuner tuner(TuningCase tuning, Recipe recipe) {
    return Tuner.open(tuning.network(), tuning.checkpoint().weights(), recipe, PIXEL_VALUES, 2);
  }

  private static Front front(TuningCase tuning, Recipe recipe) {
    return Front.open(
        tuning.network(), tuning.checkpoint().weights(), recipe.extent(), PIXEL_VALUES, 1);
  }

  private static Recipe recipe(String extent) {
    return new Recipe(
        Extent.parse(extent), Loss.SOFTMAX, 1e-3, 0.05, 0.9, 1, 0.2, 0, Schedule.LINEAR, 2, 4, 5);
  }

  private static List<byte[]> pictures(TuningCase tuning, int count) {
    var grid = tuning.network().shape().grid();
    List<byte[]> pictures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] picture = new byte[grid.channels() * grid.height() * grid.width()];
      new Random(i).nextBytes(picture);
      pictures.add(picture);
    }
    return pictures;
  }

  private static Iterator<Sample> samples(
      TuningCase tuning, List<byte[]> pictures, AsPicture asPicture) {
    List<Sample> samples = new ArrayList<>();
    for (byte[] picture : pictures) {
      float[] targets = new float[tuning.network().shape().labels()];
      Arrays.fill(targets, 0, 1, 1);
      samples.add(new Sample(asPicture.of(picture), targets, new float[] {1}));
    }
    return samples.iterator();
  }
}
