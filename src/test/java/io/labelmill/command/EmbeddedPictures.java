package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.nio.file.Path;

/**
 * Drawn pictures with labels, a tiny backbone, and the embeddings that it makes of them, for tests
 * of {@code jobs/train}.
 *
 * @param pictures as they were drawn
 * @param images their folder
 * @param labels their truth, by file name
 */
record EmbeddedPictures(
    FridgePictures pictures, Path images, Path labels, Path model, Path embeddings) {
  /** Draws, and embeds in this JVM's Spark. */
  static EmbeddedPictures in(Path folder, FridgePictures pictures) {
    SparkFixture.spark();
    Path images = pictures.write(folder);
    Path model = folder.resolve("tiny");
    TinyBeit.checkpoint(15).write(model);
    Path embeddings = folder.resolve("embeddings");
    Ended ended =
        CapturedTerminal.run(
            "embed",
            "--model",
            model.toString(),
            "--input",
            images.toString(),
            "--output",
            embeddings.toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return new EmbeddedPictures(pictures, images, folder.resolve("labels.csv"), model, embeddings);
  }
}
