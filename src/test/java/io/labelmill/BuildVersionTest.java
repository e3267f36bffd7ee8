package io.labelmill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.jar.Attributes;
import org.junit.jupiter.api.Test;

class BuildVersionTest {
  @Test
  void theManifestTellsVersionAndCommit() {
    assertThat(of("1.2.3", "abc1234", "false")).isEqualTo(new BuildVersion("1.2.3", "abc1234"));
    assertThat(of("1.2.3", "abc1234", "true"))
        .isEqualTo(new BuildVersion("1.2.3", "abc1234-dirty"));
  }

  @Test
  void aBuildWithoutARepositoryHasNoCommit() {
    assertThat(of("1.2.3", "${git.commit.id.abbrev}", "${git.dirty}"))
        .isEqualTo(new BuildVersion("1.2.3", "unknown"));
  }

  @Test
  void classesOutsideOfAJarAreADevelopmentBuild() {
    assertThat(BuildVersion.current()).isEqualTo(new BuildVersion("development", "unknown"));
  }

  private static BuildVersion of(String version, String commit, String dirty) {
    Attributes manifest = new Attributes();
    manifest.putValue("Implementation-Version", version);
    manifest.putValue("Implementation-Commit", commit);
    manifest.putValue("Implementation-Dirty", dirty);
    return BuildVersion.of(manifest);
  }
}
