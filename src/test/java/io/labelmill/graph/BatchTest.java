package io.labelmill.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an image scores must not depend on the images it is scored with. */
class BatchTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "BeitForImageClassification, 48, 64, 7, 5",
    "BeitForImageClassification, 64, 192, 1000, 8",
    "BeitForImageClassification, 224, 96, 21841, 3",
    "BeitForImageClassification, 224, 768, 1000, 4",
    "ViTForImageClassification, 48, 64, 7, 5",
    "ViTForImageClassification, 112, 128, 1000, 4",
  })
  void companyChangesNothing(String architecture, int imageSize, int hidden, int labels, int images)
      throws IOException {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add(architecture);
    config.put("image_size", imageSize).put("num_labels", labels);
    config.put("hidden_size", hidden).put("intermediate_size", 3 * hidden);
    config.put("num_hidden_layers", 2).put("num_attention_heads", 4);
    config.put("use_relative_position_bias", true);
    GraphFiles files =
        Network.of(config, RandomWeights.of(config))
            .write(GraphSpec.of(GraphOutput.LOGITS, GraphOutput.POOLED), folder);
    int length = 3 * imageSize * imageSize;
    float[] pixels = new float[images * length];
    Random random = new Random(11);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    try (GraphSession session = GraphSession.open(files.model())) {
      for (String output : List.of("logits", "pooled")) {
        int width = output.equals("logits") ? labels : hidden;
        float[][] alone = new float[images][];
        for (int image = 0; image < images; image++) {
          float[] one = Arrays.copyOfRange(pixels, image * length, (image + 1) * length);
          alone[image] = session.run(one, 1, 3, imageSize, imageSize).get(output);
        }
        List<Integer> order = new ArrayList<>();
        for (int image = 0; image < images; image++) {
          order.add(image);
        }
        for (int shuffle = 0; shuffle < 3; shuffle++) {
          float[] batch = new float[pixels.length];
          for (int place = 0; place < images; place++) {
            System.arraycopy(pixels, order.get(place) * length, batch, place * length, length);
          }
          float[] together = session.run(batch, images, 3, imageSize, imageSize).get(output);
          for (int place = 0; place < images; place++) {
            float[] row = Arrays.copyOfRange(together, place * width, (place + 1) * width);
            assertThat(row)
                .as("%s of image %d at place %d", output, order.get(place), place)
                .isEqualTo(alone[order.get(place)]);
          }
          Collections.shuffle(order, random);
        }
      }
    }
  }
}
