package io.labelmill.demo;

import io.labelmill.checkpoint.Originals;
import io.labelmill.error.ImageException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.model.Device;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.segment.LabelMap;
import io.labelmill.verify.ImageLogits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Fits the last product of {@link TinySegmenter} to points of pictures, by logistic regression. */
public final class SegmenterFit {
  private static final int POINTS_A_PICTURE = 300;
  private static final int SIDE = TinySegmenter.POINTS;
  private static final StructType SCHEMA =
      new StructType()
          .add("label", DataTypes.DoubleType)
          .add("features", SQLDataTypes.VectorType());

  private SegmenterFit() {}

  /**
   * Writes the fitted checkpoint.
   *
   * @param images where they lie as files
   * @param features a folder for the model that gives features
   * @param folder of the fitted one
   */
  public static void write(
      SparkSession spark,
      TinySegmenter model,
      FridgePictures pictures,
      Path images,
      Path features,
      Path folder)
      throws IOException {
    model.writeFeatures(features);
    LogisticRegressionModel fitted =
        new LogisticRegression()
            .setFamily("multinomial")
            .setRegParam(1e-5)
            .setMaxIter(200)
            .fit(onExecutors(spark, points(spark, pictures, images, features), pictures.count()));
    int labels = FridgePictures.mapLabels().size();
    float[] weight = new float[labels * TinySegmenter.FEATURES];
    float[] bias = new float[labels];
    for (int label = 0; label < labels; label++) {
      bias[label] = (float) fitted.interceptVector().apply(label);
      for (int i = 0; i < TinySegmenter.FEATURES; i++) {
        weight[label * TinySegmenter.FEATURES + i] =
            (float) fitted.coefficientMatrix().apply(label, i);
      }
    }
    model.write(folder, FridgePictures.mapLabels(), weight, bias);
  }

  /** Kept where tasks run: what a plan holds goes along with each task of each iteration. */
  private static Dataset<Row> onExecutors(SparkSession spark, List<Row> points, int parts) {
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    return spark
        .createDataFrame(context.parallelize(points, parts), SCHEMA)
        .repartition(context.defaultParallelism())
        .localCheckpoint();
  }

  private static List<Row> points(
      SparkSession spark, FridgePictures pictures, Path images, Path features) throws IOException {
    List<Row> points = new ArrayList<>();
    Random random = new Random(1);
    try (ModelSource source =
            ModelSource.open(
                features.toString(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Originals.OF_THE_FILES,
                spark.sparkContext().hadoopConfiguration(),
                null);
        ImageLogits passes =
            ImageLogits.open(
                ModelBundle.build(
                    source.checkpoint(), GraphSpec.of(GraphOutput.LOGITS), source.graphFolder()),
                Device.CPU)) {
      for (int number = 0; number < pictures.count(); number++) {
        LabelMap map = pictures.map(number).resized(SIDE, SIDE);
        float[] values =
            passes.logits(Files.readAllBytes(images.resolve(pictures.name(number)))).logits();
        for (int i = 0; i < POINTS_A_PICTURE; i++) {
          int point = random.nextInt(SIDE * SIDE);
          double[] vector = new double[TinySegmenter.FEATURES];
          for (int j = 0; j < vector.length; j++) {
            vector[j] = values[j * SIDE * SIDE + point];
          }
          points.add(
              RowFactory.create((double) (map.indices()[point] & 0xFF), Vectors.dense(vector)));
        }
      }
    } catch (ImageException e) {
      throw new IllegalStateException("a drawn picture can't be read", e);
    }
    return points;
  }
}
