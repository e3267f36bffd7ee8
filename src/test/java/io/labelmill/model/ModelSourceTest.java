package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.TestCheckpoints;
import io.labelmill.checkpoint.OnnxModels;
import io.labelmill.checkpoint.Originals;
import io.labelmill.hub.DownloadProgress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models on a file system that is not this machine's. */
class ModelSourceTest {
  @TempDir Path folder;

  /** This machine's files under another scheme, so that they have to be copied. */
  public static final class FarFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("far:///");
    }

    @Override
    public String getScheme() {
      return "far";
    }
  }

  @Test
  void aGraphComesWithItsNumbers() throws IOException {
    Path model = OnnxModels.folder(folder.resolve("ready"));
    OnnxModels.write(
        model.resolve("model.onnx"),
        new OnnxModels.Port("pixel_values", OnnxModels.FLOAT, 0, 3, 16, 12),
        new OnnxModels.Port("logits", OnnxModels.FLOAT, 0, 3),
        "numbers.bin");
    Files.write(model.resolve("numbers.bin"), new byte[8]);
    try (ModelSource source = open(model)) {
      assertThat(source.checkpoint().graph()).isPresent();
      assertThat(source.checkpoint().name()).isEqualTo("ready");
      assertThat(source.checkpoint().folder()).isNotEqualTo(model);
      assertThat(source.checkpoint().files()).contains("model.onnx", "numbers.bin");
    }
  }

  @Test
  void anExportBesideTheWeightsStaysWhereItIs() throws IOException {
    Path model = folder.resolve("both");
    TestCheckpoints.tiny().write(model);
    OnnxModels.dynamic(model.resolve("model.onnx"));
    Files.write(model.resolve("model.onnx_data"), new byte[8]);
    try (ModelSource source = open(model)) {
      assertThat(source.checkpoint().graph()).isEmpty();
      assertThat(source.checkpoint().weights().names()).isNotEmpty();
      assertThat(source.checkpoint().folder().resolve("model.onnx")).doesNotExist();
      assertThat(source.checkpoint().folder().resolve("model.onnx_data")).doesNotExist();
    }
  }

  private static ModelSource open(Path model) throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.far.impl", FarFileSystem.class.getName());
    return ModelSource.open(
        "far://" + model,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Originals.OF_THE_FILES,
        configuration,
        DownloadProgress.NONE);
  }
}
