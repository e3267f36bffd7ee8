package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import io.labelmill.option.Settings;
import io.labelmill.score.JobOptions;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.Threshold;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a stage reads what a Dataset names. */
class ReadParamsTest {
  @TempDir Path folder;

  @Test
  void howImagesAreReadIsSaidAsToTheJobs() {
    ImageLabeler stage = new ImageLabeler("labeler");
    assertThat(stage.sourceValue().allowSchemes()).isEqualTo(AllowedSchemes.OF_STORES);
    SourceOptions options =
        stage
            .setAllowSchemes("viewfs, oss")
            .setUserAgent("shop/1.0")
            .setReadsPerHost(7)
            .sourceValue();
    assertThat(options.allowSchemes()).isEqualTo(AllowedSchemes.of(List.of("viewfs", "oss")));
    assertThat(options.userAgent()).hasValue("shop/1.0");
    assertThat(options.readsPerHost()).hasValue(7);
    assertThatThrownBy(() -> new ImageLabeler("x").setUserAgent("a\nb").sourceValue())
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new ImageLabeler("x").setReadsPerHost(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** What holds for the commands' options holds for the params. */
  @Test
  void rangesAndDefaultsAreThoseOfTheJobs() throws IOException {
    ImageLabeler stage = new ImageLabeler("labeler").setModel("m").setBatchSize(1024);
    assertThat(stage.executionValue().batchSize()).hasValue(1024);
    assertThatThrownBy(() -> stage.setBatchSize(1025)).isInstanceOf(IllegalArgumentException.class);
    ScoreOptions.Execution plain = new ImageLabeler("x").executionValue();
    assertThat(plain).isEqualTo(new Settings().as(JobOptions::execution));
    assertThat(new ImageLabeler("x").rows()).isEqualTo(new Settings().as(JobOptions::scoring));
    assertThat(new ImageEmbedder("x").rows()).isEqualTo(new Settings().as(JobOptions::embedding));
    Path file = Files.writeString(folder.resolve("thresholds.json"), "{\"can\": 0.25}");
    assertThat(((ScoreOptions.Scoring) stage.setThreshold(file.toString()).rows()).threshold())
        .contains(Threshold.parse("can=0.25"));
    assertThat(stage.explainParam(stage.batchSize()))
        .contains("images per forward pass. Default: auto: 1 on a processor");
    assertThat(stage.explainParam(stage.scores())).contains("default: top");
  }
}
