package io.labelmill.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  @TempDir Path home;

  private HubSettings of(String... keysAndValues) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      variables.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return HubSettings.of(variables::get, home);
  }

  @Test
  void withoutVariablesItIsThePublicHubAndTheUsersCache() {
    HubSettings settings = of();
    assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(settings.token()).isEmpty();
    assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(settings.isOffline()).isFalse();
  }

  @Test
  void theCacheIsNamedInTheOrderOfThePythonClient() {
    assertThat(of("XDG_CACHE_HOME", "/x").cache()).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache()).isEqualTo(Path.of("/h/hub"));
    assertThat(of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old").cache())
        .isEqualTo(Path.of("/old"));
    assertThat(of("HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/new").cache())
        .isEqualTo(Path.of("/new"));
    assertThat(of("HF_HUB_CACHE", "~/c").cache()).isEqualTo(home.resolve("c"));
    assertThat(of("HF_HUB_CACHE", "$D/c-${D2}-$NONE", "D", "/d", "D2", "e").cache())
        .isEqualTo(Path.of("/d/c-e-$NONE"));
  }

  @Test
  void theTokenIsTheVariablesElseTheFiles() throws IOException {
    Path file = Files.createDirectories(home.resolve(".cache/huggingface")).resolve("token");
    Files.writeString(file, "hf_file\n");
    assertThat(of().token()).contains(new HubSettings.Token("hf_file", file.toString()));
    assertThat(of("HF_TOKEN", " hf_own ").token())
        .contains(new HubSettings.Token("hf_own", "HF_TOKEN"));
    assertThat(of("HUGGING_FACE_HUB_TOKEN", "hf_old").token())
        .contains(new HubSettings.Token("hf_old", "HUGGING_FACE_HUB_TOKEN"));
    assertThat(of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token()).isEmpty();
    Path other = Files.writeString(home.resolve("other"), "hf_other");
    assertThat(of("HF_TOKEN_PATH", other.toString()).token())
        .contains(new HubSettings.Token("hf_other", other.toString()));
    Files.writeString(file, "\n");
    assertThat(of().token()).isEmpty();
  }

  @Test
  void aTokenIsNeverShown() {
    assertThat(of("HF_TOKEN", "hf_secret").toString())
        .contains("token from HF_TOKEN")
        .doesNotContain("hf_secret");
    assertThatThrownBy(() -> of("HF_TOKEN", "hf_secret and more"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The token from HF_TOKEN has characters that no token has, such as a space or a line's end.");
  }

  @Test
  void aTokenFileThatCanNotBeReadIsSaid() throws IOException {
    Path folder = Files.createDirectories(home.resolve("token"));
    assertThatThrownBy(() -> of("HF_TOKEN_PATH", folder.toString()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("The file of the hub's token, " + folder + ", can't be read: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "ON", "yes", "True"})
  void offlineIsSaidInFourWords(String word) {
    assertThat(of("HF_HUB_OFFLINE", word).isOffline()).isTrue();
    assertThat(of("TRANSFORMERS_OFFLINE", word).isOffline()).isTrue();
    assertThat(of("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", word).isOffline()).isFalse();
  }

  @Test
  void anEndpointIsAWebAddress() {
    assertThat(of("HF_ENDPOINT", "http://127.0.0.1:8080/hub/").endpoint())
        .isEqualTo(URI.create("http://127.0.0.1:8080/hub"));
    for (String wrong : new String[] {"huggingface.co", "ftp://a", "https://a/?b", "https://a b"}) {
      assertThatThrownBy(() -> of("HF_ENDPOINT", wrong))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "HF_ENDPOINT %s is not the address of a hub: write it like https://huggingface.co, without user, query or fragment."
                  .formatted(wrong));
    }
    assertThatThrownBy(() -> of("HF_ENDPOINT", "https://me:secret@a"))
        .hasMessageContaining("https://…@a")
        .message()
        .doesNotContain("secret");
  }
}
