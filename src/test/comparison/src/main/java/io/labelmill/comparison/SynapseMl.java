package io.labelmill.comparison;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.synapse.ml.onnx.ONNXModel;
import com.microsoft.azure.synapse.ml.opencv.ImageTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Labels a folder of JPEGs with SynapseML's ImageTransformer and ONNXModel, as its documentation
 * puts the two together; prints a line of JSON as {@code peers.py} does. With a table that Labelmill
 * wrote of the same images with {@code --scores all --activation none}, compares speed and logits.
 *
 * <pre>SynapseMl EXPORTED_MODEL IMAGES SLOTS [LABELMILL_TABLE LABELMILL_IMAGES_PER_SECOND]</pre>
 */
public final class SynapseMl {
  private final SparkSession spark;
  private final int slots;
  private final Transformer pipeline;

  private SynapseMl(SparkSession spark, int slots, Transformer pipeline) {
    this.spark = spark;
    this.slots = slots;
    this.pipeline = pipeline;
  }

  public static void main(String[] args) throws IOException {
    Path model = Path.of(args[0]);
    Path images = Path.of(args[1]);
    int slots = Integer.parseInt(args[2]);
    Path output = Files.createTempDirectory("synapseml");
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[" + slots + "]")
            .appName("SynapseML")
            .config("spark.ui.enabled", "false")
            .getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      SynapseMl other = new SynapseMl(spark, slots, pipeline(model));
      List<String> files = files(images);
      List<String> some = files.subList(0, files.size() / 4);
      // Compiles, loads the libraries and warms up.
      other.label(some.subList(0, Math.min(some.size(), 4 * slots)), output.resolve("warm"));
      double few = other.label(some, output.resolve("some"));
      double first = System.currentTimeMillis() / 1e3;
      double all = other.label(files, output.resolve("all"));
      // What a run costs whatever its length is left out, as it is of Labelmill's figure.
      double theirs = (files.size() - some.size()) / (all - few);
      System.out.printf(
          Locale.ROOT,
          "RESULT {\"first\": %.3f, \"last\": %.3f, \"images\": %d}%n",
          first,
          first + files.size() / theirs,
          files.size());
      if (args.length < 5) {
        return;
      }
      double ours = Double.parseDouble(args[4]);
      System.out.printf(
          Locale.ROOT,
          "%nimages/s, local[%d], %d images: Labelmill %.2f, SynapseML %.2f (%.2f with its start)%n"
              + "ratio %.2f%n",
          slots,
          files.size(),
          ours,
          theirs,
          files.size() / all,
          ours / theirs);
      compare(
          spark.read().parquet(args[3]), spark.read().parquet(output.resolve("all").toString()));
    } finally {
      delete(output);
    }
  }

  /** What the checkpoint's processor does, as far as ImageTransformer can. */
  private static Transformer pipeline(Path model) throws IOException {
    JsonNode processor =
        new ObjectMapper().readTree(model.resolve("preprocessor_config.json").toFile());
    JsonNode size = processor.get("size");
    int height = size.isInt() ? size.asInt() : size.get("height").asInt();
    int width = size.isInt() ? size.asInt() : size.get("width").asInt();
    ImageTransformer pixels = new ImageTransformer();
    pixels.setInputCol("content");
    pixels.setOutputCol("pixel_values");
    pixels
        .resize(height, width)
        .normalize(
            numbers(processor.get("image_mean")),
            numbers(processor.get("image_std")),
            processor.path("rescale_factor").asDouble(1 / 255.0))
        .setTensorElementType(DataTypes.FloatType);
    ONNXModel network = new ONNXModel().setModelLocation(model.resolve("model.onnx").toString());
    network.setFeedDict(new HashMap<>(Map.of("pixel_values", "pixel_values")));
    network.setFetchDict(new HashMap<>(Map.of("logits", "logits")));
    return new PipelineModel("labels", new Transformer[] {pixels, network});
  }

  private static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i).asDouble();
    }
    return numbers;
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.toAbsolutePath().toString())
          .sorted()
          .toList();
    }
  }

  /** Seconds from images to a table of paths and logits. */
  private double label(List<String> files, Path table) {
    long start = System.nanoTime();
    Dataset<Row> images =
        spark
            .read()
            .format("binaryFile")
            .load(files.toArray(String[]::new))
            .select("path", "content")
            .repartition(slots);
    pipeline.transform(images).select("path", "logits").write().parquet(table.toString());
    return (System.nanoTime() - start) / 1e9;
  }

  private static void compare(Dataset<Row> labelmill, Dataset<Row> synapseMl) {
    Map<String, List<Float>> theirs = new HashMap<>();
    for (Row row : synapseMl.collectAsList()) {
      theirs.put(name(row.getString(0)), row.getList(1));
    }
    List<Row> rows =
        labelmill
            .where("status = 'OK'")
            .select(functions.col("path"), functions.col("scores"))
            .collectAsList();
    double largest = 0;
    double sum = 0;
    int sameBest = 0;
    for (Row row : rows) {
      double[] mine = softmax(row.getList(1));
      double[] other = softmax(theirs.get(name(row.getString(0))));
      double most = 0;
      for (int i = 0; i < mine.length; i++) {
        most = Math.max(most, Math.abs(mine[i] - other[i]));
      }
      largest = Math.max(largest, most);
      sum += Math.abs(mine[best(mine)] - other[best(mine)]);
      sameBest += best(mine) == best(other) ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "of %d images %d have the same best label; its score differs by %.4f in the mean,"
            + " any score by %.4f at most%n",
        rows.size(),
        sameBest,
        sum / rows.size(),
        largest);
  }

  private static String name(String path) {
    return path.replaceFirst("^file:/*", "/");
  }

  private static double[] softmax(List<Float> logits) {
    double most = logits.stream().mapToDouble(Float::doubleValue).max().orElseThrow();
    double[] scores = logits.stream().mapToDouble(x -> Math.exp(x - most)).toArray();
    double sum = 0;
    for (double score : scores) {
      sum += score;
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= sum;
    }
    return scores;
  }

  private static int best(double[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
