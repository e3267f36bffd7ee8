package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.TestCheckpoints;
import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.DeviceChoice;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Shares;
import io.labelmill.model.Shares.Share;
import io.labelmill.model.TaskDevices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedModelTest {
  @TempDir static Path folder;
  private static Share<ModelSource> source;

  @BeforeAll
  static void open() throws IOException {
    TestCheckpoints.tiny().write(folder);
    source =
        new Shares<String, ModelSource>()
            .share(
                "tiny",
                () ->
                    ModelSource.open(
                        folder.toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Originals.OF_THE_FILES,
                        new Configuration(false),
                        DownloadProgress.NONE));
  }

  @AfterAll
  static void close() {
    source.close();
  }

  private static ScoreOptions.Scoring scoring(OptionalInt topK) {
    return new ScoreOptions.Scoring(
        Activation.SOFTMAX,
        Optional.empty(),
        topK,
        KeptScores.TOP,
        Orientation.UPRIGHT,
        ScoreOptions.Scoring.DEFAULT_MAX_PIXELS);
  }

  private static TaskDevices devices(DeviceChoice choice) {
    return TaskDevices.resolve(
        choice,
        new SparkConf(false)
            .set("spark.master", "local[2]")
            .set("spark.executor.extraJavaOptions", "-Donnxruntime.native.path=/opt/onnxruntime"));
  }

  private static int batch(Precision precision, DeviceChoice choice, OptionalInt asked) {
    PreparedModel model =
        PreparedModel.of(source, precision, scoring(OptionalInt.empty()), devices(choice), asked);
    assertThat(model.settings().precision()).isEqualTo(precision.word());
    assertThat(model.checkpoint()).isSameAs(source.value().checkpoint());
    return model.batchSize();
  }

  @Test
  void aPassHasAsManyImagesAsTheDeviceLikes() {
    OptionalInt unset = OptionalInt.empty();
    assertThat(batch(Precision.FP32, DeviceChoice.CPU, unset)).isEqualTo(1);
    assertThat(batch(Precision.INT8, DeviceChoice.CPU, unset)).isEqualTo(1);
    assertThat(batch(Precision.FP32, DeviceChoice.gpu(0), unset)).isEqualTo(16);
    assertThat(batch(Precision.FP16, DeviceChoice.gpu(0), unset)).isEqualTo(32);
    assertThat(batch(Precision.FP32, DeviceChoice.gpu(0), OptionalInt.of(5))).isEqualTo(5);
  }

  @Test
  void whatDoesNotFitIsTold() {
    assertThatThrownBy(() -> batch(Precision.INT8, DeviceChoice.CPU, OptionalInt.of(2)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The model in int8 takes 1 image a pass, and --batch-size is 2: leave --batch-size"
                + " out.");
    assertThatThrownBy(
            () ->
                PreparedModel.of(
                    source,
                    Precision.FP32,
                    scoring(OptionalInt.of(7)),
                    devices(DeviceChoice.CPU),
                    OptionalInt.empty()))
        .isInstanceOf(UsageException.class)
        .hasMessage("--top-k is 7, but the model has 6 labels");
  }
}
