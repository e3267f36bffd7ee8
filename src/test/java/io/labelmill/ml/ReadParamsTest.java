package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import io.labelmill.source.AllowedSchemes;
import io.labelmill.source.SourceOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a stage reads what a Dataset names. */
class ReadParamsTest {
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
}
