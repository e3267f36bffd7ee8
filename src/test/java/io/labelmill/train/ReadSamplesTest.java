package io.labelmill.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.preprocess.ProcessorConfig;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadSamplesTest {
  private static final ProcessorConfig PROCESSOR =
      ProcessorConfig.parse(
          "{\"size\": {\"height\": 8, \"width\": 8}, \"image_processor_type\": \"ViTImageProcessor\"}",
          "preprocessor_config.json");

  /** Without a configuration nothing could be opened: they are refused before. */
  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:1/a.jpg", "https://localhost/a.jpg", "jar:file:/a!/b"})
  void placesThatATableMayNotNameAreNotOpened(String path) {
    var items = List.of(new ReadSamples.Item(4, path, 0, 0)).iterator();
    var read = new ReadSamples(null, PROCESSOR, 0).call(items);
    var only = read.next();
    assertThat(read.hasNext()).isFalse();
    assertThat(only._1()).isEqualTo(4);
    assertThat(only._2().samples()).isEmpty();
    assertThat(only._2().problem()).isNotEmpty();
  }
}
