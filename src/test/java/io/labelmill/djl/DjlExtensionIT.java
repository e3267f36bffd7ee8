package io.labelmill.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.util.ProgressBar;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.SparkFixture;
import io.labelmill.cluster.SparkProgram;
import io.labelmill.command.Commands;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.graph.GraphSession;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An exported folder in DJL's extension for Spark, whose jar is not among those that this build
 * resolves: what its predictors do is done here, call by call, as its public source shows.
 */
class DjlExtensionIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Path exported;
  private static Path images;

  /** Scores of the job by file name, index order. */
  private static final Map<String, List<Float>> JOB = new TreeMap<>();

  @BeforeAll
  static void scoreWithTheJob() {
    GraphSession.environment();
    SparkSession spark = SparkFixture.spark();
    images = new FridgePictures(24, 5).write(folder);
    Path model = folder.resolve("fridge");
    TinyBeit.checkpoint(5).write(model);
    exported = folder.resolve("exported");
    assertThat(
            Commands.run(
                "model",
                "export",
                model.toString(),
                "--output",
                exported.toString(),
                "--graph",
                "fast"))
        .isZero();
    assertThat(
            Commands.run(
                "score",
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve("table").toString(),
                "--scores",
                "all"))
        .isZero();
    for (Row row : spark.read().parquet(folder.resolve("table").toString()).collectAsList()) {
      JOB.put(
          row.<String>getAs("path").replaceFirst(".*/", ""), row.getList(row.fieldIndex("scores")));
    }
    assertThat(JOB).hasSize(24);
  }

  /** The extension's loader: a model by URL, loaded by the first task of each JVM that needs it. */
  private static final class Loader<I, O> implements Serializable {
    private final String engine;
    private final String url;
    private final Class<I> input;
    private final Class<O> output;
    private final TranslatorFactory factory;
    private final Map<String, Object> arguments;
    private transient ZooModel<I, O> model;

    Loader(
        String engine,
        String url,
        Class<I> input,
        Class<O> output,
        TranslatorFactory factory,
        Map<String, Object> arguments) {
      this.engine = engine;
      this.url = url;
      this.input = input;
      this.output = output;
      this.factory = factory;
      this.arguments = arguments;
    }

    Predictor<I, O> predictor()
        throws ModelNotFoundException, MalformedModelException, IOException {
      if (model == null) {
        model =
            Criteria.builder()
                .setTypes(input, output)
                .optEngine(engine)
                .optModelUrls(url)
                .optTranslatorFactory(factory)
                .optProgress(new ProgressBar())
                .optArguments(arguments)
                .build()
                .loadModel();
      }
      return model.newPredictor();
    }
  }

  /** The extension's BinaryPredictor: ten rows a call, the answer in a column more. */
  private static final class BinaryPrediction implements MapPartitionsFunction<Row, Row> {
    private static final int BATCH = 10;
    private final Loader<byte[], byte[]> loader;

    BinaryPrediction(Loader<byte[], byte[]> loader) {
      this.loader = loader;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows)
        throws IOException, ModelNotFoundException, MalformedModelException, TranslateException {
      List<Row> results = new ArrayList<>();
      try (Predictor<byte[], byte[]> predictor = loader.predictor()) {
        while (rows.hasNext()) {
          List<Row> batch = new ArrayList<>();
          while (rows.hasNext() && batch.size() < BATCH) {
            batch.add(rows.next());
          }
          List<byte[]> answers =
              predictor.batchPredict(batch.stream().map(row -> row.<byte[]>getAs(1)).toList());
          for (int i = 0; i < batch.size(); i++) {
            Row row = batch.get(i);
            results.add(RowFactory.create(row.get(0), row.get(1), answers.get(i)));
          }
        }
      }
      return results.iterator();
    }
  }

  @Test
  void itsBinaryPredictorGivesTheScoresOfTheJob() throws IOException {
    SparkSession spark = SparkFixture.spark();
    List<Row> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        rows.add(RowFactory.create(file.getFileName().toString(), Files.readAllBytes(file)));
      }
    }
    rows.add(RowFactory.create("broken", new byte[] {1, 2, 3}));
    StructType schema =
        new StructType().add("name", DataTypes.StringType).add("image", DataTypes.BinaryType);
    Dataset<Row> input = spark.createDataFrame(rows, schema).repartition(2);

    Map<String, Object> arguments = new HashMap<>();
    arguments.put("topK", "4");
    Loader<byte[], byte[]> loader =
        new Loader<>(
            "OnnxRuntime",
            exported.toUri().toString(),
            byte[].class,
            byte[].class,
            new LabelTranslatorFactory(),
            arguments);
    List<Row> output =
        input
            .mapPartitions(
                new BinaryPrediction(loader),
                Encoders.row(schema.add("prediction", DataTypes.BinaryType)))
            .collectAsList();

    assertThat(output).hasSize(25);
    for (Row row : output) {
      JsonNode prediction = JSON.readTree(row.<byte[]>getAs("prediction"));
      if (row.getString(0).equals("broken")) {
        assertThat(prediction.get("status").asText()).isEqualTo("NOT_AN_IMAGE");
        continue;
      }
      List<Float> expected = JOB.get(row.getString(0));
      assertThat(prediction.get("predictions")).hasSize(4);
      for (JsonNode each : prediction.get("predictions")) {
        assertThat((float) each.get("score").asDouble())
            .isEqualTo(expected.get(each.get("index").asInt()));
      }
    }
  }

  @Test
  void itsImageClassifierTakesTheFolder() throws Exception {
    Loader<Image, Classifications> loader =
        new Loader<>(
            "OnnxRuntime",
            exported.toUri().toString(),
            Image.class,
            Classifications.class,
            new LabelTranslatorFactory(),
            new HashMap<>(Map.of("topK", 5, "applySoftmax", true)));
    try (Stream<Path> files = Files.list(images);
        Predictor<Image, Classifications> predictor = loader.predictor()) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jpg")).limit(8).toList()) {
        BufferedImage picture = ImageIO.read(file.toFile());
        int width = picture.getWidth();
        int height = picture.getHeight();
        // Spark's image source holds blue, green, red; the extension makes pixels of them so.
        int[] pixels = picture.getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] &= 0xffffff;
        }
        Image image = ImageFactory.getInstance().fromPixels(pixels, width, height);
        Classifications found = predictor.batchPredict(List.of(image)).get(0);
        List<Float> expected = JOB.get(file.getFileName().toString());
        for (int i = 0; i < expected.size(); i++) {
          assertThat(found.getProbabilities().get(i)).isEqualTo((double) expected.get(i));
        }
      }
    }
  }

  @Test
  void aProgramWithoutSparkGivesTheScoresOfTheJob() throws Exception {
    Path image;
    try (Stream<Path> files = Files.list(images)) {
      image = files.filter(Files::isRegularFile).sorted().findFirst().orElseThrow();
    }
    String out =
        SparkProgram.runWithout(
            SeparateProgram.class, List.of(exported.toString(), image.toString()));
    List<Float> expected = JOB.get(image.getFileName().toString());
    float best = expected.stream().max(Float::compare).orElseThrow();
    List<String> labels = Files.readAllLines(exported.resolve("synset.txt"));
    assertThat(out.strip()).isEqualTo(labels.get(expected.indexOf(best)) + " " + (double) best);
  }
}
