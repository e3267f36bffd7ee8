package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/train --tune}, everything in a bucket, the state and the means of two among it. */
class TuneOnS3IT {
  private static final FridgePictures PICTURES = new FridgePictures(40, 3);

  @TempDir Path folder;

  @Test
  void theWeightsAreThoseOfTheSameTrainingOnADiskAndNothingElseIsLeft() throws Exception {
    Bucket store =
        LoopbackS3.shared()
            .bucket("tune")
            .configure(SparkFixture.spark().sparkContext().hadoopConfiguration());
    Path images = PICTURES.write(folder);
    Path model = folder.resolve("tiny");
    TinyBeit.checkpoint(15).write(model);
    Path labels = folder.resolve("labels.csv");
    store.putAll("images/", images);
    store.putAll("tiny/", model);
    store.put("labels.csv", Files.readAllBytes(labels));
    String left = "models/tuned-embeddings-0b7c2f6e-5d0a-4c1b-9a55-0d3f8c1f0a42/part-0.parquet";
    store.put(left, "left by a run that was killed".getBytes(StandardCharsets.UTF_8));

    Path output = folder.resolve("models/tuned");
    tune(model.toString(), images.toString(), labels.toString(), output.toString());
    tune(
        store.uri("tiny"), store.uri("images"), store.uri("labels.csv"), store.uri("models/tuned"));
    Path fetched = folder.resolve("fetched.safetensors");
    Files.write(fetched, store.get("models/tuned/model.safetensors"));
    try (TensorStore found = SafeTensorsFile.open(fetched);
        TensorStore expected = SafeTensorsFile.open(output.resolve("model.safetensors"))) {
      assertThat(found.names()).isEqualTo(expected.names());
      for (String name : found.names()) {
        // Spark sums up the head's fit in an order that follows the table's files.
        assertThat(found.floats(name))
            .as(name)
            .usingComparatorWithPrecision(1e-6f)
            .containsExactly(expected.floats(name));
      }
    }
    assertThat(store.keys())
        .contains("models/tuned/README.md", "models/tuned/training/curves.svg")
        .filteredOn(key -> key.startsWith("models/"))
        .allMatch(key -> key.startsWith("models/tuned/"));
  }

  private static void tune(String model, String images, String labels, String output) {
    Ended ended =
        CapturedTerminal.run(
            "train",
            "--model",
            model,
            "--input",
            images,
            "--truth",
            labels,
            "--match-by",
            "name",
            "--output",
            output,
            "--tune",
            "all",
            "--keep",
            "tuned",
            "--trainers",
            "2",
            "--average-every",
            "2",
            "--number-of-epochs",
            "2",
            "--training-batch-size",
            "4");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
  }
}
