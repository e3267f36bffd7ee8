package io.labelmill.djl;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The README's example: an exported folder in a program without Spark. */
public final class SeparateProgram {
  private SeparateProgram() {}

  /** {@code java -cp … io.labelmill.djl.SeparateProgram EXPORTED IMAGE} */
  public static void main(String[] args) throws Exception {
    // README
    Criteria<byte[], Classifications> criteria =
        Criteria.builder()
            .setTypes(byte[].class, Classifications.class)
            .optModelPath(Path.of(args[0]))
            .optEngine("OnnxRuntime")
            .optTranslatorFactory(new LabelTranslatorFactory())
            .build();
    try (ZooModel<byte[], Classifications> model = criteria.loadModel();
        Predictor<byte[], Classifications> predictor = model.newPredictor()) {
      Classifications labels = predictor.predict(Files.readAllBytes(Path.of(args[1])));
      System.out.println(labels.best().getClassName() + " " + labels.best().getProbability());
    }
    // end
  }
}
