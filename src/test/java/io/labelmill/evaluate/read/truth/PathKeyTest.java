package io.labelmill.evaluate.read.truth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PathKeyTest {
  @Test
  void namesMeetWhateverStandsBeforeThem() {
    PathKey key = new PathKey(PathKey.By.NAME, Map.of());
    assertThat(key.key("s3://b/x/a.jpg")).isEqualTo("a.jpg");
    assertThat(key.key("images\\train\\a.jpg")).isEqualTo("a.jpg");
    assertThat(key.key("a.jpg")).isEqualTo("a.jpg");
    assertThat(key.key(null)).isEmpty();
  }

  @Test
  void namesMeetHoweverAccentsAreEncoded() {
    PathKey key = new PathKey(PathKey.By.NAME, Map.of());
    assertThat(key.key("/p/cafe\u0301.jpg")).isEqualTo(key.key("/q/caf\u00e9.jpg"));
    // Whole paths are other files.
    PathKey uri = new PathKey(PathKey.By.URI, Map.of());
    assertThat(uri.key("/p/cafe\u0301.jpg")).isNotEqualTo(uri.key("/p/caf\u00e9.jpg"));
  }

  @Test
  void stemsMeetWithoutExtensions() {
    PathKey key = new PathKey(PathKey.By.STEM, Map.of());
    assertThat(key.key("/p/Train_0.JPG")).isEqualTo("Train_0");
    assertThat(key.key("Train_0")).isEqualTo("Train_0");
    assertThat(key.key("v1.2")).isEqualTo("v1.2");
  }

  @Test
  void relativePathsStartFromTheTruthsFolder() {
    PathKey key = new PathKey(PathKey.By.URI, Map.of("x/", "s3://b/")).below("file:/data/train");
    assertThat(key.key(key.rewritten("0001.png"))).isEqualTo("/data/train/0001.png");
    assertThat(key.rewritten("x/0001.png")).isEqualTo("s3://b/0001.png");
    assertThat(key.rewritten("s3://c/0001.png")).isEqualTo("s3://c/0001.png");
    assertThat(key.rewritten("/d/0001.png")).isEqualTo("/d/0001.png");
  }
}
